// SPDX-License-Identifier: GPL-2.0
/*
 * What is at the address of the ring decides whether a handle is good
 *
 * The kernel reads the id at the address that a system call is given, each time.
 * Proves, for the first, a middle and the last slot of the table, that:
 * - io_submit(2), io_getevents(2), io_cancel(2) and io_destroy(2) return EINVAL
 *   while the ring cannot be read, and work again when it can;
 * - a ring that is read-only, or not present, will do;
 * - any memory with the right id at the address of the ring leads to the
 *   context, and memory with another one never does.
 */

#include "aio_common.h"

/* Fills a table whose size is a power of two or of four. */
#define NR_CTX	16

FIXTURE(handle)
{
	struct aio_state state;
	aio_context_t all[NR_CTX];
	aio_context_t ctx;
	struct iocb poll;
	size_t size;
	__u32 id;
	int pipe[2];
	int fd;
};

FIXTURE_VARIANT(handle)
{
	int slot;
};

FIXTURE_VARIANT_ADD(handle, in_first_slot) {
	.slot = 0,
};

FIXTURE_VARIANT_ADD(handle, in_middle_slot) {
	.slot = 6,
};

FIXTURE_VARIANT_ADD(handle, in_last_slot) {
	.slot = NR_CTX - 1,
};

/* The context has a request in flight, which io_cancel(2) needs. */
FIXTURE_SETUP(handle)
{
	struct iocb *iocbs[] = { &self->poll };

	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	ASSERT_EQ(0, pipe(self->pipe));
	setup_ctxs(_metadata, self->all, NR_CTX, 8);
	self->ctx = self->all[variant->slot];
	self->id = ring_of(self->ctx)->id;
	self->size = ring_bytes(self->ctx);
	prep_poll(&self->poll, self->pipe[0], 55);
	ASSERT_EQ(1, sys_io_submit(self->ctx, 1, iocbs));
}

FIXTURE_TEARDOWN_PARENT(handle)
{
	check_aio_state(_metadata, &self->state);
}

/* Checks that all calls refuse the handle, and what is there, in words. */
static void expect_unreachable(struct __test_metadata *const _metadata,
			       aio_context_t ctx, struct iocb *poll, int fd,
			       const char *what, __u32 id)
{
	long ret[] = {
		submit_read(ctx, fd, 0), sys_io_submit(ctx, 0, NULL),
		sys_io_getevents(ctx, 0, 0, NULL, 0),
		sys_io_cancel(ctx, poll), sys_io_destroy(ctx),
	};
	static const char *const call[] = {
		"io_submit", "io_submit of nothing", "io_getevents", "io_cancel",
		"io_destroy",
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(ret); i++) {
		EXPECT_EQ(-EINVAL, ret[i])
		{
			TH_LOG("%s returned %ld: %s, id %#x", call[i], ret[i],
			       what, id);
		}
	}
}

/* Checks that each call reaches the context, io_destroy(2) last. */
static void expect_reachable(struct __test_metadata *const _metadata,
			     aio_context_t ctx, struct iocb *poll, int fd)
{
	long nr = aio_nr();

	EXPECT_EQ(0, use_ctx(ctx, fd, 56));
	EXPECT_EQ(-EINPROGRESS, sys_io_cancel(ctx, poll));
	/* What a cancelled poll comes to is 0, not the 1 of a read. */
	EXPECT_EQ(-EBADMSG, reap_cookie(ctx, 55));
	EXPECT_EQ(0, sys_io_destroy(ctx));
	EXPECT_EQ(nr - 8, aio_nr());
	expect_unreachable(_metadata, ctx, poll, fd, "destroyed", 0);
}

/* Puts zeroed memory where the ring is, and an id at its beginning. */
static struct aio_ring *
replace_ring(struct __test_metadata *const _metadata, aio_context_t ctx,
	     size_t size, __u32 id)
{
	struct aio_ring *page;

	page = map_over(_metadata, (void *)ctx, size, PROT_READ | PROT_WRITE);
	page->id = id;
	return page;
}

TEST_F(handle, is_refused_while_the_ring_is_protected)
{
	void *ring = ring_of(self->ctx);
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, mprotect(ring, self->size, PROT_NONE));
		expect_unreachable(_metadata, self->ctx, &self->poll, self->fd,
				   "PROT_NONE", self->id);
		ASSERT_EQ(0, mprotect(ring, self->size, PROT_READ | PROT_WRITE));
		EXPECT_EQ(0, use_ctx(self->ctx, self->fd, i));
	}
	expect_reachable(_metadata, self->ctx, &self->poll, self->fd);
	EXPECT_FALSE(is_mapped(ring));
}

