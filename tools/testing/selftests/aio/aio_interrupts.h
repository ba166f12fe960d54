/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts that one CPU sends to another
 */

#ifndef AIO_INTERRUPTS_H
#define AIO_INTERRUPTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sum over all CPUs of a line of /proc/interrupts; -1 when it has none. */
static inline long count_interrupts(const char *name)
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
static inline long count_calls(void)
{
	long tlb = count_interrupts("TLB:");

	return count_interrupts("CAL:") - (tlb < 0 ? 0 : tlb);
}

#endif /* AIO_INTERRUPTS_H */
