// SPDX-License-Identifier: GPL-2.0
/*
 * From the handle to the context: what a handle reaches, and what never
 *
 * The handle is the address of a header which user space can write. Proves
 * that:
 * - an id forged in the header is refused, and the old id makes the context
 *   whole again;
 * - an address that is no ring, an old ring or an unmapped ring is refused;
 * - where a second ring was mapped or moved to the address of a first one, the
 *   id in the header there decides which of the two contexts is reached,
 *   whichever came first;
 * - argument checks hold for good and for bad handles.
 */

#include "aio_common.h"

#define NR_CTX	6

FIXTURE(lookup)
{
	struct aio_state state;
	aio_context_t ctx[NR_CTX];
	__u32 id[NR_CTX];
	int fd;
};

FIXTURE_SETUP(lookup)
{
	int i;

	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	setup_ctxs(_metadata, self->ctx, NR_CTX, 1);
	for (i = 0; i < NR_CTX; i++)
		self->id[i] = ring_of(self->ctx[i])->id;
}

FIXTURE_TEARDOWN_PARENT(lookup)
{
	check_aio_state(_metadata, &self->state);
}

/*
 * Submits through context i and looks at the tails, which the kernel writes:
 * with its own id the ring of i receives the event, with another one none does.
 */
static void expect_own_or_refused(struct __test_metadata *const _metadata,
				  const aio_context_t *ctx, const __u32 *id,
				  int i, int fd)
{
	long expected = ring_of(ctx[i])->id == id[i] ? 1 : -EINVAL;
	__u32 tail[NR_CTX];
	struct io_event ev = {};
	long ret;
	int j;

	for (j = 0; j < NR_CTX; j++)
		tail[j] = ring_of(ctx[j])->tail;
	ret = submit_read(ctx[i], fd, 1000 + i);
	EXPECT_EQ(expected, ret)
	{
		TH_LOG("id %#x in %d", ring_of(ctx[i])->id, i);
	}
	for (j = 0; j < NR_CTX; j++) {
		EXPECT_EQ(tail[j] + (j == i && ret == 1), ring_of(ctx[j])->tail)
		{
			TH_LOG("id %#x in %d, tail of %d", ring_of(ctx[i])->id, i, j);
		}
	}

	EXPECT_EQ(expected, sys_io_getevents(ctx[i], 0, 1, &ev, 0));
	if (expected == 1)
		EXPECT_EQ(1000 + i, ev.data);
}

/* Takes what is left in the rings out of them. */
static void drain(const aio_context_t *ctx, int nr)
{
	struct io_event ev[8];
	int i;

	for (i = 0; i < nr; i++)
		while (sys_io_getevents(ctx[i], 0, 8, ev, 0) > 0)
			;
}

TEST_F(lookup, forged_id_never_reaches_another_context)
{
	static const __u32 far[] = {
		15, 16, 17, 63, 64, 65, 255, 256, 1023, 1024, 4095, 4096, 65535,
		65536, 0x00ffffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	};
	struct aio_ring *ring;
	int i, v;

	for (i = 0; i < NR_CTX; i++) {
		ring = ring_of(self->ctx[i]);
		for (v = 0; v < 12 + NR_CTX + ARRAY_SIZE(far); v++) {
			if (v < 12)
				ring->id = v;
			else if (v < 12 + NR_CTX)
				ring->id = self->id[v - 12];
			else
				ring->id = far[v - 12 - NR_CTX];
			expect_own_or_refused(_metadata, self->ctx, self->id, i,
					      self->fd);
		}
		ring->id = self->id[i];
		drain(self->ctx, NR_CTX);
		EXPECT_EQ(0, use_ctx(self->ctx[i], self->fd, i));
	}
}

