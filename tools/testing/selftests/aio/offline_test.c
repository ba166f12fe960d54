// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts that were used on a CPU which is offline since
 *
 * Proves that io_destroy(2) and exit wait for a request that was submitted there, and
 * io_destroy(2) for a call that began there: what is counted for each CPU counts on.
 *
 * Takes a CPU offline, so it only runs if AIO_TEST_OFFLINE asks for that.  The request
 * is a read from a null_blk disk with a timer.
 */

#include "aio_disk.h"
#include "aio_failure.h"

#define ONLINE		"/sys/devices/system/cpu/cpu1/online"

FIXTURE(offline)
{
	struct aio_state state;
	void *page;
	int efd;
	int disk;
};

FIXTURE_SETUP(offline)
{
	save_aio_state(_metadata, &self->state);
	if (!getenv("AIO_TEST_OFFLINE"))
		SKIP(return, "AIO_TEST_OFFLINE=1 would take CPU 1 offline");
	if (!CPU_ISSET(0, &allowed_cpus) || !CPU_ISSET(1, &allowed_cpus) ||
	    write_str(ONLINE, "1"))
		SKIP(return, "no CPU 1 that can be taken offline");
	self->disk = open_slow_disk(2 * NSEC_PER_SEC);
	if (self->disk < 0)
		SKIP(return, "cannot make a null_blk disk");
	self->efd = open_eventfd(_metadata, EFD_NONBLOCK);
	self->page = map_memory(_metadata, 4096, PROT_READ | PROT_WRITE);
}

FIXTURE_TEARDOWN_PARENT(offline)
{
	if (getenv("AIO_TEST_OFFLINE"))
		write_str(ONLINE, "1");
	remove_slow_disk();
	check_aio_state(_metadata, &self->state);
}

/* Counts on CPU 1, which is gone then.  0, or an error */
static int read_from_there(struct __test_metadata *const _metadata,
			   aio_context_t ctx, int disk, void *page, int efd)
{
	struct iocb iocb, *iocbs[] = { &iocb };

	prep_read(&iocb, disk, page, 4096, 0);
	count_completion(&iocb, efd);
	pin_to_cpu(1);
	EXPECT_EQ(1, sys_io_submit(ctx, 1, iocbs));
	pin_to_cpu(0);
	return write_str(ONLINE, "0");
}

static bool is_complete(int efd)
{
	__u64 completed;

	return read(efd, &completed, sizeof(completed)) == sizeof(completed);
}

TEST_F(offline, request_is_waited_for_by_destroy)
{
	aio_context_t ctx = setup_ctx(_metadata, 1);

	ASSERT_EQ(0, read_from_there(_metadata, ctx, self->disk, self->page, self->efd));
	if (is_complete(self->efd))
		SKIP(return, "the read was over before io_destroy()");
	EXPECT_EQ(0, sys_io_destroy(ctx));
	EXPECT_TRUE(is_complete(self->efd));
}

TEST_F(offline, request_is_waited_for_by_exit)
{
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		aio_context_t ctx = setup_ctx(_metadata, 1);

		if (read_from_there(_metadata, ctx, self->disk, self->page, self->efd) ||
		    is_complete(self->efd))
			_exit(KSFT_SKIP);
		_exit(_metadata->exit_code);
	}
	if (wait_for_child(_metadata, child) == KSFT_SKIP << 8)
		SKIP(return, "the read was over before exit");
	EXPECT_TRUE(is_complete(self->efd));
}

struct waiter {
	aio_context_t ctx;
	pid_t tid;
	long ret;
};

static void *wait_there(void *arg)
{
	struct waiter *w = arg;
	struct io_event event;

	pin_to_cpu(1);
	announce_thread(&w->tid);
	w->ret = sys_io_getevents(w->ctx, 1, 1, &event, -1);
	return NULL;
}

/* It came on a CPU that is gone when it leaves. */
TEST_F(offline, waiter_is_sent_away_by_destroy)
{
	struct waiter w = { .ctx = setup_ctx(_metadata, 1) };
	pthread_t thread;

	pin_to_cpu(0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_there, &w));
	wait_for_state(&w.tid, 'S');
	ASSERT_EQ(0, write_str(ONLINE, "0"));
	EXPECT_EQ(0, sys_io_destroy(w.ctx));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(-EINVAL, w.ret)
	{
		TH_LOG_RESULT("io_getevents", w.ret);
	}
}

TEST_HARNESS_MAIN
