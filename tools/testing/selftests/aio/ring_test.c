// SPDX-License-Identifier: GPL-2.0
/*
 * The ring is user memory: it is written to, and its pages migrate
 *
 * Proves that:
 * - no event is lost or changed while the pages of the ring migrate;
 * - whatever is written to head, tail and id, io_getevents(2) returns nothing
 *   foreign, and the context works again when the header does;
 * - user space may reap events itself for as long as it likes.
 */

#include "aio_failure.h"

FIXTURE(ring)
{
	struct aio_state state;
	struct aio_ring *hdr;
	struct io_event *ev;
	aio_context_t ctx;
	int fd;
};

FIXTURE_SETUP(ring)
{
	size_t size;
	char *area;

	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->ctx = setup_ctx(_metadata, 8);
	self->hdr = ring_of(self->ctx);

	/* The array of events ends where memory ends. */
	size = ring_bytes(self->ctx);
	area = map_memory(_metadata, size + page_size(), PROT_READ | PROT_WRITE);
	ASSERT_EQ(0, mprotect(area + size, page_size(), PROT_NONE));
	self->ev = (struct io_event *)(area + size) - self->hdr->nr;
}

FIXTURE_TEARDOWN_PARENT(ring)
{
	check_aio_state(_metadata, &self->state);
}

#define OWN_COOKIE	0x1234567800000000ULL

/* Reads events past a forged head or tail: only own and empty ones may come. */
static void expect_nothing_foreign(struct __test_metadata *const _metadata,
				   struct aio_ring *ring,
				   struct io_event *ev)
{
	long ret = sys_io_getevents((uintptr_t)ring, 0, ring->nr, ev, 0), i;

	EXPECT_LE(0, ret);
	EXPECT_GE(ring->nr, ret);
	for (i = 0; i < ret; i++) {
		if (!ev[i].data && !ev[i].obj && !ev[i].res && !ev[i].res2)
			continue;
		EXPECT_EQ(OWN_COOKIE, ev[i].data & ~0xffffffffULL);
		EXPECT_EQ(1, ev[i].res);
	}
}

TEST_F(ring, forged_head_and_tail_show_nothing_foreign)
{
	const __u32 nr = self->hdr->nr;
	const __u32 values[] = {
		0, 1, nr - 1, nr, nr + 1, 2 * nr, 0x7fffffff, 0x80000000,
		0xfffffff0, 0xffffffff,
	};
	__u32 tail;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			ASSERT_EQ(1, submit_read(self->ctx, self->fd,
						 OWN_COOKIE + i * 16 + j));
			tail = self->hdr->tail;
			self->hdr->head = values[i];
			self->hdr->tail = values[j];
			expect_nothing_foreign(_metadata, self->hdr, self->ev);
			self->hdr->head = tail;
			self->hdr->tail = tail;
			ASSERT_EQ(0, use_ctx(self->ctx, self->fd, OWN_COOKIE + i));
		}
	}
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
}

/* The kernel counts free slots by the head, which lies here as they are used. */
TEST_F(ring, forged_head_costs_no_slots)
{
	__u32 nr = self->hdr->nr, i, tail;
	long ret, submitted = 0;

	for (i = 0; i < 4 * nr; i++) {
		self->hdr->head = 0xfffffff0 + i;
		ret = submit_read(self->ctx, self->fd, OWN_COOKIE + i);
		ASSERT_TRUE(ret == 1 || ret == -EAGAIN)
		{
			TH_LOG_RESULT("io_submit", ret);
		}
		submitted += ret == 1;
		ASSERT_GT(nr, self->hdr->tail);
	}
	EXPECT_LE(8, submitted);
	tail = self->hdr->tail;
	self->hdr->head = tail;
	for (i = 0; i < 4 * nr; i++)
		ASSERT_EQ(0, use_ctx(self->ctx, self->fd, OWN_COOKIE + i));
}

