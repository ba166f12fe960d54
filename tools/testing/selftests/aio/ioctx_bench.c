// SPDX-License-Identifier: GPL-2.0
/*
 * What the system calls cost that look up, make and destroy AIO contexts
 *
 * No test: it measures and prints, one "METRIC <tab> VALUE" a line, and the
 * caller knows what the numbers mean.  Time is CLOCK_MONOTONIC in nanoseconds
 * or, with -i, the time stamp counter of a guest that QEMU runs with
 * "-icount shift=0", where it counts instructions.
 *
 * An idle guest gets no instructions, but its clock jumps ahead.  Where a call
 * sleeps, -i keeps the processor busy with a loop that counts its own rounds:
 * what it has run is known exactly and is taken off.
 *
 * Usage: ioctx_bench [-i] lookup NR | setup MAX | destroy COUNT |
 *	  exit NR COUNT | limit MAX | hold NR | run COMMAND...
 */

/* Takes the helpers of the tests, but not their main() */
#pragma GCC diagnostic ignored "-Wunused-function"
#include "aio_common.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define NR_LOOKUPS	20480
#define NR_FAR_LOOKUPS	2048	/* where a list is long */
#define WINDOW		50	/* calls on either side of number NR */

/* In the table of system calls, and served by no kernel any more */
#ifdef __NR_nfsservctl
#define NR_EMPTY	__NR_nfsservctl
#else
#define NR_EMPTY	(-1)
#endif

static bool icount;
static volatile __u64 *shared;	/* [0] rounds of the spinner, [1] a time */

static __u64 now(void)
{
#ifdef __x86_64__
	if (icount)
		return __builtin_ia32_rdtsc();
#endif
	return now_ns();
}

static void result(const char *metric, double value)
{
	printf("%s\t%.2f\n", metric, value);
	fflush(stdout);
}

static void __attribute__((noreturn)) die(const char *what, long err)
{
	fprintf(stderr, "ioctx_bench: %s: %s\n", what, strerror(-err));
	exit(1);
}

static aio_context_t must_setup(void)
{
	aio_context_t ctx = 0;
	long err = sys_io_setup(1, &ctx);

	if (err)
		die("io_setup", err);
	return ctx;
}

static aio_context_t *setup_many(long nr)
{
	aio_context_t *ctx = calloc(nr, sizeof(*ctx));

	for (long i = 0; i < nr; i++)
		ctx[i] = must_setup();
	return ctx;
}

static int by_value(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

static double median(__u64 *values, long nr)
{
	qsort(values, nr, sizeof(*values), by_value);
	return nr & 1 ? values[nr / 2] :
			(values[nr / 2 - 1] + values[nr / 2]) / 2.0;
}

/* What it costs to read the clock twice. */
static double clock_cost(void)
{
	__u64 cost[101];

	for (int i = 0; i < 101; i++) {
		__u64 start = now();

		cost[i] = now() - start;
	}
	return median(cost, 101);
}

/* Every call goes to another context, in an order that favours no end of a list. */
static __u64 time_calls(long number, const aio_context_t *ctx, long nr, long calls)
{
	__u64 start = now();
	long i, at = 0;

	for (i = 0; i < calls; i++) {
		syscall(number, ctx[at], 0L, NULL);
		at += 7919;
		at %= nr;
	}
	return now() - start;
}

static void do_lookup(long nr)
{
	long calls = nr > 1024 ? NR_FAR_LOOKUPS : NR_LOOKUPS;
	aio_context_t *ctx = setup_many(nr);
	volatile __u32 touch;
	__u64 look[5], empty[5];

	/* The rings are mapped, but not faulted in yet */
	for (long i = 0; i < nr; i++)
		touch = ring_of(ctx[i])->nr;
	(void)touch;
	if (sys_io_submit(ctx[nr - 1], 0, NULL))
		die("io_submit", -EINVAL);
	for (int i = 0; i < 5; i++) {
		look[i] = time_calls(__NR_io_submit, ctx, nr, calls);
		empty[i] = time_calls(NR_EMPTY, ctx, nr, calls);
	}
	result("lookup", (median(look, 5) - median(empty, 5)) / calls);
	result("empty_syscall", median(empty, 5) / calls);
}

/* The first context of a process, 33 times; the one before is quite gone. */
static double first_setup(void)
{
	__u64 cost[33];

	for (int i = 0; i < 33; i++) {
		if (!fork()) {
			__u64 start;

			/* Takes the faults on what fork() shared */
			sys_io_setup(0, NULL);
			start = now();
			must_setup();
			shared[1] = now() - start;
			_exit(0);
		}
		wait(NULL);
		sleep_ns(NSEC_PER_SEC / 20);
		cost[i] = shared[1];
	}
	return median(cost, 33);
}

static void do_setup(long max)
{
	static const long number[] = {
		100, 200, 500, 1000, 2000, 5000, 10000, 20000, 30000
	};
	__u64 *cost = calloc(max + WINDOW, sizeof(*cost)), most = 0, sum = 0;
	double clock = clock_cost();
	char name[32];

	memset(cost, 0, (max + WINDOW) * sizeof(*cost));
	result("setup.1", first_setup() - clock);
	for (long i = 0; i < max + WINDOW; i++) {
		__u64 start = now();

		must_setup();
		cost[i] = now() - start;
		sum += cost[i];
		if (i && cost[i] > most)
			most = cost[i];
	}
	result("setup.worst", most - clock);
	result("setup.mean", (double)sum / (max + WINDOW) - clock);
	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++) {
		if (number[i] > max)
			break;
		snprintf(name, sizeof(name), "setup.%ld", number[i]);
		result(name, median(cost + number[i] - WINDOW, 2 * WINDOW) - clock);
	}
}

