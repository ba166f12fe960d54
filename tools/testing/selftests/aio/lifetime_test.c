// SPDX-License-Identifier: GPL-2.0
/*
 * Who has a context and when it ends: io_destroy(2), fork, threads
 *
 * Proves that:
 * - of several racing io_destroy(2) calls exactly one succeeds, and all return;
 * - io_destroy(2) releases threads that wait in io_getevents(2);
 * - a forked child has no context, whatever it inherited, and can have its own;
 * - threads and children that share the memory share the contexts;
 * - a child may touch the inherited ring while its parent destroys it.
 *
 * inflight_test.c goes on with contexts that end with requests in flight.
 */

#include "aio_common.h"

#include <setjmp.h>

FIXTURE(lifetime)
{
	struct aio_state state;
	int fd;
};

FIXTURE_SETUP(lifetime)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
}

FIXTURE_TEARDOWN_PARENT(lifetime)
{
	check_aio_state(_metadata, &self->state);
}

#define MAX_RACERS	8

struct racers {
	aio_context_t ctx;
	int nr;
	int entered;
	int ready;
	int won;
	int lost;
};

/* Spins, because threads woken one by one would also come one by one. */
static void *race_to_destroy(void *arg)
{
	struct racers *racers = arg;
	long ret;

	pin_to_cpu(__atomic_fetch_add(&racers->entered, 1, __ATOMIC_RELAXED));
	__atomic_fetch_add(&racers->ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&racers->ready, __ATOMIC_SEQ_CST) < racers->nr)
		;
	ret = sys_io_destroy(racers->ctx);
	if (!ret)
		__atomic_fetch_add(&racers->won, 1, __ATOMIC_RELAXED);
	else if (ret == -EINVAL)
		__atomic_fetch_add(&racers->lost, 1, __ATOMIC_RELAXED);
	return NULL;
}

TEST_F_TIMEOUT(lifetime, one_of_racing_destroys_wins, 120)
{
	long nr = sysconf(_SC_NPROCESSORS_ONLN);
	__s64 deadline = test_deadline();
	pthread_t thread[MAX_RACERS];
	int i;

	nr = nr < 2 ? 2 : nr > MAX_RACERS ? MAX_RACERS : nr;
	do {
		struct racers racers = { .nr = nr };

		ASSERT_EQ(0, sys_io_setup(1, &racers.ctx));
		for (i = 0; i < nr; i++)
			ASSERT_EQ(0, pthread_create(&thread[i], NULL,
						    race_to_destroy, &racers));
		for (i = 0; i < nr; i++)
			ASSERT_EQ(0, pthread_join(thread[i], NULL));
		ASSERT_EQ(1, racers.won);
		ASSERT_EQ(nr - 1, racers.lost);
		ASSERT_EQ(self->state.nr, aio_nr());
	} while (now_ns() < deadline);
}

struct waiter {
	pthread_t thread;
	aio_context_t ctx;
	pid_t tid;
	long ret;
};

static void *wait_for_ever(void *arg)
{
	struct waiter *waiter = arg;
	struct io_event ev;

	__atomic_store_n(&waiter->tid, gettid(), __ATOMIC_RELEASE);
	waiter->ret = sys_io_getevents(waiter->ctx, 1, 1, &ev, -1);
	return NULL;
}

TEST_F(lifetime, destroy_releases_waiters)
{
	struct waiter waiters[4] = {};
	aio_context_t ctx = 0;
	int i;

	ASSERT_EQ(0, sys_io_setup(1, &ctx));
	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		waiters[i].ctx = ctx;
		ASSERT_EQ(0, pthread_create(&waiters[i].thread, NULL,
					    wait_for_ever, &waiters[i]));
	}
	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		while (!__atomic_load_n(&waiters[i].tid, __ATOMIC_ACQUIRE) ||
		       thread_state(waiters[i].tid) != 'S')
			sleep_ns(NSEC_PER_MSEC);
	}
	EXPECT_EQ(0, sys_io_destroy(ctx));
	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		ASSERT_EQ(0, pthread_join(waiters[i].thread, NULL));
		EXPECT_EQ(-EINVAL, waiters[i].ret);
	}
}

