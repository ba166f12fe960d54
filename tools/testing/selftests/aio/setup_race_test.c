// SPDX-License-Identifier: GPL-2.0
/*
 * io_setup(2) beside fork(2), and beside calls that guess what it will return
 *
 * Every test runs for two seconds, or for AIO_TEST_SECONDS. Proves that:
 * - a child that is forked while its parent sets contexts up can set up its own;
 * - a context whose name was guessed can be destroyed, once, before io_setup(2)
 *   has returned, which then returns the name all the same, or its own error;
 * - requests that were submitted to a guessed name are all completed there;
 * - of two contexts that came to one address because it was unmapped meanwhile,
 *   none is lost.
 *
 * Worth most under KASAN, KCSAN and lockdep.
 */

#include "aio_lockstep.h"
#include "aio_race.h"

/* A context that io_setup(2) cannot name is destroyed at once, without a wait. */
static void *fail_to_set_up(void *arg)
{
	aio_context_t *read_only;
	struct job *job = arg;
	long round, ret;

	pin_to_cpu(1);
	read_only = mmap(NULL, page_size(), PROT_READ,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (round = 0; !stopped(job); round++) {
		ret = sys_io_setup(1, read_only);
		count(job, ret == -EFAULT, "io_setup", ret, round);
	}
	return NULL;
}

#define NR_CHILDREN	8

/* Returns when the child has ended, or false when it takes too long. */
static bool reap_in_time(pid_t child, int *status)
{
	__s64 end = now_ns() + 30 * NSEC_PER_SEC;
	pid_t pid;

	do {
		pid = waitpid(child, status, WNOHANG);
		if (!pid)
			sleep_ns(NSEC_PER_MSEC / 10);
	} while (!pid && now_ns() < end);
	return pid == child;
}

static void set_up_and_destroy(struct call_failure *failure, long round)
{
	aio_context_t ctx = 0;

	if (check_0(failure, "io_setup", sys_io_setup(1, &ctx), round))
		check_0(failure, "io_destroy", sys_io_destroy(ctx), round);
}

/* A lock that was held when it was copied would never be free in a child. */
TEST_F_TIMEOUT(race, forked_child_can_set_up, 180)
{
	pid_t child[NR_CHILDREN];
	struct job job = {};
	int status, i;
	long round;

	start(_metadata, &job, 1, fail_to_set_up, self->fd);
	pin_to_cpu(0);
	for (round = 0; now_ns() < job.deadline; round++) {
		for (i = 0; i < NR_CHILDREN; i++) {
			child[i] = fork();
			ASSERT_LE(0, child[i]);
			if (!child[i]) {
				set_up_and_destroy(&self->failure, round);
				_exit(0);
			}
		}
		for (i = 0; i < NR_CHILDREN; i++) {
			ASSERT_TRUE(reap_in_time(child[i], &status));
			ASSERT_EQ(0, status);
		}
	}
	job.stop = true;
	join(_metadata, &job, 1);
	EXPECT_LT(0, job.good);
	expect_no_failure(_metadata, &job.failure);
	expect_no_failure(_metadata, &self->failure);
	EXPECT_EQ(0, count_rings(NULL));
}

/* A second thread that knows where the next ring will be mapped */
struct guesser {
	struct lockstep steps;
	aio_context_t guess;
	size_t size;
	bool give_up;
	int fd;
	pthread_t blocker;
	/* What came of it in the last round */
	aio_context_t ctx;
	long ret;
	long served;
};

static void start_guesser(struct __test_metadata *const _metadata,
			  struct guesser *g, void *(*fn)(void *))
{
	aio_context_t ctx;

	lockstep_start(_metadata, &g->steps, fn, g);
	/* The hole that this one leaves is the first that the next one fits in. */
	ctx = setup_ctx(_metadata, 1);
	g->guess = ctx;
	g->size = ring_bytes(ctx);
	ASSERT_EQ(0, sys_io_destroy(ctx));
}

static void stop_guesser(struct __test_metadata *const _metadata,
			 struct guesser *g)
{
	lockstep_stop(_metadata, &g->steps);
	if (g->blocker)
		ASSERT_EQ(0, pthread_join(g->blocker, NULL));
}

static bool gives_up(struct guesser *g)
{
	return __atomic_load_n(&g->give_up, __ATOMIC_RELAXED);
}

static void spin_ns(__s64 ns)
{
	__s64 end = now_ns() + ns;

	while (now_ns() < end)
		;
}

static void *destroy_guessed(void *arg)
{
	struct guesser *g = arg;
	long ret;

	pin_to_cpu(1);
	while (lockstep_next(&g->steps)) {
		do {
			ret = sys_io_destroy(g->guess);
		} while (ret == -EINVAL && !gives_up(g));
		g->ret = ret;
		lockstep_meet(&g->steps);
	}
	return NULL;
}

#define BLOCKED_SIZE	(16 << 20)

/*
 * Holds mmap_lock for a long time, again and again. io_setup(2) then waits for
 * it when it is to return the name, and has to fault in the page for that.
 */
static void *block_faults(void *arg)
{
	struct guesser *g = arg;
	char *area;
	int i;

	area = mmap(NULL, BLOCKED_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	for (i = 0; !__atomic_load_n(&g->steps.stop, __ATOMIC_RELAXED); i++) {
		mprotect(area, BLOCKED_SIZE,
			 i % 2 ? PROT_READ | PROT_WRITE : PROT_READ);
		sleep_ns(NSEC_PER_MSEC / 10);
	}
	return NULL;
}

static void start_blocker(struct __test_metadata *const _metadata,
			  struct guesser *g)
{
	ASSERT_EQ(0, pthread_create(&g->blocker, NULL, block_faults, g));
	sleep_ns(20 * NSEC_PER_MSEC);
}

TEST_F_TIMEOUT(race, guessed_context_is_destroyed_once, 180)
{
	struct guesser g = {};
	long rounds = 0, won = 0, ret;
	aio_context_t *ctxp, ctx;
	__s64 deadline;

	ctxp = map_memory(_metadata, page_size(), PROT_READ | PROT_WRITE);
	start_blocker(_metadata, &g);
	start_guesser(_metadata, &g, destroy_guessed);
	deadline = test_deadline();
	while (now_ns() < deadline) {
		g.give_up = false;
		ASSERT_EQ(0, madvise(ctxp, page_size(), MADV_DONTNEED));
		lockstep_meet(&g.steps);
		ASSERT_EQ(0, sys_io_setup(1, ctxp));
		ctx = *ctxp;
		ASSERT_NE(0, ctx);
		/* The guesser gets a chance to be first. */
		spin_ns(rand() % 4 * NSEC_PER_MSEC);
		ret = sys_io_destroy(ctx);
		__atomic_store_n(&g.give_up, true, __ATOMIC_RELAXED);
		lockstep_meet(&g.steps);
		rounds++;
		won += !g.ret;
		ASSERT_TRUE(!g.ret || g.ret == -EINVAL)
		{
			TH_LOG_RESULT("io_destroy by the guesser", g.ret);
		}
		ASSERT_EQ(g.ret ? 0 : -EINVAL, ret)
		{
			TH_LOG_RESULT("io_destroy", ret);
			TH_LOG_RESULT("io_destroy by the guesser", g.ret);
		}
		ASSERT_TRUE(g.ret || ctx == g.guess);
		ASSERT_EQ(self->state.nr, aio_nr());
	}
	stop_guesser(_metadata, &g);
	EXPECT_LT(0, rounds);
	EXPECT_EQ(0, count_rings(NULL));
	TH_LOG("destroyed by the guesser in %ld of %ld rounds", won, rounds);
}

/* It is destroyed by the guesser, or by io_setup(2), and always gone. */
TEST_F_TIMEOUT(race, guessed_context_of_a_failing_setup_is_gone, 180)
{
	struct guesser g = {};
	__s64 deadline;
	long rounds = 0, won = 0;
	void *read_only;

	read_only = map_memory(_metadata, page_size(), PROT_READ);
	start_blocker(_metadata, &g);
	start_guesser(_metadata, &g, destroy_guessed);
	deadline = test_deadline();
	while (now_ns() < deadline) {
		g.give_up = false;
		lockstep_meet(&g.steps);
		ASSERT_EQ(-EFAULT, sys_io_setup(1, read_only));
		__atomic_store_n(&g.give_up, true, __ATOMIC_RELAXED);
		lockstep_meet(&g.steps);
		rounds++;
		won += !g.ret;
		ASSERT_TRUE(!g.ret || g.ret == -EINVAL)
		{
			TH_LOG_RESULT("io_destroy by the guesser", g.ret);
		}
		ASSERT_FALSE(is_mapped((void *)g.guess));
		ASSERT_EQ(self->state.nr, aio_nr());
	}
	stop_guesser(_metadata, &g);
	EXPECT_LT(0, rounds);
	EXPECT_EQ(0, count_rings(NULL));
	TH_LOG("destroyed by the guesser in %ld of %ld rounds", won, rounds);
}

static void *wait_at_guessed(void *arg)
{
	struct guesser *g = arg;
	struct io_event ev;
	long ret;

	pin_to_cpu(1);
	while (lockstep_next(&g->steps)) {
		do {
			ret = sys_io_getevents(g->guess, 1, 1, &ev, -1);
		} while (ret == -EINVAL && !gives_up(g));
		g->ret = ret;
		lockstep_meet(&g->steps);
	}
	return NULL;
}

/* Who waits when io_setup(2) fails is sent away, and does not touch what is freed. */
TEST_F_TIMEOUT(race, guessed_context_of_a_failing_setup_has_no_waiters, 180)
{
	struct guesser g = {};
	__s64 deadline;
	void *read_only;

	read_only = map_memory(_metadata, page_size(), PROT_READ);
	start_blocker(_metadata, &g);
	start_guesser(_metadata, &g, wait_at_guessed);
	deadline = test_deadline();
	do {
		g.give_up = false;
		lockstep_meet(&g.steps);
		ASSERT_EQ(-EFAULT, sys_io_setup(1, read_only));
		__atomic_store_n(&g.give_up, true, __ATOMIC_RELAXED);
		lockstep_meet(&g.steps);
		ASSERT_EQ(-EINVAL, g.ret)
		{
			TH_LOG_RESULT("io_getevents by the guesser", g.ret);
		}
		ASSERT_EQ(self->state.nr, aio_nr());
	} while (now_ns() < deadline);
	stop_guesser(_metadata, &g);
	EXPECT_EQ(0, count_rings(NULL));
}

#define GUESSED_COOKIE	0x60e55ed

static void *submit_guessed(void *arg)
{
	struct guesser *g = arg;
	long ret;

	pin_to_cpu(1);
	while (lockstep_next(&g->steps)) {
		g->served = 0;
		do {
			ret = submit_read(g->guess, g->fd, GUESSED_COOKIE);
			g->served += ret == 1;
		} while ((ret == -EINVAL || ret == 1) && !gives_up(g) &&
			 g->served < 8);
		g->ret = ret;
		lockstep_meet(&g->steps);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, guessed_context_completes_what_it_was_given, 180)
{
	struct guesser g = { .fd = self->fd };
	__s64 deadline;
	long rounds = 0, served = 0, i;
	struct io_event ev[9];
	aio_context_t ctx;

	start_guesser(_metadata, &g, submit_guessed);
	deadline = test_deadline();
	while (now_ns() < deadline) {
		g.give_up = false;
		lockstep_meet(&g.steps);
		ctx = setup_ctx(_metadata, 8);
		spin_ns(rand() % 20000);
		__atomic_store_n(&g.give_up, true, __ATOMIC_RELAXED);
		lockstep_meet(&g.steps);
		ASSERT_TRUE(g.ret == 1 || g.ret == -EINVAL)
		{
			TH_LOG_RESULT("io_submit by the guesser", g.ret);
		}
		ASSERT_EQ(g.served, sys_io_getevents(ctx, 0, 9, ev, 0));
		for (i = 0; i < g.served; i++)
			ASSERT_EQ(GUESSED_COOKIE, ev[i].data);
		ASSERT_EQ(0, sys_io_destroy(ctx));
		rounds++;
		served += g.served;
	}
	stop_guesser(_metadata, &g);
	EXPECT_LT(0, rounds);
	TH_LOG("%ld requests in %ld rounds", served, rounds);
}

static void *take_address(void *arg)
{
	struct guesser *g = arg;
	unsigned int seed = 1;

	pin_to_cpu(1);
	while (lockstep_next(&g->steps)) {
		spin_ns(rand_r(&seed) % 200000);
		munmap((void *)g->guess, g->size);
		g->ctx = 0;
		g->ret = sys_io_setup(2, &g->ctx);
		lockstep_meet(&g->steps);
	}
	return NULL;
}

/* Two contexts have this name: each is reached by its id, and destroyed. */
static void use_both(struct __test_metadata *const _metadata,
		     aio_context_t ctx, size_t size, int fd)
{
	struct aio_ring *ring = ring_of(ctx);
	__u32 shown = ring->id;

	/* They are the first contexts of the process. */
	ASSERT_GE(1, shown);
	ASSERT_EQ(0, use_ctx(ctx, fd, 1));
	ring->id = !shown;
	ASSERT_EQ(0, use_ctx(ctx, fd, 2));
	ring->id = shown;
	ASSERT_EQ(0, sys_io_destroy(ctx));
	map_over(_metadata, ring, size, PROT_READ | PROT_WRITE);
	ring->id = !shown;
	ASSERT_EQ(0, use_ctx(ctx, fd, 3));
	ASSERT_EQ(0, sys_io_destroy(ctx));
	munmap(ring, size);
}

TEST_F_TIMEOUT(race, setups_at_one_address_lose_no_context, 180)
{
	long rounds = 0, met = 0;
	struct guesser g = {};
	__s64 deadline;
	aio_context_t ctx;

	start_guesser(_metadata, &g, take_address);
	deadline = test_deadline();
	while (now_ns() < deadline) {
		lockstep_meet(&g.steps);
		ctx = setup_ctx(_metadata, 1);
		lockstep_meet(&g.steps);
		ASSERT_EQ(0, g.ret)
		{
			TH_LOG_RESULT("io_setup by the guesser", g.ret);
		}
		rounds++;
		met += ctx == g.ctx;
		if (ctx == g.ctx) {
			use_both(_metadata, ctx, g.size, self->fd);
		} else {
			ASSERT_EQ(0, use_ctx(ctx, self->fd, 4));
			ASSERT_EQ(0, use_ctx(g.ctx, self->fd, 5));
			ASSERT_EQ(0, sys_io_destroy(ctx));
			ASSERT_EQ(0, sys_io_destroy(g.ctx));
		}
		ASSERT_EQ(self->state.nr, aio_nr());
	}
	stop_guesser(_metadata, &g);
	EXPECT_LT(0, rounds);
	EXPECT_EQ(0, count_rings(NULL));
	TH_LOG("at one address in %ld of %ld rounds", met, rounds);
}

TEST_HARNESS_MAIN
