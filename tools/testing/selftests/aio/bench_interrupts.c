// SPDX-License-Identifier: GPL-2.0
/*
 * How often io_destroy(2) interrupts the other CPUs
 */

#include "bench.h"

#include <ctype.h>

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

void do_interrupts(long nr, const char *name)
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
