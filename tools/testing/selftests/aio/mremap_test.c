// SPDX-License-Identifier: GPL-2.0
/*
 * mremap(2) of the ring
 *
 * Proves that:
 * - a ring moved as a whole works at its new address, and io_destroy(2) unmaps
 *   it there and nothing else anywhere;
 * - a ring cannot be moved in part, copied, grown or moved by a forked child,
 *   and the attempt changes nothing;
 * - a ring that was shrunk in place works there, and cannot be moved.
 *
 * mremap_race_test.c has moves that meet the end of the context.
 */

#include "aio_mremap.h"

TEST_F(mremap, can_be_moved_as_a_whole)
{
	char *to = self->area + 2 * self->size, *canary;
	aio_context_t moved = (uintptr_t)to;

	ASSERT_EQ(1, submit_read(self->ctx, self->fd, 41));
	ASSERT_EQ(to, move(self->ctx, self->size, to));
	expect_refused(_metadata, self->ctx, self->fd);

	/* The event that was there has moved along. */
	EXPECT_EQ(0, reap_cookie(moved, 41));
	EXPECT_EQ(0, use_ctx(moved, self->fd, 42));

	canary = map_over(_metadata, (void *)self->ctx, self->size, PROT_READ | PROT_WRITE);
	memcpy(canary, to, sizeof(struct aio_ring));
	expect_refused(_metadata, self->ctx, self->fd);
	memset(canary, 0x33, self->size);

	EXPECT_EQ(0, sys_io_destroy(moved));
	EXPECT_EQ(0, count_rings(NULL));
	EXPECT_FALSE(is_mapped(to));
	EXPECT_FALSE(is_mapped(to + self->size - 1));
	expect_canary(_metadata, canary, self->size, 0x33);
	expect_canary(_metadata, self->area, 2 * self->size, 0x5a);
	expect_canary(_metadata, to + self->size, 2 * self->size, 0x5a);
}

TEST_F(mremap, moves_can_be_repeated)
{
	aio_context_t ctx = self->ctx;
	int i;

	for (i = 0; i < 100; i++) {
		char *to = self->area + (i % 2 ? 3 : 1) * self->size;

		ASSERT_EQ(to, move(ctx, self->size, to));
		ctx = (uintptr_t)to;
		ASSERT_EQ(0, use_ctx(ctx, self->fd, i));
		ASSERT_EQ(1, count_rings(NULL));
	}
	EXPECT_EQ(0, sys_io_destroy(ctx));
	EXPECT_EQ(0, count_rings(NULL));
}

/* Checks that a refused mremap(2) has changed nothing. */
static void expect_untouched(struct __test_metadata *const _metadata,
			     aio_context_t ctx, size_t size, int fd)
{
	EXPECT_EQ(1, count_rings(NULL));
	EXPECT_TRUE(is_mapped((void *)ctx));
	EXPECT_TRUE(is_mapped((char *)ctx + size - 1));
	EXPECT_EQ(0, use_ctx(ctx, fd, 43));
	EXPECT_EQ(0, sys_io_destroy(ctx));
	EXPECT_EQ(0, count_rings(NULL));
}

TEST_F(mremap, cannot_be_copied_by_dontunmap)
{
	EXPECT_EQ(MAP_FAILED, mremap((void *)self->ctx, self->size, self->size,
				     MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL));
	expect_untouched(_metadata, self->ctx, self->size, self->fd);
}

TEST_F(mremap, cannot_be_copied_by_zero_length)
{
	EXPECT_EQ(MAP_FAILED, mremap((void *)self->ctx, 0, self->size,
				     MREMAP_MAYMOVE));
	expect_untouched(_metadata, self->ctx, self->size, self->fd);
}

TEST_F(mremap, cannot_grow)
{
	EXPECT_EQ(MAP_FAILED, mremap((void *)self->ctx, self->size,
				     self->size + self->page, MREMAP_MAYMOVE));
	EXPECT_EQ(MAP_FAILED, mremap((void *)self->ctx, self->size,
				     self->size + self->page, 0));
	expect_untouched(_metadata, self->ctx, self->size, self->fd);
}

TEST_F(mremap, is_refused_to_a_forked_child)
{
	char *to = self->area + 2 * self->size;
	pid_t child;

	if (!child_has_ring(self->ctx))
		SKIP(return, "a child has no ring here");
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		EXPECT_EQ(MAP_FAILED, move(self->ctx, self->size, to));
		expect_refused(_metadata, self->ctx, self->fd);
		expect_refused(_metadata, (uintptr_t)to, self->fd);
		_exit(_metadata->exit_code);
	}
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	expect_untouched(_metadata, self->ctx, self->size, self->fd);
}

/* The ring's file lives on in the child, the context that it belonged to not. */
TEST_F(mremap, is_refused_to_a_child_that_survives_the_context)
{
	char *to = self->area + 2 * self->size, byte;
	int go[2];
	pid_t child;

	if (!child_has_ring(self->ctx))
		SKIP(return, "a child has no ring here");
	ASSERT_EQ(0, pipe(go));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		close(go[1]);
		EXPECT_EQ(0, read(go[0], &byte, 1));
		EXPECT_EQ(MAP_FAILED, move(self->ctx, self->size, to));
		_exit(_metadata->exit_code);
	}
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	/* Its memory goes after another grace period. */
	sleep_ns(500 * NSEC_PER_MSEC);
	close(go[1]);
	EXPECT_EQ(0, wait_for_child(_metadata, child));
}

