/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of ioctx_bench share
 */

#ifndef BENCH_H
#define BENCH_H

#include "aio_util.h"

extern bool icount;
/* Other processes see it: [0] rounds of the spinner, [1] a time, [2] rounds then */
extern volatile __u64 *shared;

/* Inline, as what is between two of them is what is measured */
static inline __u64 now(void)
{
#ifdef __x86_64__
	if (icount)
		return __builtin_ia32_rdtsc();
#endif
	return now_ns();
}

/* Prints a line of the result. */
void result(const char *metric, const char *unit, double value);
/* Of what never sleeps */
void result_cost(const char *metric, double value);
/* Of what may wait */
void result_time(const char *metric, double value);
/* Says which call failed with which negative errno, and ends the program. */
void die(const char *what, long err) __attribute__((noreturn));

double median(__u64 *values, long nr);
/* What it costs to read the clock twice */
double clock_cost(void);

static inline aio_context_t must_setup(void)
{
	aio_context_t ctx = 0;
	long err = sys_io_setup(1, &ctx);

	if (err)
		die("io_setup", err);
	return ctx;
}

aio_context_t *setup_many(long nr);
/* Makes it a poll of what never comes. */
void prep_idle_poll(struct iocb *iocb);
void submit(aio_context_t ctx, struct iocb *iocb);
/* How often this thread went to sleep */
long switches(void);

/* Sets the scene, see ioctx_bench.c, for what is measured then. */
void set_scene(const char *name);
/* Has each context destroyed with a read in flight that takes ns. */
void read_from_disk(const char *path, __s64 ns);

void do_lookup(long nr);
void do_setup(long max);
void do_limit(long max);
void do_hold(long nr);
void do_destroy(long count, const char *name);
void do_among(long max, long count);
void do_interrupts(long nr, const char *name);
void do_exit(long nr, long count, bool killed);
void do_exit_all(long nr, long count);
void do_run(char **argv);

#endif /* BENCH_H */
