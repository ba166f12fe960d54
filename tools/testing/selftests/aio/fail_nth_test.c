// SPDX-License-Identifier: GPL-2.0
/*
 * io_setup(2) with every one of its slab and page allocations made to fail
 *
 * Not a test of behaviour but of the error paths: /proc/PID/task/TID/fail-nth
 * makes the nth allocation of the next system call fail, for n = 1, 2, 3 ...
 * until calls get by without reaching it. Proves that, however many contexts
 * there are and so whether or not the table must grow:
 * - io_setup(2) succeeds or returns ENOMEM or EAGAIN;
 * - a failing one leaves no mapping, no quota, no context, no file and no page of a
 *   ring, and does no harm to other contexts;
 * - without a fault the next io_setup(2) works.
 *
 * Needs the options in config.debug, and root.
 */

#include "aio_failure.h"
#include "aio_memory.h"
#include "aio_slab.h"

#include <sys/mount.h>

/* More than io_setup(2) can sensibly need. */
#define MAX_ALLOCATIONS	200
/*
 * So many numbers in a row must be beyond what a call comes to: it makes an
 * allocation more, or one less, as slabs are empty or not.
 */
#define MAX_SPARE	3
#define MAX_CTX		300
/* Pages of a ring whose pages fail, how often they do, and a part of what would leak */
#define LARGE_RING	200
#define LEAKS		500
#define LEAK_KIB	(64 * 1024)

/* Makes all allocations eligible that a system call makes, and silently. */
static const struct knob {
	const char *path;
	const char *value;
} knobs[] = {
	{ "/sys/kernel/debug/failslab/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/failslab/cache-filter", "N" },
	{ "/sys/kernel/debug/failslab/verbose", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/min-order", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/verbose", "0" },
};

/* What a process needs to set contexts up amid faults. */
struct rig {
	struct aio_state before;
	aio_context_t ctx[MAX_CTX];
	int nr_ctx;
	int nth_fd;
	int fd;
	/* The harness has put it in memory that a test's processes share. */
	int left;
	int failed;
	bool struck;
};

FIXTURE(fail_nth)
{
	char saved[ARRAY_SIZE(knobs)][16];
	struct rig rig;
};

/* Each thread has a fail-nth of its own. */
static void open_fail_nth(struct __test_metadata *const _metadata,
			  struct rig *rig)
{
	rig->nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	EXPECT_LE(0, rig->nth_fd);
}

/* Forgets those of other processes. */
static void add_contexts(struct __test_metadata *const _metadata,
			 struct rig *rig, int nr)
{
	memset(rig->ctx, 0, sizeof(rig->ctx));
	for (rig->nr_ctx = 0; rig->nr_ctx < nr; rig->nr_ctx++)
		EXPECT_EQ(0, sys_io_setup(1, &rig->ctx[rig->nr_ctx]));
}

FIXTURE_VARIANT(fail_nth)
{
	/* Contexts that exist when io_setup(2) is called. */
	int nr_ctx;
};

FIXTURE_VARIANT_ADD(fail_nth, with_0_contexts) {
	.nr_ctx = 0,
};

FIXTURE_VARIANT_ADD(fail_nth, with_1_context) {
	.nr_ctx = 1,
};

FIXTURE_VARIANT_ADD(fail_nth, with_2_contexts) {
	.nr_ctx = 2,
};

FIXTURE_VARIANT_ADD(fail_nth, with_3_contexts) {
	.nr_ctx = 3,
};

FIXTURE_VARIANT_ADD(fail_nth, with_4_contexts) {
	.nr_ctx = 4,
};

FIXTURE_VARIANT_ADD(fail_nth, with_8_contexts) {
	.nr_ctx = 8,
};

FIXTURE_VARIANT_ADD(fail_nth, with_15_contexts) {
	.nr_ctx = 15,
};

FIXTURE_VARIANT_ADD(fail_nth, with_16_contexts) {
	.nr_ctx = 16,
};

FIXTURE_VARIANT_ADD(fail_nth, with_32_contexts) {
	.nr_ctx = 32,
};

FIXTURE_VARIANT_ADD(fail_nth, with_63_contexts) {
	.nr_ctx = 63,
};

