// SPDX-License-Identifier: GPL-2.0
/*
 * io_setup(2): what it accepts, what it leaves behind
 *
 * Proves that:
 * - bad arguments are refused with the documented errno and change nothing;
 * - fs.aio-nr rises by exactly nr_events and comes back with io_destroy(2),
 *   with every kind of failing io_setup(2) and with the end of the process;
 * - a failing io_setup(2) leaves no mapping and no file, however often it runs;
 * - a context takes at least as many requests as were asked for, and no more than it
 *   has room for the events of;
 * - the ring mapping never becomes executable;
 * - the ring header is complete, and its id final, when io_setup(2) returns.
 *
 * fs.aio-nr is system wide: run this where nothing else uses AIO.
 */

#include "aio_failure.h"

#include <sys/personality.h>
#include <sys/resource.h>

#define KERNEL_ADDRESS	((void *)-4096UL)

FIXTURE(setup)
{
	struct aio_state state;
	int fd;
};

FIXTURE_SETUP(setup)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
}

FIXTURE_TEARDOWN_PARENT(setup)
{
	check_aio_state(_metadata, &self->state);
}

TEST_F(setup, zero_events_are_invalid)
{
	aio_context_t ctx = 0;

	EXPECT_EQ(-EINVAL, sys_io_setup(0, &ctx));
	EXPECT_EQ(0, ctx);
}

TEST_F(setup, handle_must_be_zero_on_entry)
{
	aio_context_t ctx = setup_ctx(_metadata, 1), again = ctx;

	EXPECT_EQ(-EINVAL, sys_io_setup(1, &again));
	EXPECT_EQ(ctx, again);
	again = 1;
	EXPECT_EQ(-EINVAL, sys_io_setup(1, &again));
	EXPECT_EQ(1, again);
	EXPECT_EQ(1, count_rings(NULL));
}

TEST_F(setup, unreadable_handle_pointer_faults)
{
	void *page = map_memory(_metadata, 4096, PROT_NONE);

	EXPECT_EQ(-EFAULT, sys_io_setup(1, NULL));
	EXPECT_EQ(-EFAULT, sys_io_setup(1, page));
	EXPECT_EQ(-EFAULT, sys_io_setup(1, KERNEL_ADDRESS));
	EXPECT_EQ(0, count_rings(NULL));
	EXPECT_EQ(self->state.nr, aio_nr());
}

TEST_F(setup, absurd_sizes_are_refused)
{
	static const unsigned int sizes[] = {
		0x400001, 0x800000, INT_MAX, 0x80000000U, 0x80000001U, UINT_MAX,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		aio_context_t ctx = 0;
		long ret = sys_io_setup(sizes[i], &ctx);

		/* Internal limit and user limit may overlap, see io_setup(2). */
		EXPECT_TRUE(ret == -EINVAL || ret == -EAGAIN)
		{
			TH_LOG("io_setup(%#x) returned %ld (%s)", sizes[i], ret,
			       error_text(ret));
		}
		EXPECT_EQ(0, ctx);
	}
	EXPECT_EQ(0, count_rings(NULL));
	EXPECT_EQ(self->state.nr, aio_nr());
}

TEST_F(setup, more_than_the_limit_is_eagain)
{
	aio_context_t ctx, none = 0;

	if (self->state.max_nr >= 0x400000)
		SKIP(return, "fs.aio-max-nr is above the internal limit");
	EXPECT_EQ(-EAGAIN, sys_io_setup(self->state.max_nr + 1, &none));

	/* The limit counts the contexts that exist, not only the new one. */
	ctx = setup_ctx(_metadata, 1);
	EXPECT_EQ(-EAGAIN, sys_io_setup(self->state.max_nr, &none));
	EXPECT_EQ(0, none);
	EXPECT_EQ(self->state.nr + 1, aio_nr());
	EXPECT_EQ(0, use_ctx(ctx, self->fd, 1));
}

TEST_F(setup, limit_is_reached_exactly)
{
	aio_context_t ctx, none = 0;

	if (write_long(AIO_MAX_NR_PATH, self->state.nr + 8))
		SKIP(return, "cannot write " AIO_MAX_NR_PATH);
	ctx = setup_ctx(_metadata, 8);
	EXPECT_EQ(-EAGAIN, sys_io_setup(1, &none));
	ASSERT_EQ(0, sys_io_destroy(ctx));
	setup_ctx(_metadata, 8);
}

TEST_F(setup, quota_is_what_was_asked_for)
{
	static const unsigned int sizes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 127, 128, 1000 };
	int i;

	if (!make_room(1000))
		SKIP(return, "no room below fs.aio-max-nr");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		aio_context_t ctx = setup_ctx(_metadata, sizes[i]);

		EXPECT_EQ(self->state.nr + sizes[i], aio_nr());
		ASSERT_EQ(0, sys_io_destroy(ctx));
		EXPECT_EQ(self->state.nr, aio_nr());
	}
	EXPECT_EQ(0, count_rings(NULL));
}

