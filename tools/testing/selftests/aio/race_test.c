// SPDX-License-Identifier: GPL-2.0
/*
 * Calls on contexts that other threads set up, use and destroy
 *
 * Every test runs for two seconds, or for AIO_TEST_SECONDS. Proves that:
 * - contexts of several threads come and go without disturbing each other;
 * - threads that make the table grow at the same time lose no context;
 * - a look-up finds its context also while the table grows, and when it is
 *   preempted meanwhile;
 * - a handle looked up while it is destroyed, also by a thread that is then
 *   preempted, or guessed while it is set up, is served or refused and nothing
 *   else.
 *
 * request_race_test.c and setup_race_test.c have the races of requests and of
 * io_setup(2). Worth most under KASAN, KCSAN and lockdep.
 */

#include "aio_race.h"

#define NR_STOPPABLE	48

/*
 * Threads on one CPU with the caller, who has the highest priority and stops
 * them anywhere: some have just read a pointer, and have not used it yet. A
 * kernel without preemption never stops a thread there.
 */
struct stoppable {
	pthread_t thread[NR_STOPPABLE];
	struct job *job;
	unsigned int seed;
	int most_ns;
};

static bool can_stop_threads(void)
{
	struct sched_param param = { .sched_priority = 2 };

	pin_to_cpu(0);
	return !sched_setscheduler(0, SCHED_FIFO, &param);
}

static void start_stopped(struct __test_metadata *const _metadata,
			  struct stoppable *s, void *(*fn)(void *),
			  struct job *job)
{
	struct sched_param param = {};
	int i;

	s->job = job;
	s->seed = getpid();
	s->most_ns = 400000;
	for (i = 0; i < NR_STOPPABLE; i++) {
		ASSERT_EQ(0, pthread_create(&s->thread[i], NULL, fn, job));
		pthread_setschedparam(s->thread[i], SCHED_IDLE, &param);
	}
}

/*
 * Each runs for a moment, and is stopped wherever it then is. The moment is made
 * longer until it is enough for a few calls on this machine.
 */
static void run_and_stop(struct stoppable *s)
{
	struct sched_param run = { .sched_priority = 1 }, stop = {};
	long before = s->job->good;
	int i;

	for (i = 0; i < NR_STOPPABLE; i++) {
		pthread_setschedparam(s->thread[i], SCHED_FIFO, &run);
		sleep_ns(rand_r(&s->seed) % s->most_ns);
		pthread_setschedparam(s->thread[i], SCHED_IDLE, &stop);
	}
	if (s->job->good - before < NR_STOPPABLE && s->most_ns < 2000000)
		s->most_ns *= 2;
}

static void join_stopped(struct __test_metadata *const _metadata,
			 struct stoppable *s)
{
	int i;

	for (i = 0; i < NR_STOPPABLE; i++)
		ASSERT_EQ(0, pthread_join(s->thread[i], NULL));
}

static void *come_and_go(void *arg)
{
	struct job *job = arg;
	int n = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED), i;
	long round;

	pin_to_cpu(n);
	for (round = 0; now_ns() < job->deadline; round++) {
		aio_context_t ctx[3] = {};

		for (i = 0; i < ARRAY_SIZE(ctx); i++)
			count_0(job, "io_setup", sys_io_setup(1, &ctx[i]), round);
		for (i = 0; i < ARRAY_SIZE(ctx); i++)
			check_use(&job->failure, ctx[i], job->fd, n * 10 + i, round);
		for (i = 0; i < ARRAY_SIZE(ctx); i++)
			count_0(job, "io_destroy", sys_io_destroy(ctx[i]), round);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, threads_do_not_disturb_each_other, 180)
{
	struct job job = {};

	start(_metadata, &job, NR_THREADS, come_and_go, self->fd);
	join(_metadata, &job, NR_THREADS);
	EXPECT_LT(0, job.good);
	expect_no_failure(_metadata, &job.failure);
	EXPECT_EQ(0, count_rings(NULL));
	EXPECT_EQ(self->state.nr, aio_nr());
}

#define MAX_PER_THREAD	640

static aio_context_t grown[NR_THREADS][MAX_PER_THREAD];
static int per_thread;

static void *grow(void *arg)
{
	struct job *job = arg;
	int n = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED), i;

	pin_to_cpu(n);
	pthread_barrier_wait(&job->barrier);
	for (i = 0; i < per_thread; i++)
		count_0(job, "io_setup", sys_io_setup(1, &grown[n][i]), i);
	return NULL;
}

