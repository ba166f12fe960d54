// SPDX-License-Identifier: GPL-2.0
/*
 * What the system calls cost that look up, make and destroy AIO contexts
 *
 * No test: it measures and prints, one "METRIC <tab> UNIT <tab> VALUE" a line,
 * and the caller knows what the numbers mean.  Time is CLOCK_MONOTONIC in
 * nanoseconds or, with -i, the time stamp counter of a guest that QEMU runs
 * with "-icount shift=0", where it counts instructions.
 *
 * An idle guest gets no instructions, but its clock jumps ahead: with -i, what
 * sleeps takes "virtual ns", its instructions and the time that it waited.
 * exit-all and run count all instructions of the system instead: they keep the
 * processor busy with a loop that counts its own rounds, so that what it has
 * run is known exactly and is taken off.
 *
 * Usage: ioctx_bench [-i] lookup NR | setup MAX | limit MAX | hold NR |
 *	  destroy COUNT SCENE [DISK NS] | among MAX COUNT |
 *	  interrupts COUNT SCENE | exit NR COUNT | exit-all NR COUNT |
 *	  kill NR COUNT | run COMMAND...
 *
 * SCENE is what else there is while a context is destroyed:
 *	alone		nothing
 *	busy		on each other CPU a process that never sleeps
 *	asleep		as many threads of the process, at least one, asleep
 *	spinning	the same, and they never sleep
 *	other		the thread that made the context, while another destroys it
 *	inside		a thread in io_getevents()
 *	poll		a poll in flight, which io_destroy() cancels
 *	read		a read in flight from DISK, which takes NS and is taken off
 *	hogs		on each CPU a process of SCHED_FIFO that runs for 190 ms of
 *			200; the thread that destroys comes before them
 */

#include "aio_util.h"

#include <ctype.h>
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

static void result(const char *metric, const char *unit, double value)
{
	printf("%s\t%s\t%.2f\n", metric, unit, value);
	fflush(stdout);
}

/* Of what never sleeps */
static void result_cost(const char *metric, double value)
{
	result(metric, icount ? "instructions" : "ns", value);
}

