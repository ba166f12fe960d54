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

#include "aio_wait.h"

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

/* The sum over all CPUs of a line of /proc/interrupts; -1 when it has none. */
static long count_interrupts(const char *name)
{
	FILE *file = fopen("/proc/interrupts", "r");
	char line[8192], *pos, *end;
	long sum = -1;

	if (!file)
		return -1;
	while (sum < 0 && fgets(line, sizeof(line), file)) {
		pos = line + strspn(line, " ");
		if (strncmp(pos, name, strlen(name)))
			continue;
		pos += strlen(name);
		for (sum = 0; ; pos = end) {
			long count = strtol(pos, &end, 10);

			if (end == pos)
				break;
			sum += count;
		}
	}
	fclose(file);
	return sum;
}

/* Function calls that another CPU asked for, but for flushes of the TLB. */
static long count_calls(void)
{
	long tlb = count_interrupts("TLB:");

	return count_interrupts("CAL:") - (tlb < 0 ? 0 : tlb);
}

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
}

FIXTURE_TEARDOWN_PARENT(interrupts)
{
	check_aio_state(_metadata, &self->state);
}

static void spin_ns(__s64 ns)
{
	__s64 end = now_ns() + ns;

	while (now_ns() < end)
		;
}

/* What this thread has run for, not what it has waited. */
static __s64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* What the calls of the last round have run for */
static __s64 calls_cpu_ns;

/* How many more there are in calls than in as long a time without any. */
static long sent_interrupts(struct __test_metadata *const _metadata,
			    aio_context_t *ctx)
{
	struct destroyer d = { .ctx = ctx, .nr = NR_CALLS, .enough = INT_MAX };
	long before, during, quiet;
	__s64 ns;

	setup_ctxs(_metadata, ctx, NR_CALLS, 1);
	sleep_ns(NSEC_PER_SEC / 2);
	ns = now_ns();
	calls_cpu_ns = cpu_ns();
	before = count_calls();
	destroy_them(&d);
	during = count_calls() - before;
	calls_cpu_ns = cpu_ns() - calls_cpu_ns;
	ns = now_ns() - ns;
	expect_no_failure(_metadata, &d.failure);

	/* Until the contexts are freed */
	sleep_ns(NSEC_PER_SEC / 2);
	before = count_calls();
	spin_ns(ns);
	quiet = count_calls() - before;
	TH_LOG("%ld interrupts in %d calls, %ld in as long without any (%lld us)",
	       during, NR_CALLS, quiet, ns / 1000);
	return during - quiet;
}

/*
 * The least of some rounds: where the calls take long, as on a busy host, the
 * grace periods in which others free something fall into them, and a call that
 * sends interrupts does so each time.
 */
static long least_interrupts(struct __test_metadata *const _metadata,
			     aio_context_t *ctx)
{
	long sent, least = LONG_MAX;
	int round;

	for (round = 0; round < 5 && least >= NR_CALLS / 2; round++) {
		sent = sent_interrupts(_metadata, ctx);
		least = sent < least ? sent : least;
	}
	return least;
}

/*
 * On idle CPUs, what io_destroy() waits for may all happen to run on its own CPU,
 * so it is called on another one as well.
 */
TEST_F_TIMEOUT(interrupts, are_not_sent, 120)
{
	long least;
	int cpu;

	for (cpu = 0; cpu < (variant->others == OTHERS_IDLE ? 2 : 1); cpu++) {
		pin_to_cpu(cpu);
		least = least_interrupts(_metadata, self->ctx);
		/* More than a millisecond each: a debugging kernel, say */
		if (least >= NR_CALLS / 2 && calls_cpu_ns > NR_CALLS * 1000000LL)
			SKIP(return, "grace periods of others fall into slow calls");
		EXPECT_GT(NR_CALLS / 2, least);
	}
	for (cpu = 0; cpu < self->nr_companions; cpu++)
		stop_companion(_metadata, &self->companion[cpu]);
}

TEST_HARNESS_MAIN