/* Runs in a process of its own, because only a new table can grow. */
static int grow_and_use(struct __test_metadata *const _metadata, int fd)
{
	struct job job = {};
	int i;

	start(_metadata, &job, NR_THREADS, grow, fd);
	join(_metadata, &job, NR_THREADS);
	expect_no_failure(_metadata, &job.failure);
	for (i = 0; i < NR_THREADS; i++)
		submit_to_all(_metadata, grown[i], per_thread, fd, i * 1000);
	for (i = 0; i < NR_THREADS; i++)
		reap_from_all(_metadata, grown[i], per_thread, i * 1000);
	return _metadata->exit_code;
}

/*
 * A look-up that misses once is enough to fail a database, unless its context
 * is being destroyed. Yields, so that one which was stopped is not kept waiting
 * by the others.
 */
static void *look_up(void *arg)
{
	struct job *job = arg;
	long round;

	for (round = 0; !stopped(job); round++) {
		aio_context_t ctx = __atomic_load_n(&job->handle, __ATOMIC_RELAXED);
		long ret = sys_io_submit(ctx, 0, NULL);

		count(job, !ret || (job->may_miss && ret == -EINVAL),
		      "io_submit of nothing", ret, round);
		sched_yield();
	}
	return NULL;
}

static void *look_up_elsewhere(void *arg)
{
	struct job *job = arg;

	pin_to_cpu(__atomic_add_fetch(&job->next, 1, __ATOMIC_RELAXED));
	return look_up(job);
}

static int grow_beside_look_ups(struct __test_metadata *const _metadata, int fd)
{
	struct job job = {};
	int i;

	job.handle = setup_ctx(_metadata, 1);
	start(_metadata, &job, 1, look_up_elsewhere, fd);
	pin_to_cpu(0);
	for (i = 1; i < NR_THREADS * per_thread; i++) {
		aio_context_t ctx = setup_ctx(_metadata, 1);

		/*
		 * A new one is among the last to be found in a bigger table;
		 * not each, as the first look at a ring waits for mmap_lock.
		 */
		if (i % 64 == 0)
			__atomic_store_n(&job.handle, ctx, __ATOMIC_RELAXED);
	}
	job.stop = true;
	join(_metadata, &job, 1);
	expect_no_failure(_metadata, &job.failure);
	return _metadata->exit_code;
}

static int grow_under_look_ups(struct __test_metadata *const _metadata, int fd)
{
	struct stoppable threads;
	struct job job = {};
	int i, nr;

	/* Neither the first nor the last of the table that is replaced */
	grown[0][0] = setup_ctx(_metadata, 1);
	job.handle = setup_ctx(_metadata, 1);
	start_stopped(_metadata, &threads, look_up, &job);
	/* A table that grows does so at a power of two. */
	for (nr = 2; nr < NR_THREADS * per_thread; nr *= 2) {
		run_and_stop(&threads);
		for (i = nr; i < 2 * nr; i++)
			grown[0][i] = setup_ctx(_metadata, 1);
	}
	job.stop = true;
	join_stopped(_metadata, &threads);
	expect_no_failure(_metadata, &job.failure);
	return _metadata->exit_code;
}

static void grow_repeatedly(struct __test_metadata *const _metadata,
			    const struct aio_state *state, int fd, int nr,
			    int (*in_child)(struct __test_metadata *const, int))
{
	__s64 deadline = test_deadline();
	pid_t child;

	per_thread = nr;
	if (!make_room(NR_THREADS * nr))
		SKIP(return, "no room below fs.aio-max-nr");
	do {
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			_exit(in_child(_metadata, fd));
		ASSERT_EQ(0, wait_for_child(_metadata, child));
		ASSERT_EQ(state->nr, aio_nr());
	} while (now_ns() < deadline);
}

TEST_F_TIMEOUT(race, concurrent_growth_loses_no_context, 180)
{
	grow_repeatedly(_metadata, &self->state, self->fd, 40, grow_and_use);
}

/* The larger the table, the longer it takes to replace, and to lose some. */
TEST_F_TIMEOUT(race, concurrent_growth_to_thousands_loses_no_context, 180)
{
	grow_repeatedly(_metadata, &self->state, self->fd, MAX_PER_THREAD,
			grow_and_use);
}

