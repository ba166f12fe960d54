// SPDX-License-Identifier: GPL-2.0
/*
 * io_destroy(2) of an idle context disturbs no other CPU
 *
 * Proves that io_destroy(2) sends fewer than one function call interrupt in two
 * calls, whether the other CPUs are idle, run other processes, or threads of this
 * one; but for the flushes of the TLB, which munmap(2) would ask for as well.
 *
 * Kernels as shipped have three or so a call come in while they wait.
 */

#include "aio_interrupts.h"
#include "aio_wait.h"

/* Of calls that sleep, so many are enough. */
#define NR_SLEEPS	20

/* What runs on the CPUs other than that of the caller. */
enum others {
	OTHERS_IDLE,
	OTHERS_FOREIGN,
	OTHERS_OWN,
};

FIXTURE(interrupts)
{
	struct aio_state state;
	aio_context_t ctx[NR_CALLS];
	struct companion *companion;
	int nr_companions;
	pid_t rcu;
	cpu_set_t rcu_cpus;
};

FIXTURE_VARIANT(interrupts)
{
	enum others others;
};

FIXTURE_VARIANT_ADD(interrupts, of_idle_cpus) {
	.others = OTHERS_IDLE,
};

FIXTURE_VARIANT_ADD(interrupts, of_busy_cpus) {
	.others = OTHERS_FOREIGN,
};

FIXTURE_VARIANT_ADD(interrupts, of_own_threads) {
	.others = OTHERS_OWN,
};

/* A thread of this process, or a child, keeps the CPU busy. */
static void start_spinner(struct __test_metadata *const _metadata,
			  struct companion *c, int cpu, bool own)
{
	c->cpu = cpu;
	if (own) {
		start_thread(_metadata, c, spin, 'R');
		return;
	}
	c->child = fork();
	ASSERT_LE(0, c->child);
	if (!c->child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		spin(c);
	}
}

/*
 * On idle CPUs all that a call waits for may happen to run on the CPU of its caller,
 * without an interrupt: let grace periods be made on another one. It is root who may
 * ask for that; a user finds out the same, but not each time.  Returns the thread that
 * was moved, or 0.
 */
static pid_t move_rcu_away(cpu_set_t *before)
{
	pid_t pid = rcu_thread();

	if (!pid || sched_getaffinity(pid, sizeof(*before), before))
		return 0;
	return pin_task_to_cpu(pid, 1) ? 0 : pid;
}

FIXTURE_SETUP(interrupts)
{
	int nr = CPU_COUNT(&allowed_cpus) - 1, i;

	save_aio_state(_metadata, &self->state);
	if (nr < 1)
		SKIP(return, "one CPU");
	if (count_interrupts("CAL:") < 0)
		SKIP(return, "no function call interrupts in /proc/interrupts");
	self->nr_companions = variant->others == OTHERS_IDLE ? 0 : nr;
	self->companion = calloc(nr, sizeof(*self->companion));
	ASSERT_NE(NULL, self->companion);
	for (i = 0; i < self->nr_companions; i++)
		start_spinner(_metadata, &self->companion[i], i + 1,
			      variant->others == OTHERS_OWN);
	pin_to_cpu(0);
	if (variant->others == OTHERS_IDLE)
		self->rcu = move_rcu_away(&self->rcu_cpus);
}

FIXTURE_TEARDOWN_PARENT(interrupts)
{
	if (self->rcu)
		sched_setaffinity(self->rcu, sizeof(self->rcu_cpus), &self->rcu_cpus);
	check_aio_state(_metadata, &self->state);
}

static void spin_ns(__s64 ns)
{
	__s64 end = now_ns() + ns;

	while (now_ns() < end)
		;
}

/*
 * How many more there are in NR_CALLS calls than in as long a time without any.
 * @ctx has as many contexts before as after. @call_ns is told what a call runs for.
 */
static long sent_interrupts(struct __test_metadata *const _metadata,
			    aio_context_t *ctx, __s64 *call_ns)
{
	struct destroyer d = { .ctx = ctx, .nr = NR_CALLS, .enough = NR_SLEEPS };
	long before, during, quiet;
	__s64 ns;

	sleep_ns(NSEC_PER_SEC / 2);
	ns = now_ns();
	before = count_calls();
	*call_ns = cpu_ns(RUSAGE_THREAD);
	destroy_them(&d);
	*call_ns = (cpu_ns(RUSAGE_THREAD) - *call_ns) / d.done;
	during = count_calls() - before;
	ns = now_ns() - ns;
	expect_no_failure(_metadata, &d.failure);
	setup_ctxs(_metadata, ctx, d.done, 1);

	/* Until the contexts are freed */
	sleep_ns(NSEC_PER_SEC / 2);
	before = count_calls();
	spin_ns(ns);
	quiet = count_calls() - before;
	TH_LOG("%ld interrupts in %d calls, %ld in as long without any (%lld us)",
	       during, d.done, quiet, ns / 1000);
	return (during - quiet) * NR_CALLS / d.done;
}

/*
 * The least of some rounds: where the calls take long, as on a busy host, the
 * grace periods in which others free something fall into them, and a call that
 * sends interrupts does so each time. @call_ns is of the last round.
 */
static long least_interrupts(struct __test_metadata *const _metadata,
			     aio_context_t *ctx, __s64 *call_ns)
{
	long sent, least = LONG_MAX;
	int round;

	for (round = 0; round < 5 && least >= NR_CALLS / 2; round++) {
		sent = sent_interrupts(_metadata, ctx, call_ns);
		least = sent < least ? sent : least;
	}
	return least;
}

TEST_F_TIMEOUT(interrupts, are_not_sent, 120)
{
	__s64 call_ns;
	long least;
	int cpu;

	setup_ctxs(_metadata, self->ctx, NR_CALLS, 1);
	least = least_interrupts(_metadata, self->ctx, &call_ns);
	/* More than a millisecond each: a debugging kernel, say */
	if (least >= NR_CALLS / 2 && call_ns > NSEC_PER_MSEC)
		SKIP(return, "grace periods of others fall into slow calls");
	EXPECT_GT(NR_CALLS / 2, least);
	for (cpu = 0; cpu < self->nr_companions; cpu++)
		stop_companion(_metadata, &self->companion[cpu]);
}

TEST_HARNESS_MAIN