TEST_F(lookup, swapped_ids_never_cross)
{
	struct aio_ring *a = ring_of(self->ctx[0]);
	struct aio_ring *b = ring_of(self->ctx[3]);

	a->id = self->id[3];
	b->id = self->id[0];
	expect_own_or_refused(_metadata, self->ctx, self->id, 0, self->fd);
	expect_own_or_refused(_metadata, self->ctx, self->id, 3, self->fd);

	a->id = self->id[0];
	b->id = self->id[3];
	drain(self->ctx, NR_CTX);
	EXPECT_EQ(0, use_ctx(self->ctx[0], self->fd, 30));
	EXPECT_EQ(0, use_ctx(self->ctx[3], self->fd, 33));
}

TEST_F(lookup, forged_id_destroys_no_other_context)
{
	int i;

	for (i = 1; i < NR_CTX; i++) {
		struct aio_ring *ring = ring_of(self->ctx[i]);

		ring->id = self->id[0];
		ASSERT_EQ(-EINVAL, sys_io_destroy(self->ctx[i]));
		ring->id = self->id[i];
		EXPECT_EQ(0, use_ctx(self->ctx[i], self->fd, i));
		EXPECT_EQ(0, sys_io_destroy(self->ctx[i]));
		EXPECT_EQ(0, use_ctx(self->ctx[0], self->fd, i));
		EXPECT_EQ(self->state.nr + NR_CTX - i, aio_nr());
	}
}

TEST_F(lookup, id_of_a_dead_context_reaches_nothing_else)
{
	aio_context_t dead = self->ctx[2];
	int i;

	ASSERT_EQ(0, sys_io_destroy(dead));
	self->ctx[2] = self->ctx[NR_CTX - 1];
	for (i = 0; i < NR_CTX - 1; i++) {
		struct aio_ring *ring = ring_of(self->ctx[i]);
		__u32 id = ring->id;

		ring->id = self->id[2];
		EXPECT_EQ(-EINVAL, use_ctx(self->ctx[i], self->fd, 77));
		ring->id = id;
		EXPECT_EQ(0, use_ctx(self->ctx[i], self->fd, i));
	}
	expect_refused(_metadata, dead, self->fd);
}

TEST_F(lookup, destroyed_handle_is_refused)
{
	int i;

	for (i = 0; i < NR_CTX; i++) {
		ASSERT_EQ(0, sys_io_destroy(self->ctx[i]));
		EXPECT_FALSE(is_mapped((void *)self->ctx[i]));
		expect_refused(_metadata, self->ctx[i], self->fd);
	}
	EXPECT_EQ(0, count_rings(NULL));
	EXPECT_EQ(self->state.nr, aio_nr());
}

TEST_F(lookup, argument_checks_depend_on_the_handle)
{
	aio_context_t ctx = self->ctx[0], bad = 0;
	struct iocb foreign = { .aio_key = 1 };
	struct io_event ev;

	EXPECT_EQ(0, sys_io_submit(ctx, 0, NULL));
	EXPECT_EQ(-EINVAL, sys_io_submit(ctx, -1, NULL));
	EXPECT_EQ(-EFAULT, sys_io_submit(ctx, 1, NULL));
	EXPECT_EQ(-EINVAL, sys_io_getevents(ctx, 2, 1, &ev, 0));
	EXPECT_EQ(-EINVAL, sys_io_getevents(ctx, -1, 1, &ev, 0));
	EXPECT_EQ(0, sys_io_getevents(ctx, 0, 0, NULL, 0));
	EXPECT_EQ(-EFAULT, sys_io_cancel(ctx, NULL));

	EXPECT_EQ(-EINVAL, sys_io_submit(bad, 0, NULL));
	EXPECT_EQ(-EINVAL, sys_io_submit(bad, 1, NULL));
	EXPECT_EQ(-EINVAL, sys_io_getevents(bad, 0, 0, NULL, 0));
	EXPECT_EQ(-EINVAL, sys_io_destroy(bad));

	/* io_cancel(2) looks at the request before it looks the handle up. */
	EXPECT_EQ(-EFAULT, sys_io_cancel(bad, NULL));
	EXPECT_EQ(-EINVAL, sys_io_cancel(bad, &foreign));
	EXPECT_EQ(-EINVAL, sys_io_cancel(ctx, &foreign));
	EXPECT_EQ(0, use_ctx(ctx, self->fd, 1));
}

