// SPDX-License-Identifier: GPL-2.0
/*
 * Save and restore of a context, as CRIU does it
 *
 * There is no call to set the position in the ring of a new context. CRIU sets
 * up one of the same size, submits writes to /dev/null until the kernel has
 * come to the tail that was saved, copies the ring, and moves it to the address
 * that was saved. Proves that:
 * - the restored context has the name, the size, the head, the tail and the
 *   events of the one that was saved;
 * - it goes on from there, as often as it is wrapped around, and takes as many
 *   requests as before.
 */

#include "aio_common.h"

#define NR_EVENTS	8

FIXTURE(restore)
{
	struct aio_state state;
	struct aio_ring *saved;
	aio_context_t ctx;
	size_t size;
	int fd;
};

FIXTURE_VARIANT(restore)
{
	/* How many events were reaped, once around the ring more, and were not. */
	bool wrapped;
	int reaped;
	int left;
};

FIXTURE_VARIANT_ADD(restore, unused) {
};

FIXTURE_VARIANT_ADD(restore, all_reaped) {
	.reaped = 5,
};

FIXTURE_VARIANT_ADD(restore, some_left) {
	.reaped = 3,
	.left = 4,
};

FIXTURE_VARIANT_ADD(restore, all_left) {
	.left = NR_EVENTS,
};

FIXTURE_VARIANT_ADD(restore, wrapped) {
	.wrapped = true,
	.reaped = 7,
	.left = 4,
};

/* The tail is before the head. */
FIXTURE_VARIANT_ADD(restore, wrapped_between) {
	.wrapped = true,
	.reaped = -3,
	.left = 6,
};

/* Uses a context, saves its ring, and destroys it. */
FIXTURE_SETUP(restore)
{
	int reaped, i;

	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->ctx = setup_ctx(_metadata, NR_EVENTS);
	self->size = ring_bytes(self->ctx);
	reaped = variant->reaped;
	if (variant->wrapped)
		reaped += ring_of(self->ctx)->nr;
	for (i = 0; i < reaped; i++)
		ASSERT_EQ(0, use_ctx(self->ctx, self->fd, i));
	for (i = 0; i < variant->left; i++)
		ASSERT_EQ(1, submit_read(self->ctx, self->fd, 100 + i));

	self->saved = malloc(self->size);
	ASSERT_NE(NULL, self->saved);
	memcpy(self->saved, ring_of(self->ctx), self->size);
	ASSERT_EQ(0, sys_io_destroy(self->ctx));
}

FIXTURE_TEARDOWN_PARENT(restore)
{
	check_aio_state(_metadata, &self->state);
}

/* Submits so many writes, and takes the events out by moving the head. */
static void advance_tail(struct __test_metadata *const _metadata,
			 aio_context_t ctx, __u32 count)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct aio_ring *ring = ring_of(ctx);
	struct iocb iocb, *iocbs[NR_EVENTS];
	long nr, i;

	ASSERT_LE(0, fd);
	prep_rw(&iocb, IOCB_CMD_PWRITE, fd, &nr, 1, 0);
	for (i = 0; i < NR_EVENTS; i++)
		iocbs[i] = &iocb;
	while (count) {
		nr = sys_io_submit(ctx, count < NR_EVENTS ? count : NR_EVENTS,
				   iocbs);
		ASSERT_LT(0, nr);
		count -= nr;
		ring->head = ring->tail;
	}
	close(fd);
}

/* Returns the context that has taken the place of the saved one. */
static aio_context_t restore(struct __test_metadata *const _metadata,
			     const struct aio_ring *saved, aio_context_t addr,
			     size_t size)
{
	aio_context_t ctx, other;
	struct aio_ring *ring;

	/* So that it is not at the address already. */
	other = setup_ctx(_metadata, 1);
	ctx = setup_ctx(_metadata, NR_EVENTS);
	ASSERT_NE(addr, ctx);
	ring = ring_of(ctx);
	ASSERT_EQ(saved->nr, ring->nr);
	/* When the tail is before the head, once around: as the kernel counts. */
	advance_tail(_metadata, ctx, saved->tail +
		     (saved->tail < saved->head ? saved->nr : 0));
	ASSERT_EQ(saved->tail, ring->tail);
	ring->head = saved->head;
	memcpy(ring->events, saved->events, size - sizeof(*saved));
	if (other == addr)
		ASSERT_EQ(0, sys_io_destroy(other));
	ASSERT_EQ((void *)addr, mremap(ring, size, size,
				       MREMAP_MAYMOVE | MREMAP_FIXED,
				       (void *)addr));
	return addr;
}

TEST_F(restore, has_the_position_and_the_events)
{
	aio_context_t ctx = restore(_metadata, self->saved, self->ctx, self->size);
	struct io_event ev[NR_EVENTS + 1];
	long i;

	EXPECT_EQ(self->saved->nr, ring_of(ctx)->nr);
	EXPECT_EQ(self->saved->head, ring_of(ctx)->head);
	EXPECT_EQ(self->saved->tail, ring_of(ctx)->tail);
	ASSERT_EQ(variant->left, sys_io_getevents(ctx, 0, NR_EVENTS + 1, ev, 0));
	for (i = 0; i < variant->left; i++)
		EXPECT_EQ(100 + i, ev[i].data);
	EXPECT_EQ(self->saved->tail, ring_of(ctx)->head);
	EXPECT_EQ(0, use_ctx(ctx, self->fd, 1));
	EXPECT_EQ(0, sys_io_destroy(ctx));
	EXPECT_FALSE(is_mapped((void *)ctx));
}

TEST_F(restore, goes_on_around_the_ring)
{
	aio_context_t ctx = restore(_metadata, self->saved, self->ctx, self->size);
	struct io_event ev, left[NR_EVENTS];
	int i;

	for (i = 0; i < 3 * self->saved->nr; i++) {
		ASSERT_EQ(1, submit_read(ctx, self->fd, 100 + variant->left + i));
		ASSERT_EQ(1, sys_io_getevents(ctx, 1, 1, &ev, NSEC_PER_SEC));
		ASSERT_EQ(100 + i, ev.data);
	}
	EXPECT_EQ(variant->left, sys_io_getevents(ctx, 0, NR_EVENTS, left, 0));
}

TEST_F(restore, takes_as_many_requests)
{
	aio_context_t ctx = restore(_metadata, self->saved, self->ctx, self->size);
	struct io_event ev[NR_EVENTS];
	int round, i;

	ASSERT_EQ(variant->left, sys_io_getevents(ctx, 0, NR_EVENTS, ev, 0));
	for (round = 0; round < 5; round++) {
		for (i = 0; i < NR_EVENTS; i++)
			ASSERT_EQ(1, submit_read(ctx, self->fd, i));
		ASSERT_EQ(NR_EVENTS, sys_io_getevents(ctx, NR_EVENTS, NR_EVENTS,
						      ev, NSEC_PER_SEC));
		for (i = 0; i < NR_EVENTS; i++)
			ASSERT_EQ(i, ev[i].data);
	}
}

TEST_HARNESS_MAIN
