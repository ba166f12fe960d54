// SPDX-License-Identifier: GPL-2.0
/*
 * Who has a context and when it ends: io_destroy(2), fork, threads
 *
 * Proves that:
 * - of several racing io_destroy(2) calls exactly one succeeds, and all return;
 * - io_destroy(2) releases threads that wait in io_getevents(2);
 * - a forked child has no context, whatever it inherited, and can have its own;
 * - threads and children that share the memory share the contexts: each of them
 *   can destroy what another one set up, and what it set up itself outlives it;
 * - an exec(2) by one that shares the memory takes the contexts along only when
 *   nobody else has that memory any more;
 * - a child may touch the inherited ring while its parent destroys it.
 *
 * inflight_test.c goes on with contexts that end with requests in flight.
 */

#include "aio_failure.h"

#include <setjmp.h>
#include <sys/prctl.h>

FIXTURE(lifetime)
{
	struct aio_state state;
	struct call_failure failure;
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
	long round;
	struct call_failure *failure;
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
	else if (check_result(racers->failure, ret == -EINVAL, "io_destroy", ret,
			      racers->round))
		__atomic_fetch_add(&racers->lost, 1, __ATOMIC_RELAXED);
	return NULL;
}

TEST_F_TIMEOUT(lifetime, one_of_racing_destroys_wins, 120)
{
	long nr = sysconf(_SC_NPROCESSORS_ONLN);
	__s64 deadline = test_deadline();
	pthread_t thread[MAX_RACERS];
	long round = 0;
	int i;

	nr = nr < 2 ? 2 : nr > MAX_RACERS ? MAX_RACERS : nr;
	do {
		struct racers racers = {
			.nr = nr,
			.round = round++,
			.failure = &self->failure,
		};

		racers.ctx = setup_ctx(_metadata, 1);
		for (i = 0; i < nr; i++)
			ASSERT_EQ(0, pthread_create(&thread[i], NULL,
						    race_to_destroy, &racers));
		for (i = 0; i < nr; i++)
			ASSERT_EQ(0, pthread_join(thread[i], NULL));
		expect_no_failure(_metadata, &self->failure);
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

	announce_thread(&waiter->tid);
	waiter->ret = sys_io_getevents(waiter->ctx, 1, 1, &ev, -1);
	return NULL;
}

TEST_F(lifetime, destroy_releases_waiters)
{
	struct waiter waiters[4] = {};
	aio_context_t ctx;
	int i;

	ctx = setup_ctx(_metadata, 1);
	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		waiters[i].ctx = ctx;
		ASSERT_EQ(0, pthread_create(&waiters[i].thread, NULL,
					    wait_for_ever, &waiters[i]));
	}
	for (i = 0; i < ARRAY_SIZE(waiters); i++)
		wait_for_state(&waiters[i].tid, 'S');
	EXPECT_EQ(0, sys_io_destroy(ctx));
	for (i = 0; i < ARRAY_SIZE(waiters); i++) {
		ASSERT_EQ(0, pthread_join(waiters[i].thread, NULL));
		EXPECT_EQ(-EINVAL, waiters[i].ret)
		{
			TH_LOG_RESULT("io_getevents", waiters[i].ret);
		}
	}
}

TEST_F(lifetime, child_starts_without_contexts)
{
	aio_context_t ctx, own = 0;
	pid_t child;

	ctx = setup_ctx(_metadata, 1);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		EXPECT_EQ(self->state.nr + 1, aio_nr());
		expect_refused(_metadata, ctx, self->fd);
		EXPECT_EQ(0, sys_io_setup(2, &own));
		EXPECT_EQ(0, use_ctx(own, self->fd, 8));
		EXPECT_EQ(self->state.nr + 3, aio_nr());
		/*
		 * It has not brought the inherited one to life; without the
		 * inherited ring it may be where that was.
		 */
		if (own != ctx)
			expect_refused(_metadata, ctx, self->fd);
		_exit(_metadata->exit_code);
	}
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	EXPECT_EQ(self->state.nr + 1, aio_nr());
	EXPECT_EQ(0, use_ctx(ctx, self->fd, 9));
}

TEST_F(lifetime, child_has_no_ring)
{
	aio_context_t ctx = setup_ctx(_metadata, 1);

	EXPECT_FALSE(child_has_ring(ctx));
}

struct shared {
	aio_context_t ctx;
	aio_context_t other;
	aio_context_t own;
	pid_t leader;
	int fd;
	int go[2];
	/* The fixture's, which whoever has other memory sees as well */
	struct call_failure *failure;
};

