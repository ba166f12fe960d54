// SPDX-License-Identifier: GPL-2.0
/*
 * io_pgetevents(2): io_getevents(2) with a signal mask, and its variant that has a
 * timeout of 64 bits on machines of 32
 *
 * Proves that:
 * - with and without a mask it returns the events that io_getevents(2) would;
 * - a signal that the mask lets through ends the wait with EINTR, one that it
 *   holds back does not, and the mask of the thread is then as before;
 * - events that are there are returned though a signal is pending;
 * - a bad mask is refused, and so is a context that is gone, even during the wait.
 */

#include "aio_failure.h"

#include <sys/time.h>

FIXTURE(pgetevents)
{
	struct aio_state state;
	aio_context_t ctx;
	sigset_t none;
	sigset_t usr1;
	int fd;
};

/* Which io_pgetevents(2) */
FIXTURE_VARIANT(pgetevents)
{
	typeof(sys_io_pgetevents) *call;
};

FIXTURE_VARIANT_ADD(pgetevents, own_time)
{
	.call = sys_io_pgetevents,
};

#ifdef __NR_io_pgetevents_time64
FIXTURE_VARIANT_ADD(pgetevents, time64)
{
	.call = sys_io_pgetevents_time64,
};
#endif

static volatile sig_atomic_t caught;

static void catch(int sig)
{
	caught++;
}

/* Before the test, SIGUSR1 is held back. */
FIXTURE_SETUP(pgetevents)
{
	struct sigaction action = { .sa_handler = catch, .sa_flags = SA_RESTART };

	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->ctx = setup_ctx(_metadata, 8);
	sigemptyset(&self->none);
	sigemptyset(&self->usr1);
	sigaddset(&self->usr1, SIGUSR1);
	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &self->usr1, NULL));
	caught = 0;
}

FIXTURE_TEARDOWN_PARENT(pgetevents)
{
	check_aio_state(_metadata, &self->state);
}

/* Checks that a signal is held back, or not. */
static void expect_blocked(struct __test_metadata *const _metadata, int sig,
			   bool blocked)
{
	sigset_t now;

	ASSERT_EQ(0, sigprocmask(SIG_SETMASK, NULL, &now));
	EXPECT_EQ(blocked, sigismember(&now, sig));
}

TEST_F(pgetevents, returns_events_with_any_mask)
{
	const struct aio_sigset masks[] = {
		{ &self->none, KERNEL_SIGSET }, { &self->usr1, KERNEL_SIGSET },
		{ NULL, 0 }, { NULL, 77 },
	};
	struct io_event ev[4];
	int i;

	for (i = 0; i <= ARRAY_SIZE(masks); i++) {
		const struct aio_sigset *mask = i < ARRAY_SIZE(masks) ? &masks[i] : NULL;

		ASSERT_EQ(1, submit_read(self->ctx, self->fd, i));
		ASSERT_EQ(1, submit_read(self->ctx, self->fd, 100 + i));
		ASSERT_EQ(2, variant->call(self->ctx, 2, 4, ev, NSEC_PER_SEC, mask));
		EXPECT_EQ(i, ev[0].data);
		EXPECT_EQ(100 + i, ev[1].data);
		EXPECT_EQ(0, variant->call(self->ctx, 0, 4, ev, 0, mask));
		expect_blocked(_metadata, SIGUSR1, true);
	}
}

TEST_F(pgetevents, is_interrupted_by_a_signal_that_was_pending)
{
	const struct aio_sigset open = { &self->none, KERNEL_SIGSET };
	struct io_event ev[4];

	ASSERT_EQ(0, raise(SIGUSR1));
	EXPECT_EQ(0, caught);
	/* Not restarted, although the handler was set up with SA_RESTART. */
	EXPECT_EQ(-EINTR, variant->call(self->ctx, 1, 4, ev, 20 * NSEC_PER_SEC,
					&open));
	EXPECT_EQ(1, caught);
	expect_blocked(_metadata, SIGUSR1, true);
	EXPECT_EQ(0, use_ctx(self->ctx, self->fd, 1));
}

TEST_F(pgetevents, is_interrupted_by_a_signal_that_comes)
{
	const struct aio_sigset open = { &self->none, KERNEL_SIGSET };
	const struct itimerval soon = { .it_value = { .tv_usec = 100000 } };
	struct sigaction action = { .sa_handler = catch };
	struct io_event ev[4];

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &soon, NULL));
	EXPECT_EQ(-EINTR, variant->call(self->ctx, 1, 4, ev, 20 * NSEC_PER_SEC,
					&open));
	EXPECT_EQ(1, caught);
	expect_blocked(_metadata, SIGUSR1, true);
}

