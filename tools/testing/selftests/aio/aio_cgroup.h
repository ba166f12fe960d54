/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A cgroup for what a test starts: needs root, and the options in config.mem
 *
 * Functions return false where there is no such cgroup to be had.
 */

#ifndef AIO_CGROUP_H
#define AIO_CGROUP_H

#include "aio_common.h"

#include <sys/stat.h>

#define CGROUP	"/sys/fs/cgroup"
#define GROUP	CGROUP "/aio_test"

/* One with memory.max and memory.stat, or with pids.max; empty, if it is there. */
static inline bool make_group(const char *controller)
{
	char add[16], knob[64];

	snprintf(add, sizeof(add), "+%s", controller);
	write_str(CGROUP "/cgroup.subtree_control", add);
	/* One that was left by who was killed */
	rmdir(GROUP);
	snprintf(knob, sizeof(knob), GROUP "/%s.max", controller);
	return !mkdir(GROUP, 0755) && !access(knob, W_OK);
}

/* Moves who calls it, whose children begin there. */
static inline int join_group(void)
{
	return write_str(GROUP "/cgroup.procs", "0");
}

/* What is charged from now on to who calls it is charged to the group. */
static inline void enter_group(struct __test_metadata *const _metadata)
{
	ASSERT_EQ(0, join_group());
}

#endif /* AIO_CGROUP_H */
