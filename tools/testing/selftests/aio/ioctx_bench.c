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

#include "bench.h"

#include <sys/resource.h>

bool icount;
volatile __u64 *shared;

void result(const char *metric, const char *unit, double value)
{
	printf("%s\t%s\t%.2f\n", metric, unit, value);
	fflush(stdout);
}

void result_cost(const char *metric, double value)
{
	result(metric, icount ? "instructions" : "ns", value);
}

void result_time(const char *metric, double value)
{
	result(metric, icount ? "virtual ns" : "ns", value);
}

void die(const char *what, long err)
{
	fprintf(stderr, "ioctx_bench: %s: %s\n", what, strerror(-err));
	exit(1);
}

aio_context_t *setup_many(long nr)
{
	aio_context_t *ctx = calloc(nr, sizeof(*ctx));

	for (long i = 0; i < nr; i++)
		ctx[i] = must_setup();
	return ctx;
}

void submit(aio_context_t ctx, struct iocb *iocb)
{
	long ret = sys_io_submit(ctx, 1, &iocb);

	if (ret != 1)
		die("io_submit", ret);
}

void prep_idle_poll(struct iocb *iocb)
{
	int fd[2];

	if (pipe(fd))
		die("pipe", -errno);
	prep_poll(iocb, fd[0], 0);
}

long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

static int by_value(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return (x > y) - (x < y);
}

double median(__u64 *values, long nr)
{
	qsort(values, nr, sizeof(*values), by_value);
	return nr & 1 ? values[nr / 2] :
			(values[nr / 2 - 1] + values[nr / 2]) / 2.0;
}

double clock_cost(void)
{
	__u64 cost[101];

	for (int i = 0; i < 101; i++) {
		__u64 start = now();

		cost[i] = now() - start;
	}
	return median(cost, 101);
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
	if (!strcmp(what, "destroy") && argc > 5)
		read_from_disk(argv[4], atoll(argv[5]));
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
