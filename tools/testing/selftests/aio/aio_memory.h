/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Free memory of the machine, of which others may use some meanwhile
 */

#ifndef AIO_MEMORY_H
#define AIO_MEMORY_H

#include "aio_util.h"

/* -1 if /proc/meminfo does not say */
static inline long free_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (file && kib < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %ld", &kib) != 1)
			kib = -1;
	if (file)
		fclose(file);
	return kib;
}

/*
 * Rings are freed by a worker after a grace period, so waits until there are more
 * than @least, and no longer than ten seconds.
 */
static inline long free_kib_settled(long least)
{
	__s64 end = now_ns() + 10 * NSEC_PER_SEC;
	long kib;

	do {
		kib = free_kib();
		if (kib > least)
			break;
		sleep_ns(10 * NSEC_PER_MSEC);
	} while (now_ns() < end);
	return kib;
}

#endif /* AIO_MEMORY_H */