/* What somebody does who shares the memory, and then is no more. */
static int use_destroy_and_set_up(void *arg)
{
	struct shared *shared = arg;

	check_use(shared->failure, shared->ctx, shared->fd, 3, 1);
	/* In this order, so that it is not at the address of the other. */
	check_0(shared->failure, "io_setup", sys_io_setup(1, &shared->own), 2);
	check_0(shared->failure, "io_destroy", sys_io_destroy(shared->other), 3);
	return 0;
}

static void *use_destroy_and_set_up_thread(void *arg)
{
	use_destroy_and_set_up(arg);
	return NULL;
}

static void share(struct __test_metadata *const _metadata,
		  struct shared *shared, int fd, struct call_failure *failure)
{
	shared->fd = fd;
	shared->failure = failure;
	shared->ctx = setup_ctx(_metadata, 1);
	shared->other = setup_ctx(_metadata, 1);
}

/* Checks what is left when the other one is gone. */
static void expect_shared(struct __test_metadata *const _metadata,
			  const struct shared *shared, long nr)
{
	expect_no_failure(_metadata, shared->failure);
	expect_refused(_metadata, shared->other, shared->fd);
	EXPECT_FALSE(is_mapped((void *)shared->other));
	EXPECT_EQ(0, use_ctx(shared->ctx, shared->fd, 1));
	EXPECT_EQ(0, use_ctx(shared->own, shared->fd, 2));
	EXPECT_EQ(nr + 2, aio_nr());
	EXPECT_EQ(0, sys_io_destroy(shared->ctx));
	EXPECT_EQ(0, sys_io_destroy(shared->own));
	EXPECT_EQ(nr, aio_nr());
	EXPECT_EQ(0, count_rings(NULL));
}

TEST_F(lifetime, threads_share_contexts)
{
	struct shared shared = {};
	pthread_t thread;

	share(_metadata, &shared, self->fd, &self->failure);
	ASSERT_EQ(0, pthread_create(&thread, NULL, use_destroy_and_set_up_thread,
				    &shared));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	expect_shared(_metadata, &shared, self->state.nr);
}

static pid_t clone_child(struct __test_metadata *const _metadata,
			 int (*fn)(void *), int flags, void *arg)
{
	const size_t size = 65536;
	char *stack;
	pid_t child;

	stack = map_memory(_metadata, size, PROT_READ | PROT_WRITE);
	child = clone(fn, stack + size, flags | SIGCHLD, arg);
	ASSERT_LT(0, child);
	return child;
}

TEST_F(lifetime, vfork_child_shares_contexts)
{
	struct shared shared = {};
	pid_t child;

	share(_metadata, &shared, self->fd, &self->failure);
	child = clone_child(_metadata, use_destroy_and_set_up,
			    CLONE_VM | CLONE_VFORK, &shared);
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	expect_shared(_metadata, &shared, self->state.nr);
}

TEST_F(lifetime, child_sharing_the_memory_shares_contexts)
{
	struct shared shared = {};
	pid_t child;

	share(_metadata, &shared, self->fd, &self->failure);
	child = clone_child(_metadata, use_destroy_and_set_up, CLONE_VM, &shared);
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	expect_shared(_metadata, &shared, self->state.nr);
}

/* Waits until the parent has destroyed the context. */
static int find_it_gone(void *arg)
{
	struct shared *shared = arg;
	char byte;
	long ret;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Which may be too late already */
	use_ctx(shared->ctx, shared->fd, 3);
	ret = result_of(read(shared->go[0], &byte, 1));
	check_result(shared->failure, ret == 1, "read", ret, 1);
	ret = submit_read(shared->ctx, shared->fd, 4);
	check_result(shared->failure, ret == -EINVAL, "io_submit", ret, 2);
	return 0;
}

TEST_F(lifetime, child_sharing_the_memory_sees_the_end)
{
	struct shared shared = {};
	pid_t child;

	share(_metadata, &shared, self->fd, &self->failure);
	ASSERT_EQ(0, pipe(shared.go));
	child = clone_child(_metadata, find_it_gone, CLONE_VM | CLONE_FILES,
			    &shared);
	EXPECT_EQ(0, sys_io_destroy(shared.ctx));
	ASSERT_EQ(1, write(shared.go[1], "", 1));
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	expect_no_failure(_metadata, &self->failure);
	EXPECT_EQ(0, use_ctx(shared.other, self->fd, 5));
}

