// SPDX-License-Identifier: GPL-2.0
/*
 * How long io_getevents(2) waits, and what for
 *
 * Proves that:
 * - who has some of the events that it wants is woken by the last of the rest,
 *   wherever in the ring that is, and whoever else has taken some;
 * - events that are there when the context is destroyed, or when a signal comes, are
 *   not lost to who waits, nor are those for which there is no memory;
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

/* Uses every place of the ring but the last, which is where the next event goes. */
static void use_all_but_one(struct __test_metadata *const _metadata, aio_context_t ctx)
{
	int fd = open_test_file(_metadata);
	unsigned int n;

	for (n = 1; n < ring_of(ctx)->nr; n++)
		ASSERT_EQ(0, use_ctx(ctx, fd, n));
}

/* One is in the last place of the ring, the other in the first. */
TEST_F(events, on_both_sides_of_the_end_of_the_ring_wake_who_waits_for_both)
{
	struct waiter w = {};

	use_all_but_one(_metadata, self->ctx);
	start_waiter(_metadata, &w, self->ctx);
	add_to_eventfd(_metadata, self->efd[0]);
	add_to_eventfd(_metadata, self->efd[1]);
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	EXPECT_EQ(NR, w.ret);
}

/*
 * On one CPU, who is woken does not run before this thread sleeps.  Threads and
 * children that are made from now on do not get the priority.
 */
static bool run_before_others(void)
{
	const struct sched_param first = { .sched_priority = 1 };

	pin_to_cpu(0);
	return !sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
}

/* It is woken for two events, and one is gone when it can look. */
TEST_F(events, that_are_still_missing_are_all_that_is_waited_for)
{
	struct iocb iocb, *iocbs[] = { &iocb };
	struct io_event event;
	struct waiter w = {};

	if (!run_before_others())
		SKIP(return, "cannot be more urgent than another thread");
	start_waiter(_metadata, &w, self->ctx);
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

static int wait_in_a_child(void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	wait_for_all(arg);
	return 0;
}

/*
 * It is no thread of who destroys the context, and in the context all the same: also
 * when that is destroyed, as it does not run before this one waits for it.
 */
TEST_F(events, are_not_waited_for_by_a_child_when_the_context_is_destroyed)
{
	const size_t size = 65536;
	char *stack = map_memory(_metadata, size, PROT_READ | PROT_WRITE);
	/* Without requests, or they are what io_destroy() waits for */
	struct waiter w = { .ctx = setup_ctx(_metadata, 1) };
	pid_t child;

	if (!run_before_others())
		SKIP(return, "cannot be more urgent than another thread");
	child = clone(wait_in_a_child, stack + size, CLONE_VM | SIGCHLD, &w);
	ASSERT_LT(0, child);
	do
		sleep_ns(NSEC_PER_MSEC);
	while (!__atomic_load_n(&w.tid, __ATOMIC_ACQUIRE) ||
	       task_state("/proc", child) != 'S');
	ASSERT_EQ(0, sys_io_destroy(w.ctx));
	ASSERT_EQ(0, wait_for_child(_metadata, child));
	EXPECT_EQ(-EINVAL, w.ret);
}

/* The two are copied one after the other: the ring ends between them. */
TEST_F(events, that_cannot_be_stored_stay)
{
	char *page = map_memory(_metadata, 2 * page_size(), PROT_READ | PROT_WRITE);
	struct io_event *last, event[NR];

	ASSERT_EQ(0, munmap(page + page_size(), page_size()));
	last = (struct io_event *)(page + page_size()) - 1;
	use_all_but_one(_metadata, self->ctx);
	add_to_eventfd(_metadata, self->efd[0]);
	add_to_eventfd(_metadata, self->efd[1]);
	EXPECT_EQ(-EFAULT, sys_io_getevents(self->ctx, NR, NR, last, NSEC_PER_SEC));

	ASSERT_EQ(NR, sys_io_getevents(self->ctx, NR, NR, event, NSEC_PER_SEC));
	EXPECT_EQ(0, event[0].data);
	EXPECT_EQ(1, event[1].data);
}

TEST_F(events, may_be_asked_for_in_a_long)
{
	/* Cut off at LONG_MAX where that has 32 bits */
	const long many[] = { LONG_MAX, (1ULL << 31) & LONG_MAX, (1ULL << 32 | 1) & LONG_MAX };
	struct io_event event[NR];
	int i, fd = open_test_file(_metadata);

	for (i = 0; i < ARRAY_SIZE(many); i++) {
		if (many[i] < NR)
			continue;
		ASSERT_EQ(1, submit_read(self->ctx, fd, 10));
		ASSERT_EQ(1, submit_read(self->ctx, fd, 11));
		EXPECT_EQ(NR, sys_io_getevents(self->ctx, NR, many[i], event, NSEC_PER_SEC))
		{
			TH_LOG("%ld events", many[i]);
		}
	}
}

static void catch(int sig)
{
}

/* Too few to end the call, until a signal does */
TEST_F(events, that_came_before_a_signal_are_returned)
{
	struct sigaction action = { .sa_handler = catch };
	struct waiter w = {};

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	start_waiter(_metadata, &w, self->ctx);
	add_to_eventfd(_metadata, self->efd[1]);
	wait_for_state(&w.tid, 'S');
	ASSERT_EQ(0, pthread_kill(w.thread, SIGUSR1));
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