TEST_F(handle, works_while_the_ring_is_read_only)
{
	ASSERT_EQ(0, mprotect((void *)self->ctx, self->size, PROT_READ));
	expect_reachable(_metadata, self->ctx, &self->poll, self->fd);
	EXPECT_FALSE(is_mapped((void *)self->ctx));
}

TEST_F(handle, works_while_the_ring_is_not_present)
{
	void *ring = ring_of(self->ctx);

	ASSERT_EQ(0, madvise(ring, self->size, MADV_DONTNEED));
	EXPECT_EQ(0, use_ctx(self->ctx, self->fd, 1));
	ASSERT_EQ(0, madvise(ring, self->size, MADV_DONTNEED));
	expect_reachable(_metadata, self->ctx, &self->poll, self->fd);
}

TEST_F(handle, is_refused_while_the_ring_is_unmapped)
{
	ASSERT_EQ(0, munmap((void *)self->ctx, self->size));
	expect_unreachable(_metadata, self->ctx, &self->poll, self->fd,
			   "unmapped", self->id);
	EXPECT_EQ(self->state.nr + 8 * NR_CTX, aio_nr());

	replace_ring(_metadata, self->ctx, self->size, self->id);
	expect_reachable(_metadata, self->ctx, &self->poll, self->fd);
}

TEST_F(handle, leads_to_the_context_of_the_id_in_other_memory)
{
	struct aio_ring *page;

	page = replace_ring(_metadata, self->ctx, self->size, self->id);
	EXPECT_EQ(0, use_ctx(self->ctx, self->fd, 1));
	/* The events are in the context's own ring, not in what is there now. */
	EXPECT_EQ(0, page->tail);
	EXPECT_EQ(0, page->head);
	EXPECT_EQ(0, page->nr);

	ASSERT_EQ(0, mprotect(page, self->size, PROT_NONE));
	expect_unreachable(_metadata, self->ctx, &self->poll, self->fd,
			   "other memory, PROT_NONE", self->id);
	ASSERT_EQ(0, mprotect(page, self->size, PROT_READ));
	expect_reachable(_metadata, self->ctx, &self->poll, self->fd);
}

TEST_F(handle, is_refused_with_an_id_beyond_the_table)
{
	static const __u32 size[] = {
		4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 65536, 0x100000,
		0x1000000, 0x10000000, 0x20000000, 0x40000000, 0x80000000,
	};
	struct aio_ring *page;
	int i, n;

	page = replace_ring(_metadata, self->ctx, self->size, ~0);
	expect_unreachable(_metadata, self->ctx, &self->poll, self->fd,
			   "wrong id", page->id);
	for (i = 0; i < ARRAY_SIZE(size); i++) {
		for (n = -3; n <= 3; n++) {
			page->id = self->id + n * size[i];
			if (page->id == self->id)
				continue;
			expect_unreachable(_metadata, self->ctx, &self->poll,
					   self->fd, "wrong id", page->id);
		}
	}
	page->id = self->id;
	expect_reachable(_metadata, self->ctx, &self->poll, self->fd);
}

TEST_F(handle, is_refused_with_the_id_of_another)
{
	struct aio_ring *page;
	int i;

	page = replace_ring(_metadata, self->ctx, self->size, 0);
	for (i = 0; i < NR_CTX; i++) {
		if (i == variant->slot)
			continue;
		memcpy(page, ring_of(self->all[i]), sizeof(*page));
		expect_unreachable(_metadata, self->ctx, &self->poll, self->fd,
				   "header of another", page->id);
		EXPECT_EQ(0, ring_of(self->all[i])->tail);
		EXPECT_EQ(0, use_ctx(self->all[i], self->fd, i));
	}
	page->id = self->id;
	expect_reachable(_metadata, self->ctx, &self->poll, self->fd);
}

/* Its slot, and so its id, go to the next context, its address does not. */
TEST_F(handle, of_a_dead_one_is_refused_with_the_id_of_the_next)
{
	aio_context_t next;

	ASSERT_EQ(0, sys_io_destroy(self->ctx));
	replace_ring(_metadata, self->ctx, self->size, self->id);
	next = setup_ctx(_metadata, 8);
	ASSERT_NE(self->ctx, next);
	expect_unreachable(_metadata, self->ctx, &self->poll, self->fd,
			   "id of the next", ring_of(next)->id);
	EXPECT_EQ(self->id, ring_of(next)->id);
	EXPECT_EQ(0, use_ctx(next, self->fd, 1));
}

TEST_HARNESS_MAIN
