// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts in a memory cgroup
 *
 * Proves that:
 * - the table of the contexts is charged to the cgroup of who made them;
 * - at the limit io_setup(2) returns ENOMEM, leaves nothing behind, does no harm
 *   to other contexts, and never succeeds beyond it, or with a table uncharged;
 * - what the OOM killer ends leaves no context.
 *
 * Kernels as shipped charge the table to nobody.
 *
 * Needs the options in config.mem, and root.
 */

#include "aio_cgroup.h"
#include "aio_failure.h"

#define MAX_CTX	2049

/* What the kernel itself has allocated for the group; not the rings. */
static long kernel_bytes(void)
{
	return number_in(GROUP "/memory.stat", "kernel %ld");
}

/* Contexts are freed a grace period later, and sums are two seconds old. */
static long kernel_bytes_settled(void)
{
	sleep_ns(3 * NSEC_PER_SEC);
	return kernel_bytes();
}

FIXTURE(memcg)
{
	struct aio_state state;
	aio_context_t ctx[MAX_CTX];
};

FIXTURE_SETUP(memcg)
{
	save_aio_state(_metadata, &self->state);
	if (!make_group("memory"))
		SKIP(return, "no memory cgroup of our own: see config.mem");
	if (!make_room(MAX_CTX))
		SKIP(return, "no room below fs.aio-max-nr");
}

FIXTURE_TEARDOWN_PARENT(memcg)
{
	rmdir(GROUP);
	check_aio_state(_metadata, &self->state);
}

#define NR_THREADS	16

/* What threads have in common that destroy contexts */
struct job {
	pthread_t thread[NR_THREADS];
	const aio_context_t *ctx;
	int nr;
	int next;
	struct call_failure failure;
};

/* Takes the next one: where a call has to wait, all threads wait together. */
static void *destroy_some(void *arg)
{
	struct job *job = arg;
	int i;

	while ((i = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED)) < job->nr)
		check_0(&job->failure, "io_destroy", sys_io_destroy(job->ctx[i]), i);
	return NULL;
}

static void set_up_and_destroy(struct __test_metadata *const _metadata,
			       aio_context_t *ctx, int nr)
{
	struct job job = { .ctx = ctx, .nr = nr };
	int i;

	setup_ctxs(_metadata, ctx, nr, 1);
	for (i = 0; i < NR_THREADS; i++)
		ASSERT_EQ(0, pthread_create(&job.thread[i], NULL, destroy_some, &job));
	for (i = 0; i < NR_THREADS; i++)
		ASSERT_EQ(0, pthread_join(job.thread[i], NULL));
	expect_no_failure(_metadata, &job.failure);
}

/*
 * A table never gets smaller: with no context left, it is what is left. Before,
 * there is a small one, and the stacks of the threads, which the C library keeps.
 */
TEST_F_TIMEOUT(memcg, is_charged_for_the_table, 180)
{
	long before, left;

	enter_group(_metadata);
	set_up_and_destroy(_metadata, self->ctx, 4);
	before = kernel_bytes_settled();
	if (before < 0)
		SKIP(return, "no sum of the kernel's memory in memory.stat");
	set_up_and_destroy(_metadata, self->ctx, MAX_CTX);
	left = kernel_bytes_settled() - before;
	TH_LOG("%ld bytes left after %d contexts", left, MAX_CTX);
	/* A pointer a context is the least that finds them all. */
	EXPECT_LE(MAX_CTX * (long)sizeof(void *), left);
}

FIXTURE(limit)
{
	struct aio_state state;
	aio_context_t ctx[MAX_CTX];
	/* Open all the time, as there is no memory to open them with */
	int max_fd;
	int current_fd;
	int fd;
};

FIXTURE_VARIANT(limit)
{
	/* Contexts that exist when io_setup(2) is called: as many as fill a table */
	int nr;
};

FIXTURE_VARIANT_ADD(limit, with_no_context) {
	.nr = 0,
};

FIXTURE_VARIANT_ADD(limit, with_4_contexts) {
	.nr = 4,
};

FIXTURE_VARIANT_ADD(limit, with_1024_contexts) {
	.nr = 1024,
};

FIXTURE_SETUP(limit)
{
	save_aio_state(_metadata, &self->state);
	if (!make_group("memory"))
		SKIP(return, "no memory cgroup of our own: see config.mem");
	if (!make_room(MAX_CTX))
		SKIP(return, "no room below fs.aio-max-nr");
	self->fd = open_test_file(_metadata);
	self->max_fd = open(GROUP "/memory.max", O_RDWR | O_CLOEXEC);
	self->current_fd = open(GROUP "/memory.current", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->max_fd);
	ASSERT_LE(0, self->current_fd);
}

FIXTURE_TEARDOWN_PARENT(limit)
{
	rmdir(GROUP);
	check_aio_state(_metadata, &self->state);
}