FIXTURE_VARIANT_ADD(fail_nth, with_64_contexts) {
	.nr_ctx = 64,
};

FIXTURE_VARIANT_ADD(fail_nth, with_70_contexts) {
	.nr_ctx = 70,
};

FIXTURE_VARIANT_ADD(fail_nth, with_256_contexts) {
	.nr_ctx = 256,
};

static bool read_knob(const char *path, char *buf, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t ret;

	if (fd < 0)
		return false;
	ret = read(fd, buf, len - 1);
	close(fd);
	if (ret <= 0)
		return false;
	buf[ret] = 0;
	return true;
}

FIXTURE_SETUP(fail_nth)
{
	int i;

	save_aio_state(_metadata, &self->rig.before);
	self->rig.fd = open_test_file(_metadata);
	if (access("/proc/thread-self/fail-nth", W_OK))
		SKIP(return, "no fail-nth: see config.debug");
	open_fail_nth(_metadata, &self->rig);
	if (access(knobs[0].path, F_OK))
		mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		if (!read_knob(knobs[i].path, self->saved[i], sizeof(self->saved[i])))
			SKIP(return, "cannot read %s: see config.debug", knobs[i].path);
	}
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		ASSERT_EQ(0, write_str(knobs[i].path, knobs[i].value));
}

FIXTURE_TEARDOWN_PARENT(fail_nth)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		EXPECT_EQ(0, write_str(knobs[i].path, self->saved[i]));
	check_aio_state(_metadata, &self->rig.before);
}

/* Tells whether the armed fault has struck, and disarms it. */
static bool fault_struck(struct __test_metadata *const _metadata, int nth_fd)
{
	char left[16] = {};

	ASSERT_LT(0, pread(nth_fd, left, sizeof(left) - 1, 0));
	ASSERT_EQ(1, pwrite(nth_fd, "0", 1, 0));
	return atoi(left) == 0;
}

/* Calls io_setup(2) with its nth allocation failing. */
static bool setup_with_fault(struct __test_metadata *const _metadata, int nth_fd,
			     int nth, int events, aio_context_t *ctx, long *ret)
{
	char str[16];
	int len = snprintf(str, sizeof(str), "%d", nth);

	*ctx = 0;
	ASSERT_EQ(len, pwrite(nth_fd, str, len, 0));
	*ret = sys_io_setup(events, ctx);
	return fault_struck(_metadata, nth_fd);
}

/*
 * Calls io_setup(2) with its nth allocation failing, beside the contexts of rig,
 * until it succeeds or has been called often enough; then, if it has failed,
 * without a fault. Checks what is left.
 */
static void fail_setups(struct __test_metadata *const _metadata,
			struct rig *rig, int nth)
{
	aio_context_t ctx;
	bool struck;
	long ret;

	do {
		struck = setup_with_fault(_metadata, rig->nth_fd, nth, 1, &ctx, &ret);
		rig->struck |= struck;
		rig->left--;
		if (ret) {
			rig->failed++;
			EXPECT_TRUE(ret == -ENOMEM || ret == -EAGAIN)
			{
				TH_LOG_RESULT("io_setup", ret);
			}
			EXPECT_TRUE(struck);
			EXPECT_EQ(0, ctx);
		}
	} while (ret && rig->left);
	if (ret)
		EXPECT_EQ(0, sys_io_setup(1, &ctx));
	EXPECT_EQ(0, use_ctx(ctx, rig->fd, nth));
	EXPECT_EQ(0, sys_io_destroy(ctx));
	EXPECT_EQ(rig->before.nr + rig->nr_ctx, aio_nr());
	EXPECT_EQ(rig->nr_ctx, count_rings(NULL));
}

/*
 * The same in a process of its own. An io_setup(2) that survives the fault may
 * have made the table grow: another one in that process would no longer come to
 * the allocations of growth.
 */
