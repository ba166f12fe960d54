// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts where memory is in pieces
 *
 * No two pages in a row are to be had: the page allocator is made to fail every
 * such request of the threads that ask for it. Proves that:
 * - io_setup(2) goes on to succeed, however large the table has to be;
 * - all contexts are found, also by those who look while tables are replaced;
 * - exit, and the next io_setup(2) after a failed one, find everything in order.
 *
 * Kernels as shipped return ENOMEM once the table has more than a page.
 *
 * Needs the options in config.mem, and root. Only a kernel with KASAN notices a
 * table that is freed the wrong way, or too early.
 */

#include "aio_failure.h"

#include <sys/mount.h>

/* Some times as many as fit into a table of a page */
#define MAX_CTX		2100
#define NR_READERS	2

/* Everything larger than a page that a marked thread asks for */
static const struct knob {
	const char *path;
	const char *value;
} knobs[] = {
	{ "/sys/kernel/debug/fail_page_alloc/task-filter", "Y" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/min-order", "1" },
	{ "/sys/kernel/debug/fail_page_alloc/verbose", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/interval", "1" },
	{ "/sys/kernel/debug/fail_page_alloc/space", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/times", "-1" },
	/* Last, as it begins with that */
	{ "/sys/kernel/debug/fail_page_alloc/probability", "100" },
};

/* Contexts, those of them that are there already, and who looks them up */
struct crowd {
	aio_context_t ctx[MAX_CTX];
	int nr;
	bool stop;
	struct call_failure failure;
};

FIXTURE(fragmented)
{
	char saved[ARRAY_SIZE(knobs)][16];
	struct aio_state state;
	struct crowd crowd;
	int fd;
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

FIXTURE_SETUP(fragmented)
{
	int i;

	save_aio_state(_metadata, &self->state);
	if (!make_room(MAX_CTX))
		SKIP(return, "no room below fs.aio-max-nr");
	self->fd = open_test_file(_metadata);
	if (access(knobs[0].path, F_OK))
		mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		if (!read_knob(knobs[i].path, self->saved[i], sizeof(self->saved[i])))
			SKIP(return, "cannot read %s: see config.mem", knobs[i].path);
	}
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		ASSERT_EQ(0, write_str(knobs[i].path, knobs[i].value));
}

FIXTURE_TEARDOWN_PARENT(fragmented)
{
	int i;

	for (i = ARRAY_SIZE(knobs); i--;)
		if (self->saved[i][0])
			EXPECT_EQ(0, write_str(knobs[i].path, self->saved[i]));
	check_aio_state(_metadata, &self->state);
}

/*
 * From now on the calling thread, which is the test's own, gets single pages only.
 * Opening the file may want more, so it stays open.
 */
static void fragment(struct __test_metadata *const _metadata, bool on)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/proc/thread-self/make-it-fail", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(1, pwrite(fd, on ? "1" : "0", 1, 0));
}

/* Contexts one by one: returns what the last io_setup(2) did. */
static long add_contexts(struct crowd *c, int end)
{
	long ret = 0;

	while (!ret && c->nr < end) {
		c->ctx[c->nr] = 0;
		ret = sys_io_setup(1, &c->ctx[c->nr]);
		if (!ret)
			__atomic_store_n(&c->nr, c->nr + 1, __ATOMIC_RELEASE);
	}
	return ret;
}

static void expect_all_set_up(struct __test_metadata *const _metadata, long ret,
			      int nr)
{
	EXPECT_EQ(0, ret)
	{
		TH_LOG("io_setup with %d contexts returned %ld (%s)", nr, ret,
		       error_text(ret));
	}
}

TEST_F_TIMEOUT(fragmented, memory_is_enough_for_large_tables, 120)
{
	struct crowd *c = &self->crowd;
	long ret;

	fragment(_metadata, true);
	ret = add_contexts(c, MAX_CTX);
	fragment(_metadata, false);
	expect_all_set_up(_metadata, ret, c->nr);
	EXPECT_EQ(self->state.nr + c->nr, aio_nr());
	submit_to_all(_metadata, c->ctx, c->nr, self->fd, 0);
	reap_from_all(_metadata, c->ctx, c->nr, 0);
}

/* Now and then there is more than a page again: tables of either kind. */
TEST_F_TIMEOUT(fragmented, memory_may_be_whole_at_times, 120)
{
	struct crowd *c = &self->crowd;
	static const int steps[] = { 300, 600, 1100, MAX_CTX };
	long ret = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(steps) && !ret; i++) {
		fragment(_metadata, i % 2);
		ret = add_contexts(c, steps[i]);
	}
	fragment(_metadata, false);
	expect_all_set_up(_metadata, ret, c->nr);
	submit_to_all(_metadata, c->ctx, c->nr, self->fd, 0);
	reap_from_all(_metadata, c->ctx, c->nr, 0);
}

struct reader {
	pthread_t thread;
	struct crowd *crowd;
	int cpu;
	long found;
};

/* Looks the contexts up that are there, the newest and the oldest */
static void *look_up(void *arg)
{
	struct reader *r = arg;
	struct crowd *c = r->crowd;
	struct io_event ev;
	long ret;
	int nr;

	pin_to_cpu(r->cpu);
	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		nr = __atomic_load_n(&c->nr, __ATOMIC_ACQUIRE);
		if (!nr)
			continue;
		ret = sys_io_getevents(c->ctx[nr - 1], 0, 1, &ev, 0);
		check_0(&c->failure, "io_getevents", ret, nr - 1);
		ret = sys_io_submit(c->ctx[r->found % nr], 0, NULL);
		check_0(&c->failure, "io_submit", ret, r->found % nr);
		r->found++;
	}
	return NULL;
}

TEST_F_TIMEOUT(fragmented, memory_does_not_hide_contexts, 120)
{
	struct crowd *c = &self->crowd;
	struct reader r[NR_READERS] = {};
	long ret;
	int i;

	for (i = 0; i < NR_READERS; i++) {
		r[i].crowd = c;
		r[i].cpu = i + 1;
		ASSERT_EQ(0, pthread_create(&r[i].thread, NULL, look_up, &r[i]));
	}
	pin_to_cpu(0);
	fragment(_metadata, true);
	ret = add_contexts(c, MAX_CTX);
	fragment(_metadata, false);
	__atomic_store_n(&c->stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < NR_READERS; i++) {
		ASSERT_EQ(0, pthread_join(r[i].thread, NULL));
		EXPECT_LT(0, r[i].found);
	}
	expect_all_set_up(_metadata, ret, c->nr);
	expect_no_failure(_metadata, &c->failure);
}

/* Where a large table cannot be had, which is not here, this is what is left. */
TEST_F_TIMEOUT(fragmented, memory_may_come_back, 120)
{
	struct crowd *c = &self->crowd;
	long ret;

	fragment(_metadata, true);
	add_contexts(c, MAX_CTX);
	fragment(_metadata, false);
	EXPECT_EQ(self->state.nr + c->nr, aio_nr());
	EXPECT_EQ(c->nr, count_rings(NULL));
	ret = add_contexts(c, MAX_CTX);
	expect_all_set_up(_metadata, ret, c->nr);
	submit_to_all(_metadata, c->ctx, c->nr, self->fd, 0);
	reap_from_all(_metadata, c->ctx, c->nr, 0);
}

TEST_HARNESS_MAIN