TEST_F_TIMEOUT(race, lookup_during_growth_finds_its_context, 180)
{
	grow_repeatedly(_metadata, &self->state, self->fd, 264,
			grow_beside_look_ups);
}

TEST_F_TIMEOUT(race, preempted_lookup_during_growth_finds_its_context, 180)
{
	if (!can_stop_threads())
		SKIP(return, "cannot have a higher priority");
	grow_repeatedly(_metadata, &self->state, self->fd, 8,
			grow_under_look_ups);
}

/* Calls on the handle that the main thread last published. */
static void *hammer(void *arg)
{
	struct job *job = arg;
	struct iocb iocb = {};
	struct io_event ev;
	long round, ret;

	pin_to_cpu(__atomic_add_fetch(&job->next, 1, __ATOMIC_RELAXED));
	for (round = 0; !stopped(job); round++) {
		aio_context_t ctx = __atomic_load_n(&job->handle, __ATOMIC_RELAXED);

		ret = submit_read(ctx, job->fd, 1);
		count(job, ret == 1 || ret == -EINVAL || ret == -EAGAIN,
		      "io_submit", ret, round);
		ret = sys_io_getevents(ctx, 0, 1, &ev, 0);
		count(job, ret == 0 || ret == 1 || ret == -EINVAL,
		      "io_getevents without a wait", ret, round);
		ret = sys_io_getevents(ctx, 1, 1, &ev, 1000);
		count(job, ret == 0 || ret == 1 || ret == -EINVAL,
		      "io_getevents with a wait", ret, round);
		ret = sys_io_cancel(ctx, &iocb);
		count(job, ret == -EINVAL, "io_cancel", ret, round);
		ret = sys_io_submit(ctx, 0, NULL);
		count(job, ret == 0 || ret == -EINVAL, "io_submit of nothing", ret,
		      round);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, lookup_during_destroy_is_served_or_refused, 180)
{
	struct job job = {};
	aio_context_t ctx;

	start(_metadata, &job, 4, hammer, self->fd);
	while (now_ns() < job.deadline) {
		ctx = setup_ctx(_metadata, 1);
		__atomic_store_n(&job.handle, ctx, __ATOMIC_RELAXED);
		sched_yield();
		EXPECT_EQ(0, sys_io_destroy(ctx));
	}
	job.stop = true;
	join(_metadata, &job, 4);
	EXPECT_LT(0, job.good);
	expect_no_failure(_metadata, &job.failure);
	EXPECT_EQ(0, count_rings(NULL));
}

TEST_F_TIMEOUT(race, preempted_lookup_is_served_or_refused, 180)
{
	__s64 deadline = test_deadline();
	struct job job = { .may_miss = true };
	struct stoppable threads;
	aio_context_t ctx;

	if (!can_stop_threads())
		SKIP(return, "cannot have a higher priority");
	start_stopped(_metadata, &threads, look_up, &job);
	while (now_ns() < deadline) {
		ctx = setup_ctx(_metadata, 1);
		__atomic_store_n(&job.handle, ctx, __ATOMIC_RELAXED);
		run_and_stop(&threads);
		ASSERT_EQ(0, sys_io_destroy(ctx));
		/* Whoever frees it is not idle, and comes before them. */
		sleep_ns(2000000);
	}
	job.stop = true;
	join_stopped(_metadata, &threads);
	EXPECT_LT(0, job.good);
	expect_no_failure(_metadata, &job.failure);
}

/*
 * A ring is often mapped where the last one was, so hammering on that address
 * before io_setup(2) is back from there catches a half-made context. The
 * contexts die at exit, which keeps io_destroy(2) from slowing the test down.
 */
TEST_F_TIMEOUT(race, guessed_handle_is_served_or_refused, 180)
{
	struct job job = {};
	aio_context_t ctx;
	size_t size;
	int i;

	start(_metadata, &job, 4, hammer, self->fd);
	for (i = 0; i < 2000 && now_ns() < job.deadline; i++) {
		ctx = setup_ctx(_metadata, 1);
		size = ring_bytes(ctx);
		/* The next ring goes right below this one. */
		__atomic_store_n(&job.handle, ctx - size, __ATOMIC_RELAXED);
	}
	job.stop = true;
	join(_metadata, &job, 4);
	expect_no_failure(_metadata, &job.failure);
}

TEST_HARNESS_MAIN
