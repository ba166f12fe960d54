// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to look a context up
 */

#include "bench.h"

#define NR_LOOKUPS	20480
#define NR_FAR_LOOKUPS	2048	/* where a list is long */

/* In the table of system calls, and served by no kernel any more */
#ifdef __NR_nfsservctl
#define NR_EMPTY	__NR_nfsservctl
#else
#define NR_EMPTY	(-1)
#endif

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

void do_lookup(long nr)
{
	long calls = nr > 1024 ? NR_FAR_LOOKUPS : NR_LOOKUPS;
	aio_context_t *ctx = setup_many(nr);
	volatile __u32 touch;
	__u64 look = -1, empty = -1;
	long err;

	/* The rings are mapped, but not faulted in yet */
	for (long i = 0; i < nr; i++)
		touch = ring_of(ctx[i])->nr;
	(void)touch;
	err = sys_io_submit(ctx[nr - 1], 0, NULL);
	if (err)
		die("io_submit", err);
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