TEST_F(lookup, odd_addresses_are_refused)
{
	aio_context_t ctx = self->ctx[0];
	const aio_context_t odd[] = {
		0, 1, 4, 4096, ctx + 1, ctx + 4, ctx + sizeof(struct aio_ring),
		ctx - 4, ~0UL, ~0UL - 3, ~0UL << 12, 1UL << (sizeof(long) * 8 - 1),
		(aio_context_t)(uintptr_t)&ctx,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(odd); i++)
		expect_refused(_metadata, odd[i], self->fd);
	EXPECT_EQ(0, use_ctx(ctx, self->fd, 1));
}

/* A page that looks like a ring, for every id that some ring has or could. */
TEST_F(lookup, page_with_a_forged_header_is_refused)
{
	struct aio_ring *page;
	int i;

	page = map_memory(_metadata, 4096, PROT_READ | PROT_WRITE);
	expect_refused(_metadata, (uintptr_t)page, self->fd);
	for (i = 0; i < NR_CTX; i++) {
		memcpy(page, (void *)self->ctx[i], 4096);
		expect_refused(_metadata, (uintptr_t)page, self->fd);
		page->id = i;
		expect_refused(_metadata, (uintptr_t)page, self->fd);
		EXPECT_EQ(0, use_ctx(self->ctx[i], self->fd, i));
	}
	ASSERT_EQ(0, mprotect(page, 4096, PROT_NONE));
	expect_refused(_metadata, (uintptr_t)page, self->fd);
	ASSERT_EQ(0, munmap(page, 4096));
	expect_refused(_metadata, (uintptr_t)page, self->fd);
}

TEST_F(lookup, unmapped_ring_keeps_its_quota_until_exit)
{
	int i;

	for (i = 0; i < NR_CTX; i += 2) {
		ASSERT_EQ(0, munmap((void *)self->ctx[i], ring_bytes(self->ctx[i])));
		expect_refused(_metadata, self->ctx[i], self->fd);
	}
	EXPECT_EQ(self->state.nr + NR_CTX, aio_nr());
	for (i = 1; i < NR_CTX; i += 2)
		EXPECT_EQ(0, use_ctx(self->ctx[i], self->fd, i));
}

FIXTURE(same_address)
{
	struct aio_state state;
	aio_context_t first;
	int fd;
};

FIXTURE_VARIANT(same_address)
{
	bool others;
};

/* A context set up first of all is first in a table, others are not. */
FIXTURE_VARIANT_ADD(same_address, alone) {
	.others = false,
};

FIXTURE_VARIANT_ADD(same_address, beside_others) {
	.others = true,
};

FIXTURE_SETUP(same_address)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	if (variant->others)
		self->first = setup_ctx(_metadata, 1);
}

FIXTURE_TEARDOWN_PARENT(same_address)
{
	check_aio_state(_metadata, &self->state);
}

/* Checks that the handle is the context of nr events whose ring is there. */
static void expect_reached(struct __test_metadata *const _metadata,
			   aio_context_t ctx, int fd, int nr)
{
	struct aio_ring *ring = ring_of(ctx);
	__u32 tail = ring->tail;
	long quota = aio_nr();

	ASSERT_EQ(1, submit_read(ctx, fd, 4711));
	EXPECT_EQ(tail + 1, ring->tail);
	EXPECT_EQ(4711, ring->events[tail].data);
	EXPECT_EQ(0, reap_cookie(ctx, 4711));
	EXPECT_EQ(tail + 1, ring->head);
	EXPECT_EQ(0, sys_io_destroy(ctx));
	EXPECT_EQ(quota - nr, aio_nr());
	EXPECT_FALSE(is_mapped((void *)ctx));
}

TEST_F(same_address, newly_mapped_ring_wins)
{
	aio_context_t a = setup_ctx(_metadata, 1), b;
	int i;

	ASSERT_EQ(0, munmap((void *)a, ring_bytes(a)));
	for (i = 0; i < 16; i++) {
		b = setup_ctx(_metadata, 2);
		if (b == a)
			break;
	}
	if (b != a)
		SKIP(return, "no ring was mapped at the old address");
	expect_reached(_metadata, a, self->fd, 2);
	if (self->first)
		EXPECT_EQ(0, use_ctx(self->first, self->fd, 5));
}