/* Counts its rounds where all can see them. */
static void __attribute__((noinline)) spin(__u64 rounds)
{
	while (rounds--)
		shared[0]++;
}

/* Instructions in a round: the least, as interrupts only add to it. */
static double round_cost(void)
{
	double best = 0;

	if (!icount)
		return 0;
	for (int i = 0; i < 20; i++) {
		__u64 start = now();
		double cost;

		spin(100000);
		cost = (now() - start) / 100000.0;
		if (!i || cost < best)
			best = cost;
	}
	return (long)(best + 0.5);
}

/* Runs when nothing else wants to, and stops with its parent. */
static pid_t spinner;

static void start_spinner(void)
{
	struct sched_param param = {};

	if (!icount)
		return;
	spinner = fork();
	if (!spinner) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sched_setscheduler(0, SCHED_IDLE, &param);
		for (;;)
			spin(1UL << 40);
	}
}

static void stop_spinner(void)
{
	if (spinner) {
		kill(spinner, SIGKILL);
		waitpid(spinner, NULL, 0);
		spinner = 0;
	}
}

/* Waits until what was left to be done is done: the spinner has it all. */
static void quiesce(double per_round)
{
	if (!icount) {
		sleep_ns(NSEC_PER_SEC / 10);
		return;
	}
	for (int quiet = 0, i = 0; quiet < 3 && i < 1000; i++) {
		__u64 start = now(), rounds = shared[0];

		sleep_ns(20 * NSEC_PER_MSEC);
		if ((shared[0] - rounds) * per_round > (now() - start) * 0.99)
			quiet++;
		else
			quiet = 0;
	}
}

static void do_destroy(long count)
{
	double clock = clock_cost();

	for (long i = 0; i < count; i++) {
		aio_context_t ctx = must_setup();
		__u64 start;

		/* The set-up's own leftovers are not part of it */
		sleep_ns(NSEC_PER_MSEC);
		start = now();
		sys_io_destroy(ctx);
		result("destroy", now() - start - clock);
	}
}

/*
 * From a child's exit_group() until its parent has it back, and all that is
 * done because of it, then and later.
 */
static void do_exit(long nr, long count)
{
	double per_round = round_cost();

	start_spinner();
	for (long i = 0; i < count; i++) {
		__u64 end, rounds;
		int ready[2], go[2];
		pid_t pid;
		char c;

		if (pipe(ready) || pipe(go))
			die("pipe", -errno);
		pid = fork();
		if (!pid) {
			free(setup_many(nr));
			if (write(ready[1], "", 1) != 1 || read(go[0], &c, 1) != 1)
				_exit(1);
			shared[2] = shared[0];
			shared[1] = now();
			_exit(0);
		}
		if (read(ready[0], &c, 1) != 1)
			die("read", -errno);
		quiesce(per_round);
		if (write(go[1], "", 1) != 1)
			die("write", -errno);
		waitpid(pid, NULL, 0);
		end = now();
		result("exit", end - shared[1]);
		if (icount) {
			quiesce(per_round);
			rounds = shared[0] - shared[2];
			result("exit.all", now() - shared[1] - rounds * per_round);
		}
		close(ready[0]);
		close(ready[1]);
		close(go[0]);
		close(go[1]);
	}
	stop_spinner();
}

static void do_limit(long max)
{
	long nr, err = 0;

	for (nr = 0; nr < max && !err; nr++) {
		aio_context_t ctx = 0;

		err = sys_io_setup(1, &ctx);
	}
	result("limit", err ? nr - 1 : nr);
	result("limit.errno", -err);
}

/* Keeps NR contexts until its standard input ends. */
static void do_hold(long nr)
{
	char c;

	setup_many(nr);
	result("held", nr);
	while (read(0, &c, 1) > 0)
		;
}

/*
 * A command, from its start until it has been waited for: all that the system
 * did meanwhile, and what was charged to the command itself.
 */
static void do_run(char **argv)
{
	double per_round = round_cost();
	__u64 start, rounds, time;
	struct rusage usage;
	int status;
	pid_t pid;

	start_spinner();
	start = now();
	rounds = shared[0];
	pid = fork();
	if (!pid) {
		execvp(argv[0], argv);
		die(argv[0], -errno);
	}
	wait4(pid, &status, 0, &usage);
	time = now() - start;
	rounds = shared[0] - rounds;
	result("run", time - rounds * per_round);
	result("run.cpu",
	       (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3);
	stop_spinner();
	exit(status ? 1 : 0);
}

int main(int argc, char **argv)
{
	const char *what;
	long nr;

	if (argc > 1 && !strcmp(argv[1], "-i")) {
		icount = true;
		argv++;
		argc--;
	}
	shared = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc < 3 || shared == MAP_FAILED) {
		fprintf(stderr, "ioctx_bench [-i] lookup|setup|destroy|exit|limit|hold|run ...\n");
		return 2;
	}
	what = argv[1];
	nr = atol(argv[2]);
	if (!strcmp(what, "run"))
		do_run(argv + 2);
	else if (nr < 0)
		return 2;
	else if (!strcmp(what, "lookup") && nr)
		do_lookup(nr);
	else if (!strcmp(what, "setup"))
		do_setup(nr);
	else if (!strcmp(what, "destroy"))
		do_destroy(nr);
	else if (!strcmp(what, "exit"))
		do_exit(nr, argc > 3 ? atol(argv[3]) : 1);
	else if (!strcmp(what, "limit"))
		do_limit(nr);
	else if (!strcmp(what, "hold"))
		do_hold(nr);
	else
		return 2;
	return 0;
}