/* Neither allocates what is charged, if the file has been read before. */
static long charged(int current_fd)
{
	char buf[32] = {};

	return pread(current_fd, buf, sizeof(buf) - 1, 0) > 0 ? atol(buf) : -1;
}

static void set_limit(int max_fd, long bytes)
{
	char buf[32];
	int len = snprintf(buf, sizeof(buf), "%ld", bytes);

	if (bytes == LONG_MAX)
		len = snprintf(buf, sizeof(buf), "max");
	if (pwrite(max_fd, buf, len, 0) != len)
		abort();
}

/*
 * Calls io_setup(2) where no more than so many bytes are left. A limit below
 * what is charged has the kernel give back what it has charged ahead.
 */
static long setup_with(int max_fd, int current_fd, long bytes,
		       aio_context_t *ctx, long *over)
{
	long ret, limit;

	set_limit(max_fd, charged(current_fd) - page_size());
	limit = charged(current_fd) + bytes;
	set_limit(max_fd, limit);
	*ctx = 0;
	ret = sys_io_setup(1, ctx);
	*over = charged(current_fd) - limit;
	set_limit(max_fd, LONG_MAX);
	return ret;
}

/* In the group from now on, with so many contexts; not to be killed at its limit */
static void enter_limited(struct __test_metadata *const _metadata, aio_context_t *ctx,
			  int nr)
{
	ASSERT_EQ(0, write_str("/proc/self/oom_score_adj", "-1000"));
	enter_group(_metadata);
	setup_ctxs(_metadata, ctx, nr, 1);
	/* What could be had back at the limit, but not what this program runs on */
	ASSERT_EQ(0, mlockall(MCL_CURRENT));
	write_str(GROUP "/memory.reclaim", "1G");
}

/*
 * One context more than so many, with the least memory that suffices. The OOM killer
 * finds nobody, so that a charge fails that is too much. Returns how many calls did.
 */
static int setup_at_limit(struct __test_metadata *const _metadata, int max_fd,
			  int current_fd, aio_context_t *ctx, int nr)
{
	long quota = aio_nr(), ret, over, left;
	int failed = 0;

	for (left = 0;; left += page_size(), failed++) {
		ret = setup_with(max_fd, current_fd, left, &ctx[nr], &over);
		if (!ret)
			break;
		ASSERT_EQ(-ENOMEM, ret);
		ASSERT_EQ(0, ctx[nr]);
		ASSERT_EQ(nr, count_rings(NULL));
		ASSERT_EQ(quota, aio_nr());
		ASSERT_GT(64, failed);
	}
	EXPECT_GE(0, over);
	return failed;
}

TEST_F_TIMEOUT(limit, reached_in_setup_leaves_nothing, 180)
{
	int nr = variant->nr, failed;

	enter_limited(_metadata, self->ctx, nr);
	failed = setup_at_limit(_metadata, self->max_fd, self->current_fd, self->ctx, nr);
	EXPECT_LT(0, failed);
	TH_LOG("%d calls failed", failed);
	submit_to_all(_metadata, self->ctx, nr + 1, self->fd, 0);
	reap_from_all(_metadata, self->ctx, nr + 1, 0);
}

/* A table for twice as many is allocated. What may be freed meanwhile is less. */
TEST_F_TIMEOUT(limit, holds_for_the_table, 180)
{
	const long least = variant->nr * sizeof(void *), page = page_size();
	long more;

	if (least < page)
		SKIP(return, "the table is no page");
	enter_limited(_metadata, self->ctx, variant->nr);
	/* Tables that were too small are freed after five seconds. */
	sleep_ns(6 * NSEC_PER_SEC);
	more = -kernel_bytes_settled();
	if (more > 0)
		SKIP(return, "no sum of the kernel's memory in memory.stat");
	setup_at_limit(_metadata, self->max_fd, self->current_fd, self->ctx, variant->nr);
	more += kernel_bytes_settled();
	TH_LOG("%ld bytes more", more);
	EXPECT_LE(least, more);
}

/* In a child: as many contexts as the group has memory for */
static void set_up_until_killed(void)
{
	aio_context_t ctx;
	int i;

	if (join_group())
		_exit(1);
	for (i = 0; i < MAX_CTX; i++) {
		ctx = 0;
		sys_io_setup(1, &ctx);
	}
	_exit(2);
}

TEST_F_TIMEOUT(memcg, killed_at_the_limit_leaves_no_context, 180)
{
	int status;
	pid_t child;

	ASSERT_EQ(0, write_str(GROUP "/memory.max", "4M"));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		set_up_until_killed();
	status = wait_for_child(_metadata, child);
	EXPECT_EQ(SIGKILL, status);
	EXPECT_EQ(self->state.nr, aio_nr());
}

TEST_HARNESS_MAIN
