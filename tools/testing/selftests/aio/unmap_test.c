// SPDX-License-Identifier: GPL-2.0
/*
 * What io_destroy(2) unmaps: all of its ring, and nothing but its ring
 *
 * Proves that:
 * - a ring that mprotect(2) has split into several mappings is unmapped whole;
 * - what took the place of the ring, or of a part of it, is spared, be it a
 *   program's own memory or the ring of another context.
 */

#include "aio_ring.h"

FIXTURE(unmap)
{
	struct aio_state state;
	aio_context_t ctx;
	size_t page;
	size_t size;
	char *area;
	int fd;
};

FIXTURE_SETUP(unmap)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->page = page_size();
	self->size = prepare_ring(_metadata, &self->ctx, &self->area);
}

FIXTURE_TEARDOWN_PARENT(unmap)
{
	check_aio_state(_metadata, &self->state);
}

static void expect_unmapped(struct __test_metadata *const _metadata,
			    const char *addr, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += page_size()) {
		EXPECT_FALSE(is_mapped(addr + i))
		{
			TH_LOG("mapped at %#zx of %#zx bytes", i, size);
		}
	}
}

/* Puts a mapping of the program's own where a part of the ring is. */
static void replace(struct __test_metadata *const _metadata, void *addr,
		    size_t size)
{
	map_over(_metadata, addr, size, PROT_READ | PROT_WRITE);
	memset(addr, 0x33, size);
}

TEST_F(unmap, destroy_unmaps_two_pieces)
{
	char *ring = (char *)self->ctx;

	ASSERT_EQ(0, mprotect(ring + self->size - self->page, self->page,
			      PROT_READ));
	ASSERT_EQ(2, count_rings(NULL));
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(0, count_rings(NULL));
	expect_unmapped(_metadata, ring, self->size);
}

TEST_F(unmap, destroy_unmaps_three_pieces)
{
	char *ring = (char *)self->ctx;

	ASSERT_EQ(0, mprotect(ring + self->page, self->page, PROT_NONE));
	ASSERT_EQ(3, count_rings(NULL));
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(0, count_rings(NULL));
	expect_unmapped(_metadata, ring, self->size);
}

TEST_F(unmap, destroy_unmaps_both_sides_of_a_hole)
{
	char *ring = (char *)self->ctx;

	ASSERT_EQ(0, munmap(ring + self->page, self->page));
	ASSERT_EQ(2, count_rings(NULL));
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(0, count_rings(NULL));
	expect_unmapped(_metadata, ring, self->size);
}

TEST_F(unmap, destroy_unmaps_a_moved_ring_in_pieces)
{
	char *to = self->area + 2 * self->size;

	ASSERT_EQ(to, move(self->ctx, self->size, to));
	ASSERT_EQ(0, mprotect(to + self->page, self->page, PROT_NONE));
	EXPECT_EQ(0, sys_io_destroy((uintptr_t)to));
	EXPECT_EQ(0, count_rings(NULL));
	expect_unmapped(_metadata, to, self->size);
	expect_canary(_metadata, self->area, 2 * self->size, 0x5a);
	expect_canary(_metadata, to + self->size, 2 * self->size, 0x5a);
}

#ifdef __NR_mseal
/* Fails on kernels as shipped, which unmap all or nothing. */
TEST_F(unmap, destroy_unmaps_what_is_not_sealed)
{
	char *ring = (char *)self->ctx;
	long ret = result_of(syscall(__NR_mseal, ring + self->page, self->page, 0));

	if (ret == -ENOSYS || ret == -EPERM)
		SKIP(return, "no mseal(2) here");
	ASSERT_EQ(0, ret);
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(1, count_rings(NULL));
	EXPECT_TRUE(is_mapped(ring + self->page));
	expect_unmapped(_metadata, ring, self->page);
	expect_unmapped(_metadata, ring + 2 * self->page, self->size - 2 * self->page);
}
#endif

/* Fails on kernels as shipped, which unmap whatever is in the range. */
TEST_F(unmap, destroy_spares_what_replaced_a_page)
{
	char *hole = (char *)self->ctx + self->size - self->page;

	replace(_metadata, hole, self->page);
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(0, count_rings(NULL));
	expect_canary(_metadata, hole, self->page, 0x33);
}