/* The contexts go with the memory, not with the process that set them up. */
static int survive_the_parent(void *arg)
{
	struct shared *shared = arg;
	pid_t parent = getppid();
	long ret;

	ret = result_of(write(shared->go[1], "", 1));
	check_result(shared->failure, ret == 1, "write", ret, 1);
	while (getppid() == parent)
		sleep_ns(NSEC_PER_MSEC);
	check_use(shared->failure, shared->ctx, shared->fd, 3, 2);
	check_0(shared->failure, "io_destroy", sys_io_destroy(shared->ctx), 3);
	check_use(shared->failure, shared->other, shared->fd, 4, 4);
	ret = result_of(write(shared->go[1], "", 1));
	check_result(shared->failure, ret == 1, "write", ret, 5);
	return 0;
}

TEST_F(lifetime, contexts_outlive_the_process_that_set_them_up)
{
	struct shared shared = {};
	pid_t child;
	char byte;

	ASSERT_EQ(0, pipe(shared.go));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		share(_metadata, &shared, self->fd, &self->failure);
		clone_child(_metadata, survive_the_parent, CLONE_VM, &shared);
		ASSERT_EQ(1, read(shared.go[0], &byte, 1));
		syscall(__NR_exit, 0);
	}
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	ASSERT_EQ(1, read(shared.go[0], &byte, 1));
	expect_no_failure(_metadata, &self->failure);
	while (aio_nr() != self->state.nr)
		sleep_ns(NSEC_PER_MSEC);
}

#define AFTER_EXEC	"--after-exec"

static int exec_self(void *arg)
{
	execl("/proc/self/exe", "lifetime_test", AFTER_EXEC, NULL);
	_exit(127);
}

static void *exec_self_thread(void *arg)
{
	exec_self(arg);
	return NULL;
}

TEST_F(lifetime, exec_by_a_vfork_child_leaves_contexts)
{
	struct shared shared = {};
	pid_t child;

	share(_metadata, &shared, self->fd, &self->failure);
	child = clone_child(_metadata, exec_self, CLONE_VM | CLONE_VFORK, NULL);
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	EXPECT_EQ(self->state.nr + 2, aio_nr());
	EXPECT_EQ(0, use_ctx(shared.ctx, self->fd, 1));
	EXPECT_EQ(0, sys_io_destroy(shared.ctx));
}

/* Of all threads, this one is left, and it has other memory. */
TEST_F(lifetime, exec_by_a_thread_takes_contexts_along)
{
	struct shared shared = {};
	pthread_t thread;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		share(_metadata, &shared, self->fd, &self->failure);
		ASSERT_EQ(0, pthread_create(&thread, NULL, exec_self_thread, NULL));
		pause();
	}
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	EXPECT_EQ(self->state.nr, aio_nr());
}

static void *outlive_the_leader(void *arg)
{
	struct shared *shared = arg;

	while (thread_state(shared->leader) != 'Z')
		sleep_ns(NSEC_PER_MSEC);
	use_destroy_and_set_up(shared);
	check_use(shared->failure, shared->own, shared->fd, 4, 4);
	check_0(shared->failure, "io_destroy", sys_io_destroy(shared->ctx), 5);
	_exit(0);
}

TEST_F(lifetime, contexts_outlive_the_first_thread)
{
	struct shared shared = {};
	pthread_t thread;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		share(_metadata, &shared, self->fd, &self->failure);
		shared.leader = getpid();
		ASSERT_EQ(0, pthread_create(&thread, NULL, outlive_the_leader,
					    &shared));
		syscall(__NR_exit, 0);
	}
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	expect_no_failure(_metadata, &self->failure);
	EXPECT_EQ(self->state.nr, aio_nr());
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
	pid_t child;

	if (!child_has_ring(setup_ctx(_metadata, 1)))
		SKIP(return, "a child has no ring here");
	stop = map_shared(_metadata, 4096);
	while (now_ns() < deadline) {
		aio_context_t ctx;
		size_t size;

		*stop = false;
		ctx = setup_ctx(_metadata, 1);
		/* The child may be too late to read it there. */
		size = ring_bytes(ctx);
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			touch_ring(ctx, size, stop);
		sleep_ns(rand_r(&seed) % (3 * NSEC_PER_MSEC));
		EXPECT_EQ(0, sys_io_destroy(ctx));
		__atomic_store_n(stop, true, __ATOMIC_RELAXED);
		ASSERT_EQ(0, wait_for_child(_metadata, child));
	}
}

int main(int argc, char **argv)
{
	aio_context_t ctx = 0;
	long ret;

	if (argc != 2 || strcmp(argv[1], AFTER_EXEC))
		return test_harness_run(argc, argv);
	ret = sys_io_setup(1, &ctx);
	if (!ret)
		ret = sys_io_destroy(ctx);
	if (ret)
		fprintf(TH_LOG_STREAM, "# after exec: %s returned %ld (%s)\n",
			ctx ? "io_destroy" : "io_setup", ret, error_text(ret));
	return !!ret;
}
