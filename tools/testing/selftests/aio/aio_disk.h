/* SPDX-License-Identifier: GPL-2.0 */
#ifndef AIO_DISK_H
#define AIO_DISK_H

/*
 * A disk on which every read takes as long as the test says: null_blk with a
 * timer. Its requests go through blk-mq, and cannot be cancelled.
 */

#include "aio_util.h"

#include <sys/mount.h>
#include <sys/stat.h>

#define NULLB_DIR	"/sys/kernel/config/nullb/aiotest"
#define NULLB_STAT	"/sys/block/aiotest/stat"

static inline void remove_slow_disk(void)
{
	rmdir(NULLB_DIR);
}

/*
 * Makes it, of 16 MiB of zeroes; -1 when that cannot be had. Needs root and
 * null_blk, which leaves what was in the buffer if it is not backed by memory.
 */
static inline int open_slow_disk(__s64 read_ns)
{
	char nsec[32];
	int fd = -1;

	mount("configfs", "/sys/kernel/config", "configfs", 0, NULL);
	remove_slow_disk();
	if (mkdir(NULLB_DIR, 0755))
		return -1;
	snprintf(nsec, sizeof(nsec), "%lld", read_ns);
	if (!write_str(NULLB_DIR "/irqmode", "2") &&
	    !write_str(NULLB_DIR "/completion_nsec", nsec) &&
	    !write_str(NULLB_DIR "/size", "16") &&
	    !write_str(NULLB_DIR "/memory_backed", "1") &&
	    !write_str(NULLB_DIR "/power", "1"))
		fd = open("/dev/aiotest", O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		remove_slow_disk();
	return fd;
}

#endif