TEST_F(ring, events_can_be_reaped_in_user_space)
{
	__u32 nr = self->hdr->nr, head = 0;
	__u64 cookie = 0;
	int round, i;

	for (round = 0; cookie < 10 * nr; round++) {
		/* As many as were asked for must fit, and sometimes fewer come. */
		for (i = 0; i < 1 + round % 8; i++)
			ASSERT_EQ(1, submit_read(self->ctx, self->fd, cookie + i));
		for (; i; i--) {
			ASSERT_NE(head, self->hdr->tail);
			ASSERT_EQ(cookie++, self->hdr->events[head].data);
			head = (head + 1) % nr;
		}
		ASSERT_EQ(head, self->hdr->tail);
		self->hdr->head = head;
	}
	EXPECT_EQ(0, use_ctx(self->ctx, self->fd, 44));
}

/* Nothing completes here any more that could count the slots meanwhile. */
TEST_F(ring, full_ring_is_empty_after_reaping_in_user_space)
{
	__u32 nr = self->hdr->nr, i;
	int round;
	long ret;

	for (round = 0; round < 10; round++) {
		ret = 1;
		for (i = 0; ret == 1 && i <= nr; i++)
			ret = submit_read(self->ctx, self->fd, i);
		ASSERT_EQ(-EAGAIN, ret);
		EXPECT_LT(8, i);
		self->hdr->head = self->hdr->tail;
	}
	EXPECT_EQ(0, use_ctx(self->ctx, self->fd, 46));
}

struct scribbler {
	pthread_t thread;
	int fd;
	aio_context_t ctx;
	bool stop;
	struct call_failure failure;
};

/* Writes by read(2), which does not mind that the ring may be gone. */
static void *scribble(void *arg)
{
	struct scribbler *s = arg;
	__u32 junk[4];
	unsigned int seed = 7;
	long round, ret;

	for (round = 0; !__atomic_load_n(&s->stop, __ATOMIC_RELAXED); round++) {
		aio_context_t ctx = __atomic_load_n(&s->ctx, __ATOMIC_RELAXED);
		int field = rand_r(&seed) % 4;

		/* Small and huge values, and an id that is right now and then. */
		junk[0] = rand_r(&seed) % 3 ? rand_r(&seed) % 8 : rand_r(&seed) * 2;
		junk[1] = rand_r(&seed) % 2 ? rand_r(&seed) % 256 : rand_r(&seed) * 2;
		ret = result_of(pwrite(s->fd, junk, 8, 0));
		check_result(&s->failure, ret == 8, "pwrite", ret, round);
		if (ctx && field != 1)
			pread(s->fd, (char *)ctx + 4 * field, 4, field ? 4 : 0);
	}
	return NULL;
}

TEST_F_TIMEOUT(ring, scribbling_harms_only_the_scribbler, 120)
{
	struct scribbler s = { .fd = memfd_create("junk", MFD_CLOEXEC) };
	__s64 deadline = test_deadline();
	struct io_event ev[4];
	long ret;
	int i;

	ASSERT_LE(0, s.fd);
	ASSERT_EQ(0, pthread_create(&s.thread, NULL, scribble, &s));
	while (now_ns() < deadline) {
		aio_context_t ctx = setup_ctx(_metadata, 8);

		__atomic_store_n(&s.ctx, ctx, __ATOMIC_RELAXED);
		for (i = 0; i < 50; i++) {
			ret = submit_read(ctx, self->fd, i);
			ASSERT_TRUE(ret == 1 || ret == -EINVAL || ret == -EAGAIN)
			{
				TH_LOG_RESULT("io_submit", ret);
			}
			ret = sys_io_getevents(ctx, 0, 4, ev, 0);
			ASSERT_TRUE(ret == -EINVAL || (ret >= 0 && ret <= 4))
			{
				TH_LOG_RESULT("io_getevents", ret);
			}
		}
		/* A wrong id refuses this too, for as long as it stands there. */
		while (sys_io_destroy(ctx) == -EINVAL)
			;
		__atomic_store_n(&s.ctx, 0, __ATOMIC_RELAXED);
		ASSERT_EQ(self->state.nr + 8, aio_nr());
		ASSERT_EQ(0, use_ctx(self->ctx, self->fd, 45));
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(s.thread, NULL));
	expect_no_failure(_metadata, &s.failure);
	EXPECT_EQ(1, count_rings(NULL));
}