/* Fails with the one above. */
TEST_F(unmap, destroy_spares_what_is_between_two_pieces)
{
	char *ring = (char *)self->ctx;

	replace(_metadata, ring + self->page, self->page);
	ASSERT_EQ(2, count_rings(NULL));
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(0, count_rings(NULL));
	expect_canary(_metadata, ring + self->page, self->page, 0x33);
	expect_unmapped(_metadata, ring, self->page);
	expect_unmapped(_metadata, ring + 2 * self->page,
			self->size - 2 * self->page);
}

/* Fails with the one above. */
TEST_F(unmap, destroy_spares_what_replaced_the_ring)
{
	struct aio_ring header = *ring_of(self->ctx);
	char *canary = (char *)self->ctx;

	replace(_metadata, canary, self->size);
	memcpy(canary, &header, sizeof(header));
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(self->state.nr, aio_nr());
	expect_canary(_metadata, canary + sizeof(header),
		      self->size - sizeof(header), 0x33);
}

/* Fails with the one above. */
TEST_F(unmap, destroy_spares_a_file_that_replaced_a_page)
{
	char *hole = (char *)self->ctx + self->size - self->page;

	ASSERT_EQ(0, ftruncate(self->fd, self->page));
	ASSERT_EQ(hole, mmap(hole, self->page, PROT_READ,
			     MAP_SHARED | MAP_FIXED, self->fd, 0));
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(0, count_rings(NULL));
	ASSERT_TRUE(is_mapped(hole));
	EXPECT_EQ(0, memcmp(hole, "data", 4));
}

FIXTURE(other_ring)
{
	struct aio_state state;
	aio_context_t ctx;
	aio_context_t other;
	size_t size;
	size_t other_size;
	int fd;
};

FIXTURE_VARIANT(other_ring)
{
	/* In sizes of the other ring; -1: at the end */
	int offset;
};

FIXTURE_VARIANT_ADD(other_ring, at_the_start) {
	.offset = 0,
};

FIXTURE_VARIANT_ADD(other_ring, in_the_middle) {
	.offset = 1,
};

FIXTURE_VARIANT_ADD(other_ring, at_the_end) {
	.offset = -1,
};

FIXTURE_SETUP(other_ring)
{
	int nr;

	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->other = setup_ctx(_metadata, 1);
	self->other_size = ring_bytes(self->other);
	nr = 3 * self->other_size / sizeof(struct io_event);
	if (!make_room(nr))
		SKIP(return, "no room below fs.aio-max-nr");
	self->ctx = setup_ctx(_metadata, nr);
	self->size = ring_bytes(self->ctx);
	ASSERT_LE(3 * self->other_size, self->size);
}

FIXTURE_TEARDOWN_PARENT(other_ring)
{
	check_aio_state(_metadata, &self->state);
}

/* Fails on kernels as shipped, which unmap whatever is in the range. */
TEST_F(other_ring, is_spared)
{
	size_t offset = variant->offset < 0 ? self->size - self->other_size :
		variant->offset * self->other_size;
	aio_context_t moved = self->ctx + offset;
	__u32 id = ring_of(self->ctx)->id, other_id = ring_of(self->other)->id;

	ASSERT_EQ((void *)moved, move(self->other, self->other_size,
				      (void *)moved));
	EXPECT_EQ(0, use_ctx(moved, self->fd, 1));
	/* At the start, it is the id there that says which of them is meant. */
	ring_of(self->ctx)->id = id;
	EXPECT_EQ(0, use_ctx(self->ctx, self->fd, 2));
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(self->state.nr + 1, aio_nr());
	expect_unmapped(_metadata, (char *)self->ctx, offset);
	expect_unmapped(_metadata, (char *)moved + self->other_size,
			self->size - offset - self->other_size);

	ASSERT_TRUE(is_mapped((void *)moved));
	ring_of(moved)->id = other_id;
	EXPECT_EQ(0, use_ctx(moved, self->fd, 3));
	EXPECT_EQ(0, sys_io_destroy(moved));
	EXPECT_EQ(0, count_rings(NULL));
}

TEST_HARNESS_MAIN
