// SPDX-License-Identifier: GPL-2.0
/*
 * Exit with idle contexts disturbs no other CPU
 *
 * Proves that a process with contexts sends fewer than one function call interrupt
 * more in two exits than as many without, in the same time, while the other CPUs are
 * busy; but for the flushes of the TLB.  Nothing is proved where an exit takes 20 ms of
 * CPU: debugging kernels send some more on a busy host, what for is not known.
 *
 * Kernels as shipped have three or so an exit come in while they wait.
 * interrupt_test.c has io_destroy(2).
 */

#include "aio_interrupts.h"
#include "aio_wait.h"

#define NR_EXITS	50
#define NR_CTX		8

FIXTURE(exit_interrupts)
{
	struct aio_state state;
};

/* A child keeps a CPU busy as long as the test lasts. */
static void start_spinner(struct __test_metadata *const _metadata, int cpu)
{
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin_to_cpu(cpu);
		for (;;)
			;
	}
}

FIXTURE_SETUP(exit_interrupts)
{
	int nr = CPU_COUNT(&allowed_cpus), i;

	save_aio_state(_metadata, &self->state);
	if (nr < 2)
		SKIP(return, "one CPU");
	if (count_interrupts("CAL:") < 0)
		SKIP(return, "no function call interrupts in /proc/interrupts");
	for (i = 1; i < nr; i++)
		start_spinner(_metadata, i);
	pin_to_cpu(0);
}

FIXTURE_TEARDOWN_PARENT(exit_interrupts)
{
	check_aio_state(_metadata, &self->state);
}

/*
 * What children send that set up so many contexts and leave them to exit, and what
 * others do meanwhile, which takes @ns at least, and is told.
 */
static long sent_by_exits(struct __test_metadata *const _metadata, int nr,
			  __s64 *ns)
{
	aio_context_t ctx[NR_CTX];
	__s64 start;
	long before;
	pid_t child;
	int i;

	/* What was left by those before is freed by then. */
	sleep_ns(NSEC_PER_SEC / 5);
	start = now_ns();
	before = count_calls();
	for (i = 0; i < NR_EXITS; i++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child) {
			setup_ctxs(_metadata, ctx, nr, 1);
			_exit(0);
		}
		ASSERT_EQ(0, wait_for_child(_metadata, child));
	}
	while (now_ns() - start < *ns)
		;
	*ns = now_ns() - start;
	return count_calls() - before;
}

/* The least of some rounds: what others do is not in all of them. */
TEST_F_TIMEOUT(exit_interrupts, are_not_sent, 120)
{
	const __s64 slow = NR_EXITS * 20 * NSEC_PER_MSEC;
	long with, without, least = LONG_MAX;
	__s64 ns, ran = 0;
	int round;

	for (round = 0; round < 5 && least >= NR_EXITS / 2 && ran < slow; round++) {
		ns = 0;
		ran = cpu_ns(RUSAGE_CHILDREN);
		with = sent_by_exits(_metadata, NR_CTX, &ns);
		ran = cpu_ns(RUSAGE_CHILDREN) - ran;
		without = sent_by_exits(_metadata, 0, &ns);
		TH_LOG("%ld interrupts in %d exits, %ld in as long without contexts (%lld us)",
		       with, NR_EXITS, without, ns / 1000);
		least = with - without < least ? with - without : least;
	}
	if (least >= NR_EXITS / 2 && ran >= slow)
		SKIP(return, "exits are slow, and more interrupts come in, whoever asks for them");
	EXPECT_GT(NR_EXITS / 2, least);
}

TEST_HARNESS_MAIN