FIXTURE(partial_move)
{
	struct aio_state state;
	aio_context_t ctx;
	size_t page;
	size_t size;
	char *area;
	int fd;
};

FIXTURE_VARIANT(partial_move)
{
	/* Pages from the start, or from the end when negative. */
	int first;
	int nr;
};

FIXTURE_VARIANT_ADD(partial_move, first_page) {
	.first = 0,
	.nr = 1,
};

FIXTURE_VARIANT_ADD(partial_move, second_page) {
	.first = 1,
	.nr = 1,
};

FIXTURE_VARIANT_ADD(partial_move, last_page) {
	.first = -1,
	.nr = 1,
};

FIXTURE_VARIANT_ADD(partial_move, first_two_pages) {
	.first = 0,
	.nr = 2,
};

FIXTURE_SETUP(partial_move)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->page = page_size();
	self->size = prepare_ring(_metadata, &self->ctx, &self->area);
}

FIXTURE_TEARDOWN_PARENT(partial_move)
{
	check_aio_state(_metadata, &self->state);
}

/* Moves the part of the ring that the variant says. */
static void *move_part(aio_context_t ctx, size_t size, int first, size_t len,
		       void *to)
{
	ssize_t offset = first * (ssize_t)page_size();

	return move(ctx + offset + (first < 0 ? size : 0), len, to);
}

/*
 * Known to fail up to v7.0, see commit 3adf7ae18bf4 ("fs: aio: reject partial
 * mremap to avoid Null-pointer-dereference error").
 */
TEST_F(partial_move, is_refused)
{
	char *to = self->area + 2 * self->size;
	size_t moved = variant->nr * self->page;

	EXPECT_EQ(MAP_FAILED, move_part(self->ctx, self->size, variant->first,
					moved, to));
	EXPECT_EQ(EINVAL, errno);
	expect_untouched(_metadata, self->ctx, self->size, self->fd);
}

/* Known to fail with the one above: io_destroy(2) unmaps what is beside it. */
TEST_F(partial_move, costs_the_neighbours_nothing)
{
	char *to = self->area + 2 * self->size;
	size_t moved = variant->nr * self->page;

	move_part(self->ctx, self->size, variant->first, moved, to);
	if (sys_io_destroy(self->ctx))
		EXPECT_EQ(0, sys_io_destroy((uintptr_t)to));
	EXPECT_EQ(0, count_rings(NULL));
	expect_canary(_metadata, self->area, 2 * self->size, 0x5a);
	expect_canary(_metadata, to + moved, 3 * self->size - moved, 0x5a);
}

FIXTURE(shrunk)
{
	struct aio_state state;
	aio_context_t ctx;
	size_t page;
	size_t size;
	size_t left;
	char *area;
	int fd;
};

FIXTURE_VARIANT(shrunk)
{
	/* Pages to keep, or to give up when negative. */
	int nr;
};

FIXTURE_VARIANT_ADD(shrunk, by_a_page) {
	.nr = -1,
};

FIXTURE_VARIANT_ADD(shrunk, to_a_page) {
	.nr = 1,
};

FIXTURE_SETUP(shrunk)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->page = page_size();
	self->size = prepare_ring(_metadata, &self->ctx, &self->area);
	if (!self->size)
		return;	/* skipped */
	self->left = variant->nr * self->page + (variant->nr < 0 ? self->size : 0);
	ASSERT_EQ((void *)self->ctx, mremap((void *)self->ctx, self->size,
					    self->left, 0));
}

FIXTURE_TEARDOWN_PARENT(shrunk)
{
	check_aio_state(_metadata, &self->state);
}

TEST_F(shrunk, works_in_place)
{
	int i;

	EXPECT_FALSE(is_mapped((char *)self->ctx + self->left));
	/* Its end is used as well: the kernel does not need the mapping. */
	for (i = 0; i < ring_of(self->ctx)->nr + 2; i++)
		ASSERT_EQ(0, use_ctx(self->ctx, self->fd, i));
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(0, count_rings(NULL));
}

/* Fails on kernels as shipped, which unmap what the ring once covered. */
TEST_F(shrunk, costs_what_is_mapped_behind_it_nothing)
{
	char *behind = (char *)self->ctx + self->left;

	map_over(_metadata, behind, self->page, PROT_READ | PROT_WRITE);
	memset(behind, 0x33, self->page);
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(0, count_rings(NULL));
	expect_canary(_metadata, behind, self->page, 0x33);
}

/* Fails where a partial move does: it is taken for one. */
TEST_F(shrunk, cannot_be_moved)
{
	char *to = self->area + 2 * self->size;

	EXPECT_EQ(MAP_FAILED, move(self->ctx, self->left, to));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(1, count_rings(NULL));
	EXPECT_EQ(0, use_ctx(self->ctx, self->fd, 43));
	expect_refused(_metadata, (uintptr_t)to, self->fd);
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(0, count_rings(NULL));
	expect_canary(_metadata, self->area, 2 * self->size, 0x5a);
}

TEST_HARNESS_MAIN