/* Of what may wait */
static void result_time(const char *metric, double value)
{
	result(metric, icount ? "virtual ns" : "ns", value);
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
	__u64 look = -1, empty = -1;

	/* The rings are mapped, but not faulted in yet */
	for (long i = 0; i < nr; i++)
		touch = ring_of(ctx[i])->nr;
	(void)touch;
	if (sys_io_submit(ctx[nr - 1], 0, NULL))
		die("io_submit", -EINVAL);
	/* The least of either: what comes between only adds to it */
	for (int i = 0; i < 5; i++) {
		__u64 time = time_calls(__NR_io_submit, ctx, nr, calls);

		if (time < look)
			look = time;
		time = time_calls(NR_EMPTY, ctx, nr, calls);
		if (time < empty)
			empty = time;
	}
	result_cost("lookup", ((double)look - empty) / calls);
	result_cost("empty_syscall", (double)empty / calls);
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

/*
 * When the search for a free slot has to go over all of them: the lowest one is
 * taken again, and nothing but what follows the last is free.
 */
static double refill(aio_context_t *ctx)
{
	__u64 cost[15];

	for (int i = 0; i < 15; i++) {
		aio_context_t last;
		__u64 start;

		if (sys_io_destroy(ctx[0]))
			die("io_destroy", -EINVAL);
		/* What it has left to be done is done */
		sleep_ns(NSEC_PER_SEC / 5);
		ctx[0] = must_setup();
		start = now();
		last = must_setup();
		cost[i] = now() - start;
		sys_io_destroy(last);
	}
	return median(cost, 15);
}

static void do_setup(long max)
{
	static const long number[] = {
		100, 200, 500, 1000, 2000, 5000, 10000, 20000, 30000
	};
	__u64 *cost = calloc(max + WINDOW, sizeof(*cost)), most = 0, sum = 0;
	aio_context_t *ctx = calloc(max + WINDOW, sizeof(*ctx));
	double clock = clock_cost();
	char name[32];

	memset(cost, 0, (max + WINDOW) * sizeof(*cost));
	memset(ctx, 0, (max + WINDOW) * sizeof(*ctx));
	result_cost("setup.1", first_setup() - clock);
	for (long i = 0; i < max + WINDOW; i++) {
		__u64 start = now();

		ctx[i] = must_setup();
		cost[i] = now() - start;
		sum += cost[i];
		if (i && cost[i] > most)
			most = cost[i];
	}
	result_cost("setup.worst", most - clock);
	result_cost("setup.mean", (double)sum / (max + WINDOW) - clock);
	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++) {
		if (number[i] > max)
			break;
		snprintf(name, sizeof(name), "setup.%ld", number[i]);
		result_cost(name, median(cost + number[i] - WINDOW, 2 * WINDOW) - clock);
	}
	result_cost("setup.refill", refill(ctx) - clock);
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

static const char *scene = "alone";
static int disk = -1;
static __s64 disk_ns;
static char *block;
static struct iocb iocb, *iocbs[] = { &iocb };

static bool in_scene(const char *name)
{
	return !strcmp(scene, name);
}

static void *other_thread(void *unused)
{
	for (;;)
		if (in_scene("asleep"))
			pause();
	return unused;
}

static void other_process(int cpu)
{
	struct sched_param param = { .sched_priority = 10 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (in_scene("busy"))
		for (;;)
			;
	pin_to_cpu(cpu);
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die("sched_setscheduler", -errno);
	for (;;) {
		__u64 start = now();

		while (now() - start < 190 * NSEC_PER_MSEC)
			;
		sleep_ns(10 * NSEC_PER_MSEC);
	}
}

static void set_scene(const char *name)
{
	struct sched_param param = { .sched_priority = 20 };
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int threads = cpus > 1 ? cpus - 1 : 1;
	pthread_t thread;

	scene = name;
	if (in_scene("asleep") || in_scene("spinning"))
		for (int i = 0; i < threads; i++)
			pthread_create(&thread, NULL, other_thread, NULL);
	if (in_scene("hogs") && sched_setscheduler(0, SCHED_FIFO, &param))
		die("sched_setscheduler", -errno);
	if (in_scene("busy") || in_scene("hogs"))
		for (int i = in_scene("busy"); i < cpus; i++)
			if (!fork())
				other_process(i);
	sleep_ns(NSEC_PER_SEC / 5);
}

static void *get_events(void *ctx)
{
	struct io_event event;

	sys_io_getevents(*(aio_context_t *)ctx, 1, 1, &event, -1);
	return NULL;
}

static void submit(aio_context_t ctx)
{
	long ret = sys_io_submit(ctx, 1, iocbs);

	if (ret != 1)
		die("io_submit", ret);
}

/* A poll of what never comes */
static void prep_idle_poll(void)
{
	int fd[2];

	if (pipe(fd))
		die("pipe", -errno);
	prep_poll(&iocb, fd[0], 0);
}

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

struct call {
	aio_context_t ctx;
	__u64 time;
	long switches;
};

static void *destroy(void *arg)
{
	struct call *call = arg;
	__u64 start;
	long err;

	/* The set-up's own leftovers are not part of it; hogs are met anywhere */
	sleep_ns((20 + (in_scene("hogs") ? random() % 200 : 0)) * NSEC_PER_MSEC);
	if (disk >= 0)
		submit(call->ctx);
	call->switches = switches();
	start = now();
	err = sys_io_destroy(call->ctx);
	call->time = now() - start;
	call->switches = switches() - call->switches;
	if (err)
		die("io_destroy", err);
	return NULL;
}

static void do_destroy(long count, const char *name)
{
	double clock = clock_cost() + disk_ns, worst = 0;
	long sum = 0;

	set_scene(name);
	if (disk >= 0)
		prep_read(&iocb, disk, block, 512, 0);
	else if (in_scene("poll"))
		prep_idle_poll();
	for (long i = 0; i < count; i++) {
		struct call call = { .ctx = must_setup() };
		pthread_t thread;

		if (in_scene("inside"))
			pthread_create(&thread, NULL, get_events, &call.ctx);
		else if (in_scene("poll"))
			submit(call.ctx);
		if (in_scene("other"))
			pthread_create(&thread, NULL, destroy, &call);
		else
			destroy(&call);
		if (in_scene("inside") || in_scene("other"))
			pthread_join(thread, NULL);
		sum += call.switches;
		result_time("destroy", call.time - clock);
		if (call.time - clock > worst)
			worst = call.time - clock;
	}
	result_time("destroy.worst", worst);
	if (icount)
		result("switches", "a call", (double)sum / count);
}

/* One more context than there are others, while there are more and more others */
static void do_among(long max, long count)
{
	static const long number[] = { 1, 4, 16, 64, 512, 4096, 30000 };
	__u64 *time = calloc(count, sizeof(*time));
	double clock = clock_cost();
	long others = 0;
	char name[32];

	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++) {
		if (number[i] > max)
			break;
		for (; others < number[i]; others++)
			must_setup();
		for (long j = 0; j < count; j++) {
			struct call call = { .ctx = must_setup() };

			destroy(&call);
			time[j] = call.time;
		}
		snprintf(name, sizeof(name), "destroy.%ld", number[i]);
		result_time(name, median(time, count) - clock);
	}
}

/* Function calls but for the TLB's, which they count as well; those; wake-ups */
struct interrupts {
	long cal, tlb, res;
};

static struct interrupts count_interrupts(void)
{
	FILE *file = fopen("/proc/interrupts", "r");
	struct interrupts nr = {};
	char line[4096];

	if (!file)
		die("/proc/interrupts", -errno);
	while (fgets(line, sizeof(line), file)) {
		char *at = line + strspn(line, " ");
		char *word = strtok(at + strcspn(at, ":"), ": ");
		long sum = 0;

		/* A column for each CPU, then words */
		for (; word && isdigit(*word); word = strtok(NULL, " "))
			sum += atol(word);
		if (!strncmp(at, "CAL:", 4))
			nr.cal += sum;
		else if (!strncmp(at, "TLB:", 4))
			nr.tlb += sum;
		else if (!strncmp(at, "RES:", 4))
			nr.res += sum;
	}
	fclose(file);
	nr.cal -= nr.tlb;
	return nr;
}

static void do_interrupts(long nr, const char *name)
{
	struct interrupts start, end, quiet;
	aio_context_t *ctx;
	__u64 time;
	long sum;

	set_scene(name);
	ctx = setup_many(nr);
	sleep_ns(NSEC_PER_SEC / 2);
	count_interrupts();
	sum = switches();
	start = count_interrupts();
	time = now();
	for (long i = 0; i < nr; i++)
		sys_io_destroy(ctx[i]);
	time = now() - time;
	end = count_interrupts();
	sum = switches() - sum;
	sleep_ns(time);
	quiet = count_interrupts();
	result("interrupts", "a call", (double)(end.cal - start.cal) / nr);
	result("interrupts.tlb", "a call", (double)(end.tlb - start.tlb) / nr);
	result("interrupts.resched", "a call", (double)(end.res - start.res) / nr);
	result("interrupts.quiet", "a call", (double)(quiet.cal - end.cal) / nr);
	result("switches", "a call", (double)sum / nr);
	result_time("destroy", (double)time / nr);
}

/* Stops where its parent can tell it to go on; contexts and requests are there. */
struct child {
	pid_t pid;
	int ready[2], go[2];
};

static struct child start_child(long nr, bool polls)
{
	struct child child;
	char c;

	if (pipe(child.ready) || pipe(child.go))
		die("pipe", -errno);
	child.pid = fork();
	if (!child.pid) {
		aio_context_t *ctx = setup_many(nr);

		if (polls) {
			prep_idle_poll();
			for (long i = 0; i < nr; i++)
				submit(ctx[i]);
		}
		free(ctx);
		if (write(child.ready[1], "", 1) != 1 || read(child.go[0], &c, 1) != 1)
			_exit(1);
		shared[2] = shared[0];
		shared[1] = now();
		_exit(0);
	}
	if (read(child.ready[0], &c, 1) != 1)
		die("read", -errno);
	return child;
}

static void forget_child(struct child *child)
{
	close(child->ready[0]);
	close(child->ready[1]);
	close(child->go[0]);
	close(child->go[1]);
}

static void tell_child(struct child *child)
{
	if (write(child->go[1], "", 1) != 1)
		die("write", -errno);
}

/*
 * From a child's exit_group(), or from SIGKILL while it has a poll in flight in
 * each context, until its parent has it back
 */
static void do_exit(long nr, long count, bool killed)
{
	for (long i = 0; i < count; i++) {
		struct child child = start_child(nr, killed);

		sleep_ns(NSEC_PER_SEC / (icount ? 5 : 10));
		if (killed) {
			shared[1] = now();
			kill(child.pid, SIGKILL);
		} else {
			tell_child(&child);
		}
		waitpid(child.pid, NULL, 0);
		result_time(killed ? "kill" : "exit", now() - shared[1]);
		forget_child(&child);
	}
}

/* All that is done because of a child's exit_group(), then and later */
static void do_exit_all(long nr, long count)
{
	double per_round = round_cost();

	start_spinner();
	for (long i = 0; i < count; i++) {
		struct child child = start_child(nr, false);
		__u64 rounds;

		quiesce(per_round);
		tell_child(&child);
		waitpid(child.pid, NULL, 0);
		quiesce(per_round);
		rounds = shared[0] - shared[2];
		result_cost("exit.all", now() - shared[1] - rounds * per_round);
		forget_child(&child);
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
	result("limit", "contexts", err ? nr - 1 : nr);
	result("limit.errno", "errno", -err);
}

/* Keeps NR contexts until its standard input ends. */
static void do_hold(long nr)
{
	char c;

	setup_many(nr);
	result("held", "contexts", nr);
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
	result_cost("run", time - rounds * per_round);
	result_cost("run.cpu",
		    (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
		    (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3);
	stop_spinner();
	exit(status ? 1 : 0);
}

int main(int argc, char **argv)
{
	const char *what, *more;
	long nr;

	if (argc > 1 && !strcmp(argv[1], "-i")) {
		icount = true;
		argv++;
		argc--;
	}
	shared = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (argc < 3 || shared == MAP_FAILED) {
		fprintf(stderr, "ioctx_bench: see the head of its source\n");
		return 2;
	}
	what = argv[1];
	nr = atol(argv[2]);
	more = argc > 3 ? argv[3] : "1";
	if (!strcmp(what, "destroy") && argc > 5) {
		disk = open(argv[4], O_RDONLY | O_DIRECT | O_CLOEXEC);
		if (disk < 0 || posix_memalign((void **)&block, 4096, 4096))
			die(argv[4], -errno);
		disk_ns = atoll(argv[5]);
	}
	if (!strcmp(what, "run"))
		do_run(argv + 2);
	else if (nr < 0)
		return 2;
	else if (!strcmp(what, "lookup") && nr)
		do_lookup(nr);
	else if (!strcmp(what, "setup"))
		do_setup(nr);
	else if (!strcmp(what, "destroy"))
		do_destroy(nr, more);
	else if (!strcmp(what, "among"))
		do_among(nr, atol(more));
	else if (!strcmp(what, "interrupts") && nr)
		do_interrupts(nr, more);
	else if (!strcmp(what, "exit"))
		do_exit(nr, atol(more), false);
	else if (!strcmp(what, "kill"))
		do_exit(nr, atol(more), true);
	else if (!strcmp(what, "exit-all"))
		do_exit_all(nr, atol(more));
	else if (!strcmp(what, "limit"))
		do_limit(nr);
	else if (!strcmp(what, "hold"))
		do_hold(nr);
	else
		return 2;
	return 0;
}
