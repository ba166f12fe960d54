// SPDX-License-Identifier: GPL-2.0
/*
 * mremap(2) of two rings that lie side by side, in one call
 *
 * Older kernels refuse that as a whole.  Newer ones move one mapping after the
 * other, and leave those moved that came before one that is refused. Proves that
 * in any case:
 * - a context is found where its ring is, and nowhere else;
 * - a ring of which only a part was named stays where it is;
 * - io_destroy(2) unmaps each ring, and nothing else.
 */

#include "aio_ring.h"

FIXTURE(pair)
{
	struct aio_state state;
	aio_context_t ctx[2];
	size_t page;
	size_t size;
	char *area;
	int fd;
};

/* Both rings at the start of the area, one behind the other. */
FIXTURE_SETUP(pair)
{
	int i;

	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->page = page_size();
	self->size = prepare_ring(_metadata, &self->ctx[0], &self->area);
	if (!self->size || !make_room(NR_BIG(self->page)))
		SKIP(return, "no room below fs.aio-max-nr");
	self->ctx[1] = setup_ctx(_metadata, NR_BIG(self->page));
	ASSERT_EQ(self->size, ring_bytes(self->ctx[1]));
	for (i = 0; i < 2; i++) {
		char *to = self->area + i * self->size;

		ASSERT_EQ(to, move(self->ctx[i], self->size, to));
		self->ctx[i] = (uintptr_t)to;
	}
}

FIXTURE_TEARDOWN_PARENT(pair)
{
	check_aio_state(_metadata, &self->state);
}

/* The one address of two that a context is found at */
static aio_context_t found_at(struct __test_metadata *const _metadata,
			      aio_context_t from, aio_context_t to, int fd)
{
	bool moved = !use_ctx(to, fd, 1);

	expect_refused(_metadata, moved ? from : to, fd);
	EXPECT_EQ(0, use_ctx(moved ? to : from, fd, 2));
	return moved ? to : from;
}

static void destroy_both(struct __test_metadata *const _metadata,
			 const aio_context_t *ctx)
{
	EXPECT_EQ(2, count_rings(NULL));
	EXPECT_EQ(0, sys_io_destroy(ctx[0]));
	EXPECT_EQ(1, count_rings(NULL));
	EXPECT_EQ(0, sys_io_destroy(ctx[1]));
	EXPECT_EQ(0, count_rings(NULL));
}

TEST_F(pair, moved_at_once_is_found_where_the_rings_are)
{
	char *to = self->area + 3 * self->size;
	aio_context_t ctx[2];
	void *moved;
	int i;

	moved = move(self->ctx[0], 2 * self->size, to);
	for (i = 0; i < 2; i++) {
		ctx[i] = found_at(_metadata, self->ctx[i],
				  (uintptr_t)to + i * self->size, self->fd);
		EXPECT_EQ(moved == to, ctx[i] != self->ctx[i]);
	}
	destroy_both(_metadata, ctx);
	expect_canary(_metadata, self->area + 2 * self->size, self->size, 0x5a);
}

TEST_F(pair, second_named_in_part_stays)
{
	char *to = self->area + 3 * self->size;
	aio_context_t ctx[2];

	EXPECT_EQ(MAP_FAILED, move(self->ctx[0], self->size + self->page, to));
	ctx[0] = found_at(_metadata, self->ctx[0], (uintptr_t)to, self->fd);
	ctx[1] = found_at(_metadata, self->ctx[1],
			  (uintptr_t)to + self->size, self->fd);
	EXPECT_EQ(self->ctx[1], ctx[1]);
	destroy_both(_metadata, ctx);
	expect_canary(_metadata, self->area + 2 * self->size, self->size, 0x5a);
}

TEST_HARNESS_MAIN
