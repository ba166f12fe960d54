// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to set a context up, and how many there can be
 */

#include "bench.h"

#define WINDOW		50	/* calls on either side of number NR */

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
		long err;

		err = sys_io_destroy(ctx[0]);
		if (err)
			die("io_destroy", err);
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

void do_setup(long max)
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

void do_limit(long max)
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
void do_hold(long nr)
{
	char c;

	setup_many(nr);
	result("held", "contexts", nr);
	while (read(0, &c, 1) > 0)
		;
}