TEST_F(setup, as_many_requests_fit_as_asked_for)
{
	static const unsigned int sizes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 100, 1000 };
	struct io_event ev;
	unsigned int i, n;

	if (!make_room(1231))
		SKIP(return, "no room below fs.aio-max-nr");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		aio_context_t ctx = setup_ctx(_metadata, sizes[i]);

		for (n = 0; n < sizes[i]; n++)
			ASSERT_EQ(1, submit_read(ctx, self->fd, n));
		for (n = 0; n < sizes[i]; n++) {
			ASSERT_EQ(1, sys_io_getevents(ctx, 1, 1, &ev, -1));
			ASSERT_EQ(n, ev.data);
		}
		EXPECT_EQ(0, sys_io_getevents(ctx, 0, 1, &ev, 0));
	}
}

/* Whether the last place can be used up depends on the size and the number of CPUs. */
TEST_F(setup, full_ring_loses_nothing)
{
	static const unsigned int sizes[] = { 1, 64, 100, 500, 1000 };
	struct io_event ev;
	unsigned int i, n, taken;
	long ret;

	if (!make_room(1665))
		SKIP(return, "no room below fs.aio-max-nr");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		aio_context_t ctx = setup_ctx(_metadata, sizes[i]);

		for (taken = 0; (ret = submit_read(ctx, self->fd, taken)) == 1; taken++)
			;
		ASSERT_EQ(-EAGAIN, ret);
		ASSERT_LE(sizes[i], taken);
		for (n = 0; n < taken; n++) {
			ASSERT_EQ(1, sys_io_getevents(ctx, 0, 1, &ev, 0))
			{
				TH_LOG("event %u of %u", n, taken);
			}
			ASSERT_EQ(n, ev.data);
		}
		EXPECT_EQ(0, sys_io_getevents(ctx, 0, 1, &ev, 0));
	}
}

/* What the CPU that reaps keeps to itself is less than others may miss. */
TEST_F(setup, as_many_requests_fit_on_another_cpu)
{
	static const unsigned int sizes[] = { 8, 100, 1000 };
	struct io_event ev;
	unsigned int i, n;

	if (CPU_COUNT(&allowed_cpus) < 2)
		SKIP(return, "one CPU only");
	if (!make_room(1108))
		SKIP(return, "no room below fs.aio-max-nr");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		aio_context_t ctx = setup_ctx(_metadata, sizes[i]);

		pin_to_cpu(0);
		for (n = 0; submit_read(ctx, self->fd, n) == 1; n++)
			;
		while (n--)
			ASSERT_EQ(1, sys_io_getevents(ctx, 1, 1, &ev, -1));
		/* This one gives back the room of those that were reaped */
		ASSERT_EQ(0, use_ctx(ctx, self->fd, 1));
		pin_to_cpu(1);
		for (n = 0; n < sizes[i]; n++)
			ASSERT_EQ(1, submit_read(ctx, self->fd, n));
	}
}

TEST_F(setup, ring_is_never_executable)
{
	aio_context_t ctx;
	int executable;

	if (personality(READ_IMPLIES_EXEC) < 0)
		SKIP(return, "no READ_IMPLIES_EXEC here");
	ctx = setup_ctx(_metadata, 1);
	EXPECT_EQ(1, count_rings(&executable));
	EXPECT_EQ(0, executable);
	EXPECT_EQ(-1, mprotect((void *)ctx, ring_bytes(ctx), PROT_READ | PROT_EXEC));
	EXPECT_EQ(1, count_rings(&executable));
	EXPECT_EQ(0, executable);
}

TEST_F(setup, header_describes_the_ring)
{
	static const unsigned int sizes[] = { 1, 8, 128, 1000 };
	int i;

	if (!make_room(1137))
		SKIP(return, "no room below fs.aio-max-nr");
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct aio_ring *ring;
		aio_context_t ctx = setup_ctx(_metadata, sizes[i]);

		ring = ring_of(ctx);
		EXPECT_EQ(AIO_RING_MAGIC, ring->magic);
		EXPECT_LE(sizes[i], ring->nr);
		EXPECT_EQ(0, ring->head);
		EXPECT_EQ(0, ring->tail);
		EXPECT_EQ(0, ring->incompat_features);
		EXPECT_EQ(sizeof(*ring), ring->header_length);
		EXPECT_TRUE(is_mapped((char *)ctx + ring_bytes(ctx) - 1));
	}
}

TEST_F(setup, id_is_final_on_return)
{
	aio_context_t ctx[70];
	__u32 id[ARRAY_SIZE(ctx)];
	int i;

	for (i = 0; i < ARRAY_SIZE(ctx); i++) {
		ctx[i] = setup_ctx(_metadata, 1);
		id[i] = ring_of(ctx[i])->id;
		EXPECT_NE(~0U, id[i]);
	}
	/* Later contexts, requests and a neighbour's end change no id. */
	for (i = 0; i < ARRAY_SIZE(ctx); i++)
		EXPECT_EQ(0, use_ctx(ctx[i], self->fd, i));
	ASSERT_EQ(0, sys_io_destroy(ctx[1]));
	for (i = 0; i < ARRAY_SIZE(ctx); i++) {
		if (i == 1)
			continue;
		EXPECT_EQ(id[i], ring_of(ctx[i])->id);
	}
}

