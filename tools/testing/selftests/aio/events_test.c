// SPDX-License-Identifier: GPL-2.0
/*
 * How long io_getevents(2) waits, and what for
 *
 * Proves that:
 * - who has some of the events that it wants is woken by the last of the rest,
 *   wherever in the ring that is, and whoever else has taken some;
 * - events that are there when the context is destroyed are not lost to who waits;
 * - a timeout ends the call, however soon it comes.
 *
 * The requests are polls: each is complete when the test writes to its eventfd.
 */

#include "aio_common.h"

#include <sys/prctl.h>

#define NR	2

FIXTURE(events)
{
	struct aio_state state;
	aio_context_t ctx;
	int efd[NR];
};

/* Calls io_getevents(2) for NR events, or whatever there is in the end. */
struct waiter {
	pthread_t thread;
	aio_context_t ctx;
	pid_t tid;
	struct io_event event[NR];
	long ret;
};

FIXTURE_SETUP(events)
{
	struct iocb iocb, *iocbs[] = { &iocb };
	int i;

	save_aio_state(_metadata, &self->state);
	self->ctx = setup_ctx(_metadata, NR);
	for (i = 0; i < NR; i++) {
		self->efd[i] = open_eventfd(_metadata, 0);
		prep_poll(&iocb, self->efd[i], i);
		ASSERT_EQ(1, sys_io_submit(self->ctx, 1, iocbs));
	}
}

FIXTURE_TEARDOWN_PARENT(events)
{
	check_aio_state(_metadata, &self->state);
}

static void *wait_for_all(void *arg)
{
	struct waiter *w = arg;

	announce_thread(&w->tid);
	w->ret = sys_io_getevents(w->ctx, NR, NR, w->event, -1);
	return NULL;
}

static void start_waiter(struct __test_metadata *const _metadata,
			 struct waiter *w, aio_context_t ctx)
{
	w->ctx = ctx;
	ASSERT_EQ(0, pthread_create(&w->thread, NULL, wait_for_all, w));
	wait_for_state(&w->tid, 'S');
}

TEST_F(events, that_are_left_wake_who_has_the_others)
{
	struct waiter w = {};

	add_to_eventfd(_metadata, self->efd[0]);
	start_waiter(_metadata, &w, self->ctx);
	add_to_eventfd(_metadata, self->efd[1]);
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	ASSERT_EQ(NR, w.ret);
	EXPECT_EQ(0, w.event[0].data);
	EXPECT_EQ(1, w.event[1].data);
}

/* One is in the last place of the ring, the other in the first. */
TEST_F(events, on_both_sides_of_the_end_of_the_ring_wake_who_waits_for_both)
{
	int fd = open_test_file(_metadata);
	struct waiter w = {};
	unsigned int n;

	for (n = 1; n < ring_of(self->ctx)->nr; n++)
		ASSERT_EQ(0, use_ctx(self->ctx, fd, n));
	start_waiter(_metadata, &w, self->ctx);
	add_to_eventfd(_metadata, self->efd[0]);
	add_to_eventfd(_metadata, self->efd[1]);
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	EXPECT_EQ(NR, w.ret);
}

/* It is woken for two events, and one is gone when it can look. */
TEST_F(events, that_are_still_missing_are_all_that_is_waited_for)
{
	const struct sched_param first = { .sched_priority = 1 };
	struct iocb iocb, *iocbs[] = { &iocb };
	struct io_event event;
	struct waiter w = {};

	pin_to_cpu(0);
	start_waiter(_metadata, &w, self->ctx);
	/* On one CPU, it does not run before this thread sleeps */
	if (sched_setscheduler(0, SCHED_FIFO, &first))
		SKIP(return, "cannot be more urgent than another thread");
	add_to_eventfd(_metadata, self->efd[0]);
	add_to_eventfd(_metadata, self->efd[1]);
	ASSERT_EQ(1, sys_io_getevents(self->ctx, 1, 1, &event, 0));
	wait_for_state(&w.tid, 'S');

	prep_poll(&iocb, self->efd[0], 2);
	ASSERT_EQ(1, sys_io_submit(self->ctx, 1, iocbs));
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	EXPECT_EQ(NR, w.ret);
}

TEST_F(events, that_are_there_when_the_context_is_destroyed_are_returned)
{
	struct waiter w = {};

	start_waiter(_metadata, &w, self->ctx);
	add_to_eventfd(_metadata, self->efd[1]);
	/* Too few to wake it, or it goes to sleep again */
	wait_for_state(&w.tid, 'S');
	ASSERT_EQ(0, sys_io_destroy(self->ctx));
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	ASSERT_EQ(1, w.ret);
	EXPECT_EQ(1, w.event[0].data);
}

/* Before the call sleeps, as it goes to sleep, and after */
TEST_F_TIMEOUT(events, that_do_not_come_are_not_waited_for_beyond_the_timeout, 30)
{
	__s64 deadline = test_deadline(), ns = 0;
	struct io_event event;

	ASSERT_EQ(0, prctl(PR_SET_TIMERSLACK, 1));
	for (; now_ns() < deadline; ns = (ns + 37) % 50000)
		ASSERT_EQ(0, sys_io_getevents(self->ctx, 1, 1, &event, ns));
}

TEST_HARNESS_MAIN
