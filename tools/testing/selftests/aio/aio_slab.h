/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is allocated from a slab cache
 *
 * Others allocate and free meanwhile: only what is leaked time and again shows.
 */

#ifndef AIO_SLAB_H
#define AIO_SLAB_H

#include "aio_util.h"

#define SLAB_DIR	"/sys/kernel/slab"

/* A context, and the file of its ring */
static const char *const context_slabs[] = { "kioctx", "filp", NULL };

/*
 * The bytes in objects of some caches, which are named up to a NULL; -1 when
 * the kernel has none of them, or does not count. Shrinking a cache takes what
 * KASAN holds back out of the count.
 */
static inline long slab_bytes(const char *const *cache)
{
	long objects, sum = 0;
	char path[128];

	for (; *cache; cache++) {
		snprintf(path, sizeof(path), SLAB_DIR "/%s/shrink", *cache);
		if (write_str(path, "1"))
			continue;
		snprintf(path, sizeof(path), SLAB_DIR "/%s/objects", *cache);
		objects = read_long(path);
		snprintf(path, sizeof(path), SLAB_DIR "/%s/object_size", *cache);
		if (objects > 0)
			sum += objects * read_long(path);
	}
	return sum ? sum : -1;
}

/*
 * Contexts are freed by a worker after grace periods, so waits until there are no
 * more than @target, and no longer than ten seconds.
 */
static inline long slab_bytes_settled(const char *const *cache, long target)
{
	__s64 end = now_ns() + 10 * NSEC_PER_SEC;
	long bytes;

	do {
		bytes = slab_bytes(cache);
		if (bytes <= target)
			break;
		sleep_ns(50 * NSEC_PER_MSEC);
	} while (now_ns() < end);
	return bytes;
}

#endif /* AIO_SLAB_H */
