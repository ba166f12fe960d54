// SPDX-License-Identifier: GPL-2.0
/*
 * Requests on a file of a filesystem
 *
 * Proves that:
 * - a write, whether it succeeds, fails or is refused, holds its filesystem off from being
 *   frozen no longer than it takes;
 * - IOCB_CMD_FDSYNC writes the data of a file, and IOCB_CMD_FSYNC its times as well.
 *
 * Needs root, ext2, mke2fs(8), and null_blk for a disk in memory.
 */

#include "aio_common.h"
#include "aio_disk.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

#define SIZE	4096		/* of the file: a block */
#define MKE2FS	"PATH=$PATH:/usr/sbin:/sbin; mke2fs -q -F -b 4096 "

FIXTURE(file)
{
	struct aio_state state;
	char dir[32];
	aio_context_t ctx;
	void *page;
	int disk;
	int fd;
};

FIXTURE_SETUP(file)
{
	char path[64];

	save_aio_state(_metadata, &self->state);
	snprintf(self->dir, sizeof(self->dir), "/tmp/aio-file-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	self->disk = open_slow_disk(1000);
	if (self->disk < 0)
		SKIP(return, "cannot make a null_blk disk");
	if (system(MKE2FS "/dev/aiotest > /dev/null 2>&1") ||
	    mount("/dev/aiotest", self->dir, "ext2", 0, NULL))
		SKIP(return, "no ext2, or no mke2fs(8)");

	snprintf(path, sizeof(path), "%s/file", self->dir);
	self->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ASSERT_LE(0, self->fd);
	self->page = map_memory(_metadata, SIZE, PROT_READ | PROT_WRITE);
	self->ctx = setup_ctx(_metadata, 1);
}

FIXTURE_TEARDOWN_PARENT(file)
{
	umount(self->dir);
	rmdir(self->dir);
	remove_slow_disk();
	check_aio_state(_metadata, &self->state);
}

/* What a request on @fd returns, the only one of @ctx */
static __s64 result_of_request(struct __test_metadata *const _metadata,
			       aio_context_t ctx, int fd, int opcode, const void *buf)
{
	struct iocb iocb = {
		.aio_lio_opcode = opcode,
		.aio_fildes = fd,
		.aio_buf = (uintptr_t)buf,
		.aio_nbytes = buf ? SIZE : 0,
	}, *iocbs[] = { &iocb };
	struct io_event ev;

	ASSERT_EQ(1, sys_io_submit(ctx, 1, iocbs));
	ASSERT_EQ(1, sys_io_getevents(ctx, 1, 1, &ev, 20 * NSEC_PER_SEC));
	return ev.res;
}

/* By a child: who waits for good for that cannot be killed. */
static bool can_be_frozen(int fd)
{
	__s64 end = now_ns() + 20 * NSEC_PER_SEC;
	pid_t child = fork();
	int status = -1;

	if (!child)
		_exit(ioctl(fd, FIFREEZE, 0) ? 1 : 0);
	while (!waitpid(child, &status, WNOHANG) && now_ns() < end)
		sleep_ns(NSEC_PER_MSEC);
	return !status && !ioctl(fd, FITHAW, 0);
}

TEST_F_TIMEOUT(file, write_that_succeeded_does_not_hold_off_a_freeze, 60)
{
	EXPECT_EQ(SIZE, result_of_request(_metadata, self->ctx, self->fd, IOCB_CMD_PWRITE,
					  self->page));
	EXPECT_TRUE(can_be_frozen(self->fd));
}

TEST_F_TIMEOUT(file, write_that_failed_does_not_hold_off_a_freeze, 60)
{
	void *nothing = map_memory(_metadata, SIZE, PROT_NONE);

	EXPECT_EQ(-EFAULT, result_of_request(_metadata, self->ctx, self->fd, IOCB_CMD_PWRITE,
					     nothing));
	EXPECT_TRUE(can_be_frozen(self->fd));
}

TEST_F_TIMEOUT(file, write_that_was_refused_does_not_hold_off_a_freeze, 60)
{
	struct iocb iocb, *iocbs[] = { &iocb };

	prep_rw(&iocb, IOCB_CMD_PWRITE, self->fd, self->page, SIZE, 1);
	iocb.aio_offset = -1;
	EXPECT_EQ(-EINVAL, sys_io_submit(self->ctx, 1, iocbs));
	EXPECT_TRUE(can_be_frozen(self->fd));
}

/* How often the disk is written to after @page has overwritten the block of @fd */
static long writes_of(struct __test_metadata *const _metadata, aio_context_t ctx, int fd,
		      int opcode, const void *page)
{
	const char *writes = "%*d %*d %*d %*d %ld";
	long before;

	sleep_ns(1100 * NSEC_PER_MSEC);	/* ext2 has times in seconds */
	before = number_in(NULLB_STAT, writes);
	ASSERT_LE(0, before);
	ASSERT_EQ(SIZE, pwrite(fd, page, SIZE, 0));
	EXPECT_EQ(0, result_of_request(_metadata, ctx, fd, opcode, NULL));
	return number_in(NULLB_STAT, writes) - before;
}

TEST_F(file, fdsync_writes_data_and_fsync_the_times_too)
{
	/* The block is allocated by then, and nothing left to be written */
	writes_of(_metadata, self->ctx, self->fd, IOCB_CMD_FSYNC, self->page);

	EXPECT_EQ(1, writes_of(_metadata, self->ctx, self->fd, IOCB_CMD_FDSYNC, self->page));
	EXPECT_EQ(2, writes_of(_metadata, self->ctx, self->fd, IOCB_CMD_FSYNC, self->page));
}

TEST_HARNESS_MAIN
