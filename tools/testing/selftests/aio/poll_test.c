// SPDX-License-Identifier: GPL-2.0
/*
 * IOCB_CMD_POLL, and io_cancel(2), for which there is nothing else to cancel
 *
 * Proves that:
 * - a poll completes once, with what it asked for, at once if that is there;
 * - errors and the other end's end are reported without being asked for;
 * - a wake-up for something else does not complete it;
 * - one of a file that has more than one queue is refused, unless it is ready;
 * - one that outlives its queue completes;
 * - io_cancel(2) ends the request it names, and no other.
 *
 * poll_look_test.c has wake-ups that come while somebody looks.
 */

#include "aio_common.h"

#include <sys/signalfd.h>
#include <sys/timerfd.h>

FIXTURE(poll)
{
	struct aio_state state;
	aio_context_t ctx;
	int pipe[2];
	int efd;
	struct iocb iocb;
};

FIXTURE_SETUP(poll)
{
	save_aio_state(_metadata, &self->state);
	self->ctx = setup_ctx(_metadata, 8);
	ASSERT_EQ(0, pipe2(self->pipe, O_CLOEXEC | O_NONBLOCK));
	self->efd = open_eventfd(_metadata, EFD_NONBLOCK);
}

FIXTURE_TEARDOWN_PARENT(poll)
{
	check_aio_state(_metadata, &self->state);
}

static long submit_poll(aio_context_t ctx, struct iocb *iocb, int fd, short events)
{
	prep_poll(iocb, fd, fd);
	iocb->aio_buf = events;
	return sys_io_submit(ctx, 1, &iocb);
}

/* The event of @iocb, and no other one, comes within ten seconds. */
static __s64 result_of_poll(struct __test_metadata *const _metadata, aio_context_t ctx,
			    const struct iocb *iocb)
{
	struct io_event ev = {};

	ASSERT_EQ(1, sys_io_getevents(ctx, 1, 1, &ev, 10 * NSEC_PER_SEC));
	EXPECT_EQ((uintptr_t)iocb, ev.obj);
	expect_no_event(_metadata, ctx, 20 * NSEC_PER_MSEC);
	return ev.res;
}

TEST_F(poll, has_what_was_asked_for_of_what_is_there)
{
	add_to_eventfd(_metadata, self->efd);
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, self->efd, POLLIN));
	EXPECT_EQ(POLLIN, result_of_poll(_metadata, self->ctx, &self->iocb));
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, self->efd, POLLIN | POLLOUT));
	EXPECT_EQ(POLLIN | POLLOUT, result_of_poll(_metadata, self->ctx, &self->iocb));
}

TEST_F(poll, completes_when_it_comes)
{
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, self->efd, POLLIN));
	expect_no_event(_metadata, self->ctx, 50 * NSEC_PER_MSEC);
	add_to_eventfd(_metadata, self->efd);
	add_to_eventfd(_metadata, self->efd);
	EXPECT_EQ(POLLIN, result_of_poll(_metadata, self->ctx, &self->iocb));
}

TEST_F(poll, does_not_complete_for_anything_else)
{
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, self->efd, POLLPRI));
	add_to_eventfd(_metadata, self->efd);
	expect_no_event(_metadata, self->ctx, 50 * NSEC_PER_MSEC);
}

TEST_F(poll, reports_a_hangup_that_is_there)
{
	close(self->pipe[1]);
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, self->pipe[0], 0));
	EXPECT_EQ(POLLHUP, result_of_poll(_metadata, self->ctx, &self->iocb));
}

TEST_F(poll, reports_a_hangup_that_comes)
{
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, self->pipe[0], 0));
	expect_no_event(_metadata, self->ctx, 50 * NSEC_PER_MSEC);
	close(self->pipe[1]);
	EXPECT_EQ(POLLHUP, POLLHUP & result_of_poll(_metadata, self->ctx, &self->iocb));
}

/* A pipe that can be read and written has a queue for either. */
TEST_F(poll, of_two_queues_is_refused)
{
	char path[64];
	int i, fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->pipe[0]);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, fd, POLLOUT));
	EXPECT_EQ(POLLOUT, result_of_poll(_metadata, self->ctx, &self->iocb));

	for (i = 0; i < 1000; i++)
		ASSERT_EQ(-EINVAL, submit_poll(self->ctx, &self->iocb, fd, POLLIN));
	/* It is on no queue, either */
	EXPECT_EQ(1, write(fd, "x", 1));
	expect_no_event(_metadata, self->ctx, 50 * NSEC_PER_MSEC);
}

struct poller {
	aio_context_t ctx;
	struct iocb *iocb;
};

/* Of a child that has the context, but signals of its own */
static int poll_signals(void *arg)
{
	struct poller *poller = arg;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 || submit_poll(poller->ctx, poller->iocb, fd, POLLIN) != 1;
}