TEST_F(pgetevents, holds_a_signal_back)
{
	const struct aio_sigset closed = { &self->usr1, KERNEL_SIGSET };
	struct io_event ev[4];

	/* Open before, and open again afterwards. */
	ASSERT_EQ(0, sigprocmask(SIG_UNBLOCK, &self->usr1, NULL));
	ASSERT_EQ(0, variant->call(self->ctx, 1, 4, ev, NSEC_PER_MSEC, &closed));
	expect_blocked(_metadata, SIGUSR1, false);
	EXPECT_EQ(0, caught);
	ASSERT_EQ(0, raise(SIGUSR1));
	EXPECT_EQ(1, caught);
}

static void *send_usr1(void *thread)
{
	sleep_ns(50 * NSEC_PER_MSEC);
	pthread_kill(*(pthread_t *)thread, SIGUSR1);
	return NULL;
}

TEST_F(pgetevents, waits_on_when_a_signal_is_held_back)
{
	const struct aio_sigset closed = { &self->usr1, KERNEL_SIGSET };
	__s64 begin = now_ns(), timeout = 300 * NSEC_PER_MSEC;
	pthread_t thread, self_id = pthread_self();
	struct io_event ev[4];

	ASSERT_EQ(0, pthread_create(&thread, NULL, send_usr1, &self_id));
	ASSERT_EQ(0, sigprocmask(SIG_UNBLOCK, &self->usr1, NULL));
	EXPECT_EQ(0, variant->call(self->ctx, 1, 4, ev, timeout, &closed));
	EXPECT_LE(timeout, now_ns() - begin);
	/* It is caught as soon as the mask is open again. */
	EXPECT_EQ(1, caught);
	ASSERT_EQ(0, pthread_join(thread, NULL));
}

TEST_F(pgetevents, returns_events_though_a_signal_is_pending)
{
	const struct aio_sigset open = { &self->none, KERNEL_SIGSET };
	struct io_event ev[4];

	ASSERT_EQ(1, submit_read(self->ctx, self->fd, 7));
	ASSERT_EQ(0, raise(SIGUSR1));
	EXPECT_EQ(1, variant->call(self->ctx, 1, 4, ev, 20 * NSEC_PER_SEC, &open));
	EXPECT_EQ(7, ev[0].data);
	EXPECT_EQ(1, caught);
	expect_blocked(_metadata, SIGUSR1, true);
}

TEST_F(pgetevents, refuses_a_bad_mask)
{
	const struct aio_sigset short_one = { &self->none, KERNEL_SIGSET - 1 };
	const struct aio_sigset nowhere = { (void *)-4096L, KERNEL_SIGSET };
	struct io_event ev[4];

	ASSERT_EQ(1, submit_read(self->ctx, self->fd, 8));
	EXPECT_EQ(-EINVAL, variant->call(self->ctx, 1, 4, ev, 0, &short_one));
	EXPECT_EQ(-EFAULT, variant->call(self->ctx, 1, 4, ev, 0, &nowhere));
	EXPECT_EQ(-EFAULT, variant->call(self->ctx, 1, 4, ev, 0, (void *)-4096L));
	expect_blocked(_metadata, SIGUSR1, true);
	EXPECT_EQ(0, reap_cookie(self->ctx, 8));
}

TEST_F(pgetevents, refuses_a_context_that_is_gone)
{
	const struct aio_sigset open = { &self->none, KERNEL_SIGSET };
	struct io_event ev[4];

	ASSERT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(-EINVAL, variant->call(self->ctx, 0, 4, ev, 0, NULL));
	EXPECT_EQ(-EINVAL, variant->call(self->ctx, 1, 4, ev, NSEC_PER_SEC, &open));
	expect_blocked(_metadata, SIGUSR1, true);
}

struct waiter {
	typeof(sys_io_pgetevents) *call;
	aio_context_t ctx;
	sigset_t none;
	pid_t tid;
	long ret;
};

static void *wait_long(void *arg)
{
	struct waiter *w = arg;
	const struct aio_sigset open = { &w->none, KERNEL_SIGSET };
	struct io_event ev[4];

	announce_thread(&w->tid);
	w->ret = w->call(w->ctx, 1, 4, ev, 60 * NSEC_PER_SEC, &open);
	return NULL;
}

TEST_F(pgetevents, ends_when_the_context_is_destroyed)
{
	struct waiter w = {
		.call = variant->call,
		.ctx = self->ctx,
		.none = self->none,
	};
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_long, &w));
	wait_for_state(&w.tid, 'S');
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(-EINVAL, w.ret)
	{
		TH_LOG_RESULT("io_pgetevents", w.ret);
	}
}

TEST_HARNESS_MAIN