TEST_F(setup, exit_returns_the_quota)
{
	aio_context_t ctx = 0;
	int killed;
	pid_t child;

	for (killed = 0; killed < 2; killed++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child) {
			EXPECT_EQ(0, sys_io_setup(8, &ctx));
			EXPECT_EQ(self->state.nr + 8, aio_nr());
			if (killed)
				raise(SIGKILL);
			_exit(_metadata->exit_code);
		}
		EXPECT_EQ(killed ? SIGKILL : 0, wait_for_child(_metadata, child));
		EXPECT_EQ(self->state.nr, aio_nr());
	}
}

/* The ways in which io_setup(2) can be made to fail without fault injection. */
enum failure {
	FAIL_LIMIT,
	FAIL_MEMORY,
	FAIL_WRITE_BACK,
};

FIXTURE(failing_setup)
{
	struct aio_state state;
	int fd;
};

FIXTURE_VARIANT(failing_setup)
{
	enum failure failure;
	long error;
};

FIXTURE_VARIANT_ADD(failing_setup, over_the_limit) {
	.failure = FAIL_LIMIT,
	.error = -EAGAIN,
};

FIXTURE_VARIANT_ADD(failing_setup, no_address_space) {
	.failure = FAIL_MEMORY,
	.error = -ENOMEM,
};

FIXTURE_VARIANT_ADD(failing_setup, handle_not_writable) {
	.failure = FAIL_WRITE_BACK,
	.error = -EFAULT,
};

FIXTURE_SETUP(failing_setup)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
}

FIXTURE_TEARDOWN_PARENT(failing_setup)
{
	check_aio_state(_metadata, &self->state);
}

/* Files of dead contexts are closed after a grace period, so waits for them. */
static long open_files_settled(long target)
{
	__s64 end = now_ns() + 10 * NSEC_PER_SEC;
	long files;

	do {
		files = read_long("/proc/sys/fs/file-nr");
		if (files <= target)
			break;
		sleep_ns(20 * NSEC_PER_MSEC);
	} while (now_ns() < end);
	return files;
}

/* Calls io_setup(2) again and again where it fails for the reason given. */
static void fail_repeatedly(struct __test_metadata *const _metadata,
			    enum failure reason, long error,
			    aio_context_t *ctxp, int rounds)
{
	struct call_failure failure = {};
	struct rlimit limit, none;
	long ret;
	int i;

	ASSERT_EQ(0, getrlimit(RLIMIT_AS, &limit));
	none = limit;
	none.rlim_cur = 4096;
	if (reason == FAIL_WRITE_BACK)
		ASSERT_EQ(0, mprotect(ctxp, 4096, PROT_READ));
	if (reason == FAIL_MEMORY)
		ASSERT_EQ(0, setrlimit(RLIMIT_AS, &none));
	/* Not to be told yet: there may be no memory to do it with. */
	for (i = 0; i < rounds; i++) {
		ret = sys_io_setup(1, ctxp);
		check_result(&failure, ret == error, "io_setup", ret, i);
	}
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	expect_no_failure(_metadata, &failure);
}

TEST_F_TIMEOUT(failing_setup, leaves_nothing_behind, 120)
{
	const int rounds = 500, held = 8;
	aio_context_t *ctxp, holder, ctx;
	long files;

	ctxp = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(MAP_FAILED, ctxp);

	/* With this one the limit is met late, when the ring is mapped already. */
	holder = setup_ctx(_metadata, held);
	files = read_long("/proc/sys/fs/file-nr");
	if (variant->failure == FAIL_LIMIT &&
	    write_long(AIO_MAX_NR_PATH, self->state.nr + held))
		SKIP(return, "cannot write " AIO_MAX_NR_PATH);
	fail_repeatedly(_metadata, variant->failure, variant->error, ctxp, rounds);
	if (variant->failure == FAIL_LIMIT)
		ASSERT_EQ(0, write_long(AIO_MAX_NR_PATH, self->state.max_nr));

	EXPECT_EQ(0, *ctxp);
	EXPECT_EQ(1, count_rings(NULL));
	EXPECT_EQ(self->state.nr + held, aio_nr());
	/* Others open files too, but not as many as the rounds would leak. */
	EXPECT_GT(files + rounds / 2, open_files_settled(files));

	EXPECT_EQ(0, use_ctx(holder, self->fd, 1));
	ctx = setup_ctx(_metadata, 1);
	EXPECT_EQ(0, use_ctx(ctx, self->fd, 2));
	EXPECT_EQ(2, count_rings(NULL));
}

TEST_HARNESS_MAIN
