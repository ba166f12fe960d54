/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts that one CPU sends to another, and how slow a kernel is on which they
 * cannot be told from those of others
 */

#ifndef AIO_INTERRUPTS_H
#define AIO_INTERRUPTS_H

#include "aio_util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/*
 * What this thread (RUSAGE_THREAD), or its children that are gone (RUSAGE_CHILDREN),
 * have run for, not what they have waited
 */
static inline __s64 cpu_ns(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage))
		return 0;
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NSEC_PER_SEC +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL;
}

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

/* The kernel's thread that makes grace periods, one of the first; 0 if there is none. */
static inline pid_t rcu_thread(void)
{
	char path[32], name[32];
	FILE *file;
	pid_t pid;

	for (pid = 2; pid < 100; pid++) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (!fgets(name, sizeof(name), file))
			name[0] = '\0';
		fclose(file);
		if (!strcmp(name, "rcu_sched\n") || !strcmp(name, "rcu_preempt\n"))
			return pid;
	}
	return 0;
}

#endif /* AIO_INTERRUPTS_H */