/* Moves the ring of b to where the ring of a is. */
static void cover(struct __test_metadata *const _metadata, aio_context_t a,
		  aio_context_t b)
{
	size_t size = ring_bytes(b);

	ASSERT_EQ(ring_bytes(a), size);
	ASSERT_EQ((void *)a, mremap((void *)b, size, size,
				    MREMAP_MAYMOVE | MREMAP_FIXED, (void *)a));
}

TEST_F(same_address, moved_newer_ring_wins)
{
	aio_context_t a = setup_ctx(_metadata, 1);
	aio_context_t b = setup_ctx(_metadata, 2);

	cover(_metadata, a, b);
	EXPECT_EQ(-EINVAL, sys_io_destroy(b));
	expect_reached(_metadata, a, self->fd, 2);
}

TEST_F(same_address, moved_older_ring_wins)
{
	aio_context_t b = setup_ctx(_metadata, 2);
	aio_context_t a = setup_ctx(_metadata, 1);

	cover(_metadata, a, b);
	EXPECT_EQ(-EINVAL, sys_io_destroy(b));
	expect_reached(_metadata, a, self->fd, 2);
}

/*
 * Checks that the id at the address leads to either of two contexts there, the
 * hidden one of 1 event and the one of 2 whose ring it is. Destroys both.
 */
static void expect_id_decides(struct __test_metadata *const _metadata,
			      aio_context_t ctx, __u32 hidden, int fd)
{
	struct aio_ring *ring = ring_of(ctx);
	__u32 shown = ring->id, tail;
	size_t size = ring_bytes(ctx);
	int i;

	ASSERT_NE(hidden, shown);
	for (i = 0; i < 3; i++) {
		ring->id = hidden;
		tail = ring->tail;
		EXPECT_EQ(0, use_ctx(ctx, fd, 2 * i));
		EXPECT_EQ(tail, ring->tail);
		ring->id = shown;
		EXPECT_EQ(0, use_ctx(ctx, fd, 2 * i + 1));
		EXPECT_EQ(tail + 1, ring->tail);
	}
	expect_reached(_metadata, ctx, fd, 2);

	map_over(_metadata, ring, size, PROT_READ | PROT_WRITE);
	ring->id = shown;
	expect_refused(_metadata, ctx, fd);
	ring->id = hidden;
	EXPECT_EQ(0, use_ctx(ctx, fd, 9));
	EXPECT_EQ(0, sys_io_destroy(ctx));
}

TEST_F(same_address, id_decides_after_setup)
{
	aio_context_t a = setup_ctx(_metadata, 1), b;
	__u32 id;

	id = ring_of(a)->id;
	ASSERT_EQ(0, munmap((void *)a, ring_bytes(a)));
	b = setup_ctx(_metadata, 2);
	if (a != b)
		SKIP(return, "the ring was not mapped at the old address");
	expect_id_decides(_metadata, a, id, self->fd);
	EXPECT_EQ(self->state.nr + variant->others, aio_nr());
}

TEST_F(same_address, id_decides_after_move_of_newer)
{
	aio_context_t a = setup_ctx(_metadata, 1);
	aio_context_t b = setup_ctx(_metadata, 2);
	__u32 id;

	id = ring_of(a)->id;
	cover(_metadata, a, b);
	expect_id_decides(_metadata, a, id, self->fd);
	EXPECT_EQ(self->state.nr + variant->others, aio_nr());
}

TEST_F(same_address, id_decides_after_move_of_older)
{
	aio_context_t b = setup_ctx(_metadata, 2);
	aio_context_t a = setup_ctx(_metadata, 1);
	__u32 id;

	id = ring_of(a)->id;
	cover(_metadata, a, b);
	expect_id_decides(_metadata, a, id, self->fd);
	EXPECT_EQ(self->state.nr + variant->others, aio_nr());
}

TEST_HARNESS_MAIN
