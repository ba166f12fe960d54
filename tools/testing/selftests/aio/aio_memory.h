/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of the machine, of which others may use some meanwhile
 */

#ifndef AIO_MEMORY_H
#define AIO_MEMORY_H

#include "aio_util.h"

/* -1 if /proc/meminfo does not say */
static inline long free_kib(void)
{
	return number_in("/proc/meminfo", "MemFree: %ld");
}

/* Page cache, of which rings are a part until they are freed */
static inline long cached_kib(void)
{
	return number_in("/proc/meminfo", "Cached: %ld");
}

/*
 * Rings may be freed by a worker after a grace period, so waits until there are more
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
