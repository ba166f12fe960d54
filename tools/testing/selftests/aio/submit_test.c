// SPDX-License-Identifier: GPL-2.0
/*
 * How many requests io_submit(2) takes
 *
 * Proves that, for few requests and for so many that the kernel plugs:
 * - all are taken and completed, and the call says how many;
 * - those before one that cannot be read, or is bad, are taken, and no more;
 * - if that is the first, the call says why, and takes none;
 * - no more are looked at than were asked for, and none where that is negative;
 * - the number of requests is a long, all of it.
 */

#include "aio_common.h"

#define MOST	16

FIXTURE(submit)
{
	struct aio_state state;
	aio_context_t ctx;
	int fd;
	struct iocb iocb[MOST];
	struct iocb *iocbs[MOST];
	char buf[MOST];
};

FIXTURE_VARIANT(submit)
{
	int nr;
};

FIXTURE_VARIANT_ADD(submit, of_1) {
	.nr = 1,
};

FIXTURE_VARIANT_ADD(submit, of_2) {
	.nr = 2,
};

FIXTURE_VARIANT_ADD(submit, of_3) {
	.nr = 3,
};

FIXTURE_VARIANT_ADD(submit, of_16) {
	.nr = MOST,
};

FIXTURE_SETUP(submit)
{
	int i;

	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->ctx = setup_ctx(_metadata, MOST);
	for (i = 0; i < MOST; i++) {
		prep_read(&self->iocb[i], self->fd, &self->buf[i], 1, i + 1);
		self->iocbs[i] = &self->iocb[i];
	}
}

FIXTURE_TEARDOWN_PARENT(submit)
{
	check_aio_state(_metadata, &self->state);
}

/* The events of the first @nr requests are there, and no others. */
static void expect_events(struct __test_metadata *_metadata,
			  aio_context_t ctx, int nr)
{
	struct io_event event[MOST];
	__u64 seen = 0;
	int i;

	ASSERT_EQ(nr, sys_io_getevents(ctx, nr, MOST, event,
				       10 * NSEC_PER_SEC));
	for (i = 0; i < nr; i++) {
		EXPECT_EQ(1, event[i].res);
		seen |= 1ULL << event[i].data;
	}
	EXPECT_EQ((1ULL << (nr + 1)) - 2, seen);
	EXPECT_EQ(0, sys_io_getevents(ctx, 0, MOST, event, 0));
}

TEST_F(submit, takes_all)
{
	EXPECT_EQ(variant->nr, sys_io_submit(self->ctx, variant->nr, self->iocbs));
	expect_events(_metadata, self->ctx, variant->nr);
}

TEST_F(submit, takes_what_is_before_an_unreadable_one)
{
	int last = variant->nr - 1;

	self->iocbs[last] = NULL;
	EXPECT_EQ(last ? last : -EFAULT,
		  sys_io_submit(self->ctx, variant->nr, self->iocbs));
	expect_events(_metadata, self->ctx, last);
}

TEST_F(submit, takes_what_is_before_a_bad_one)
{
	int last = variant->nr - 1;

	self->iocb[last].aio_fildes = -1;
	EXPECT_EQ(last ? last : -EBADF,
		  sys_io_submit(self->ctx, variant->nr, self->iocbs));
	expect_events(_metadata, self->ctx, last);
}

/* As many as there are: the pointer behind the last one is none. */
TEST_F(submit, counts_in_a_long)
{
	struct iocb *iocbs[MOST + 1] = {};
	int bits;

	if (sizeof(long) == 4)
		SKIP(return, "a long is an int");
	memcpy(iocbs, self->iocbs, variant->nr * sizeof(iocbs[0]));
	for (bits = 31; bits < 63; bits++) {
		EXPECT_EQ(variant->nr, sys_io_submit(self->ctx, 1UL << bits, iocbs));
		expect_events(_metadata, self->ctx, variant->nr);
	}
}

/* There is a request at address 0, if the system lets us have that. */
static void map_request_at_null(const struct iocb *iocb)
{
	void *null = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (null != MAP_FAILED)
		memcpy(null, iocb, sizeof(*iocb));
}

TEST_F(submit, takes_what_is_before_the_end_of_the_array)
{
	size_t page = page_size();
	struct iocb **end;
	char *map;
	int i;

	map = map_memory(_metadata, 2 * page, PROT_READ | PROT_WRITE);
	ASSERT_EQ(0, munmap(map + page, page));
	/* All pointers but the last are in the page */
	end = (struct iocb **)(map + page) - (variant->nr - 1);
	for (i = 0; i < variant->nr - 1; i++)
		end[i] = &self->iocb[i];
	/* A pointer that cannot be read is not NULL */
	map_request_at_null(&self->iocb[i]);

	EXPECT_EQ(i ? i : -EFAULT, sys_io_submit(self->ctx, variant->nr, end));
	expect_events(_metadata, self->ctx, i);
}

TEST_F(submit, looks_at_no_more_than_asked_for)
{
	int first = variant->nr - 1;

	self->iocbs[first] = NULL;
	EXPECT_EQ(first, sys_io_submit(self->ctx, first, self->iocbs));
	EXPECT_EQ(-EINVAL, sys_io_submit(self->ctx, -1, self->iocbs));
	EXPECT_EQ(-EINVAL, sys_io_submit(self->ctx, -variant->nr, self->iocbs));
	expect_events(_metadata, self->ctx, first);
}

TEST_HARNESS_MAIN