static void fail_setups_of_child(struct __test_metadata *const _metadata,
				 struct rig *rig, int nr_ctx, int nth)
{
	int i;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		open_fail_nth(_metadata, rig);
		add_contexts(_metadata, rig, nr_ctx);
		fail_setups(_metadata, rig, nth);
		for (i = 0; i < nr_ctx; i++)
			EXPECT_EQ(0, use_ctx(rig->ctx[i], rig->fd, i));
		_exit(_metadata->exit_code);
	}
	ASSERT_EQ(0, wait_for_child(_metadata, child))
	{
		TH_LOG("allocation %d", nth);
	}
}

/*
 * Fails each allocation so many times, or until io_setup(2) does not come to it.
 * Ends when it has not come to several in a row: the last one, of a bigger table,
 * does not always have the same number.
 */
static void fail_each(struct __test_metadata *const _metadata, struct rig *rig,
		      int nr_ctx, int times)
{
	int nth = 0, spare = 0;

	rig->failed = 0;
	while (spare < MAX_SPARE && nth < MAX_ALLOCATIONS) {
		nth++;
		rig->left = times;
		do {
			rig->struck = false;
			fail_setups_of_child(_metadata, rig, nr_ctx, nth);
		} while (rig->struck && rig->left);
		spare = rig->struck ? 0 : spare + 1;
	}
	EXPECT_GT(MAX_ALLOCATIONS, nth);
	EXPECT_LT(0, rig->failed);
}

TEST_F_TIMEOUT(fail_nth, failing_setup_leaves_nothing, 180)
{
	fail_each(_metadata, &self->rig, variant->nr_ctx, 1);
}

/* What is leaked at one of the allocations is leaked each of the times. */
TEST_F_TIMEOUT(fail_nth, failing_setup_leaks_no_context, 180)
{
	const int times = 20;
	const long before = slab_bytes(context_slabs), most = before + times * 128;

	if (before < 0)
		SKIP(return, "no object counts in " SLAB_DIR ": see SLUB_DEBUG");
	if (variant->nr_ctx > 8)
		SKIP(return, "takes minutes, and is the same code as with fewer");
	fail_each(_metadata, &self->rig, variant->nr_ctx, times);
	EXPECT_GE(most, slab_bytes_settled(context_slabs, most));
}

/*
 * A ring of more than LARGE_RING pages, of which one after the other is not to be
 * had. When the pages before it leak, that is some hundred KiB each time.
 */
TEST_F_TIMEOUT(fail_nth, failing_setup_of_a_large_ring_leaks_no_page, 180)
{
	const long least = free_kib() - LEAK_KIB;
	aio_context_t ctx;
	int i, failed = 0;
	long ret;

	if (variant->nr_ctx)
		SKIP(return, "takes no less without other contexts");
	if (!make_room(LARGE_RING * 128))
		SKIP(return, "no room below fs.aio-max-nr");
	for (i = 0; i < LEAKS; i++) {
		setup_with_fault(_metadata, self->rig.nth_fd, LARGE_RING / 2 + i % 50,
				 LARGE_RING * 128, &ctx, &ret);
		failed += ret == -ENOMEM;
		if (!ret)
			ASSERT_EQ(0, sys_io_destroy(ctx));
	}
	EXPECT_LT(LEAKS / 2, failed);
	EXPECT_LT(least, free_kib_settled(least));
}

/* Every context is set up amid faults, so the table grows amid faults too. */
TEST_F_TIMEOUT(fail_nth, table_grows_amid_faults, 180)
{
	int nr = variant->nr_ctx, end = nr + 20, nth;
	aio_context_t ctx;
	long ret;

	add_contexts(_metadata, &self->rig, nr);
	for (nth = 1; nr < end; nth = nth % 40 + 1) {
		setup_with_fault(_metadata, self->rig.nth_fd, nth, 1, &ctx, &ret);
		if (ret) {
			ASSERT_TRUE(ret == -ENOMEM || ret == -EAGAIN)
			{
				TH_LOG_RESULT("io_setup", ret);
			}
			continue;
		}
		self->rig.ctx[nr++] = ctx;
	}
	EXPECT_EQ(self->rig.before.nr + nr, aio_nr());
	EXPECT_EQ(nr, count_rings(NULL));
	submit_to_all(_metadata, self->rig.ctx, nr, self->rig.fd, 0);
	reap_from_all(_metadata, self->rig.ctx, nr, 0);
}

TEST_HARNESS_MAIN