/* The queue of a signalfd goes with the process that polls it. */
TEST_F(poll, that_outlives_its_queue_completes)
{
	struct poller poller = { .ctx = self->ctx, .iocb = &self->iocb };
	const size_t size = 65536;
	char *stack = map_memory(_metadata, size, PROT_READ | PROT_WRITE);
	pid_t child = clone(poll_signals, stack + size, CLONE_VM | SIGCHLD, &poller);

	ASSERT_LT(0, child);
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	/* A worker that had to complete it would not know of the hang-up */
	EXPECT_EQ(0, ~POLLHUP & result_of_poll(_metadata, self->ctx, &self->iocb));
}

TEST_F(poll, that_is_cancelled_completes_without_events)
{
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, self->efd, POLLIN));
	EXPECT_EQ(-EINPROGRESS, sys_io_cancel(self->ctx, &self->iocb));
	EXPECT_EQ(-EINVAL, sys_io_cancel(self->ctx, &self->iocb));
	EXPECT_EQ(0, result_of_poll(_metadata, self->ctx, &self->iocb));
	EXPECT_EQ(-EINVAL, sys_io_cancel(self->ctx, &self->iocb));
	/* And is on no queue */
	add_to_eventfd(_metadata, self->efd);
	expect_no_event(_metadata, self->ctx, 50 * NSEC_PER_MSEC);
}

/* The work that is to complete it may not have begun when the event comes. */
TEST_F(poll, that_is_cancelled_and_woken_completes_once)
{
	__u64 count;
	int i;

	for (i = 0; i < 50; i++) {
		ASSERT_EQ(1, submit_poll(self->ctx, &self->iocb, self->efd, POLLIN));
		ASSERT_EQ(-EINPROGRESS, sys_io_cancel(self->ctx, &self->iocb));
		add_to_eventfd(_metadata, self->efd);
		ASSERT_EQ(0, ~POLLIN & result_of_poll(_metadata, self->ctx, &self->iocb));
		ASSERT_EQ(sizeof(count), read(self->efd, &count, sizeof(count)));
	}
}

/* Timers wake up from interrupts: lockdep sees who holds the queue with them on. */
TEST_F(poll, of_a_timer_can_be_in_flight_when_the_context_ends)
{
	struct itimerspec soon = { .it_value = { .tv_nsec = NSEC_PER_MSEC } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, fd, POLLIN));
	ASSERT_EQ(0, timerfd_settime(fd, 0, &soon, NULL));
	EXPECT_EQ(POLLIN, result_of_poll(_metadata, self->ctx, &self->iocb));

	soon.it_value.tv_sec = 100;
	ASSERT_EQ(0, timerfd_settime(fd, 0, &soon, NULL));
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, fd, POLLIN));
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
}

TEST_F(poll, that_is_not_cancelled_goes_on)
{
	struct iocb other[2];

	EXPECT_EQ(1, submit_poll(self->ctx, &other[0], self->efd, POLLIN));
	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, self->pipe[0], POLLIN));
	EXPECT_EQ(1, submit_poll(self->ctx, &other[1], self->efd, POLLIN));
	EXPECT_EQ(-EINPROGRESS, sys_io_cancel(self->ctx, &self->iocb));
	EXPECT_EQ(0, result_of_poll(_metadata, self->ctx, &self->iocb));

	EXPECT_EQ(-EINPROGRESS, sys_io_cancel(self->ctx, &other[1]));
	EXPECT_EQ(0, result_of_poll(_metadata, self->ctx, &other[1]));
	add_to_eventfd(_metadata, self->efd);
	EXPECT_EQ(POLLIN, result_of_poll(_metadata, self->ctx, &other[0]));
}

TEST_F(poll, is_cancelled_in_its_context_only)
{
	aio_context_t other = setup_ctx(_metadata, 1);

	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, self->efd, POLLIN));
	EXPECT_EQ(-EINVAL, sys_io_cancel(other, &self->iocb));
	expect_no_event(_metadata, self->ctx, 50 * NSEC_PER_MSEC);
	EXPECT_EQ(-EINPROGRESS, sys_io_cancel(self->ctx, &self->iocb));
}

TEST_F(poll, is_cancelled_by_its_iocb_only)
{
	struct iocb copy;

	EXPECT_EQ(1, submit_poll(self->ctx, &self->iocb, self->efd, POLLIN));
	copy = self->iocb;
	EXPECT_EQ(-EINVAL, sys_io_cancel(self->ctx, &copy));
	EXPECT_EQ(-EFAULT, sys_io_cancel(self->ctx, NULL));
	self->iocb.aio_key = 1;
	EXPECT_EQ(-EINVAL, sys_io_cancel(self->ctx, &self->iocb));
	expect_no_event(_metadata, self->ctx, 50 * NSEC_PER_MSEC);
	self->iocb.aio_key = 0;
	EXPECT_EQ(-EINPROGRESS, sys_io_cancel(self->ctx, &self->iocb));
}

TEST_HARNESS_MAIN