TEST_F(lifetime, child_starts_without_contexts)
{
	aio_context_t ctx = 0, own = 0;
	int status;
	pid_t child;

	ASSERT_EQ(0, sys_io_setup(1, &ctx));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		EXPECT_EQ(self->state.nr + 1, aio_nr());
		expect_refused(_metadata, ctx, self->fd);
		EXPECT_EQ(0, sys_io_setup(2, &own));
		EXPECT_NE(ctx, own);
		EXPECT_EQ(0, use_ctx(own, self->fd, 8));
		EXPECT_EQ(self->state.nr + 3, aio_nr());
		/* Its own context has not brought the inherited one to life. */
		expect_refused(_metadata, ctx, self->fd);
		_exit(_metadata->exit_code);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(self->state.nr + 1, aio_nr());
	EXPECT_EQ(0, use_ctx(ctx, self->fd, 9));
}

struct shared {
	aio_context_t ctx;
	aio_context_t own;
	int fd;
	long ret;
};

static int use_and_set_up(void *arg)
{
	struct shared *shared = arg;

	shared->ret = use_ctx(shared->ctx, shared->fd, 3);
	if (!shared->ret)
		shared->ret = sys_io_setup(1, &shared->own);
	return 0;
}

static void *use_and_set_up_thread(void *arg)
{
	use_and_set_up(arg);
	return NULL;
}

TEST_F(lifetime, threads_share_contexts)
{
	struct shared shared = { .fd = self->fd };
	pthread_t thread;

	ASSERT_EQ(0, sys_io_setup(1, &shared.ctx));
	ASSERT_EQ(0, pthread_create(&thread, NULL, use_and_set_up_thread, &shared));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, shared.ret);
	EXPECT_EQ(0, use_ctx(shared.ctx, self->fd, 1));
	EXPECT_EQ(0, use_ctx(shared.own, self->fd, 2));
	EXPECT_EQ(self->state.nr + 2, aio_nr());
}

TEST_F(lifetime, child_sharing_the_memory_shares_contexts)
{
	struct shared shared = { .fd = self->fd };
	const size_t size = 65536;
	int status;
	pid_t child;
	char *stack;

	stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, stack);
	ASSERT_EQ(0, sys_io_setup(1, &shared.ctx));
	child = clone(use_and_set_up, stack + size,
		      CLONE_VM | CLONE_VFORK | SIGCHLD, &shared);
	ASSERT_LT(0, child);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, shared.ret);
	EXPECT_EQ(0, use_ctx(shared.ctx, self->fd, 1));
	EXPECT_EQ(0, use_ctx(shared.own, self->fd, 2));
	EXPECT_EQ(self->state.nr + 2, aio_nr());
}

static sigjmp_buf fault_env;

static void on_fault(int sig)
{
	siglongjmp(fault_env, 1);
}

/* Faults the ring in again and again; data, SIGBUS and SIGSEGV are all fine. */
static void touch_ring(aio_context_t ctx, size_t size, bool *stop)
{
	struct sigaction action = { .sa_handler = on_fault };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	while (!__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		if (sigsetjmp(fault_env, 1))
			continue;
		madvise((void *)ctx, size, MADV_DONTNEED);
		__atomic_load_n(&ring_of(ctx)->id, __ATOMIC_RELAXED);
	}
	_exit(0);
}

TEST_F_TIMEOUT(lifetime, child_may_touch_a_ring_that_dies, 120)
{
	__s64 deadline = test_deadline();
	bool *stop;
	unsigned int seed = 1;
	int status;
	pid_t child;

	stop = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, stop);
	while (now_ns() < deadline) {
		aio_context_t ctx = 0;
		size_t size;

		*stop = false;
		ASSERT_EQ(0, sys_io_setup(1, &ctx));
		/* The child may be too late to read it there. */
		size = ring_bytes(ctx);
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			touch_ring(ctx, size, stop);
		sleep_ns(rand_r(&seed) % (3 * NSEC_PER_MSEC));
		EXPECT_EQ(0, sys_io_destroy(ctx));
		__atomic_store_n(stop, true, __ATOMIC_RELAXED);
		ASSERT_EQ(child, waitpid(child, &status, 0));
		ASSERT_EQ(0, status);
	}
}

TEST_HARNESS_MAIN