struct migrator {
	pthread_t thread;
	aio_context_t ctx;
	size_t page;
	int nr_pages;
	bool numa;
	bool stop;
	long moved;
	/* Only when none was moved: that some are not is no failure. */
	struct call_failure failure;
};

#define MPOL_MF_MOVE	2

/* Sends the ring from node to node, or has memory compacted under it. */
static void *migrate(void *arg)
{
	struct migrator *m = arg;
	int nodes[64], status[64], round, i;
	void *pages[64];
	long ret;

	for (round = 0; !__atomic_load_n(&m->stop, __ATOMIC_RELAXED); round++) {
		if (!m->numa) {
			ret = write_str("/proc/sys/vm/compact_memory", "1");
			m->moved += check_0(&m->failure, "write to compact_memory",
					    ret, round);
			continue;
		}
		for (i = 0; i < m->nr_pages; i++) {
			pages[i] = (char *)m->ctx + i * m->page;
			nodes[i] = round % 2;
		}
		ret = result_of(syscall(__NR_move_pages, 0, m->nr_pages, pages,
					nodes, status, MPOL_MF_MOVE));
		if (!check_result(&m->failure, ret >= 0, "move_pages", ret, round))
			continue;
		for (i = 0; i < m->nr_pages; i++)
			m->moved += check_result(&m->failure, status[i] == nodes[i],
						 "move_pages of a page", status[i],
						 round);
	}
	return NULL;
}

TEST_F_TIMEOUT(ring, events_survive_page_migration, 120)
{
	struct migrator m = {};
	__s64 deadline = test_deadline();
	struct io_event ev[16];
	__u64 cookie = 0, seen = 0;
	long ret, i;

	/* This one is of several pages. */
	if (!make_room(256))
		SKIP(return, "no room below fs.aio-max-nr");
	m.ctx = setup_ctx(_metadata, 256);
	m.page = page_size();
	m.nr_pages = ring_bytes(m.ctx) / m.page;
	ASSERT_GE(64, m.nr_pages);
	m.numa = !access("/sys/devices/system/node/node1", F_OK);
	if (!m.numa && access("/proc/sys/vm/compact_memory", W_OK))
		SKIP(return, "no second memory node and no vm.compact_memory");
	ASSERT_EQ(0, pthread_create(&m.thread, NULL, migrate, &m));
	while (now_ns() < deadline) {
		for (i = 0; i < 16; i++)
			ASSERT_EQ(1, submit_read(m.ctx, self->fd, cookie++));
		while (seen < cookie) {
			ret = sys_io_getevents(m.ctx, 1, 16, ev, 20 * NSEC_PER_SEC);
			ASSERT_LT(0, ret);
			for (i = 0; i < ret; i++)
				ASSERT_EQ(seen++, ev[i].data);
		}
		/* The next access faults it in again, wherever it is now */
		ASSERT_EQ(0, madvise((void *)m.ctx, m.nr_pages * m.page, MADV_DONTNEED));
	}
	__atomic_store_n(&m.stop, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(m.thread, NULL));
	EXPECT_LT(0, m.moved)
	{
		expect_no_failure(_metadata, &m.failure);
	}
	EXPECT_EQ(0, sys_io_getevents(m.ctx, 0, 16, ev, 0));
	EXPECT_EQ(0, sys_io_destroy(m.ctx));
}

TEST_HARNESS_MAIN
