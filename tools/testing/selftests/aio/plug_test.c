// SPDX-License-Identifier: GPL-2.0
/*
 * What io_submit(2) hands to the block layer in one piece
 *
 * Proves that reads of neighbouring blocks become one request of the disk where
 * io_submit(2) takes more than two: it plugs the queue until it has them all.
 */

#include "aio_common.h"
#include "aio_disk.h"

#define MOST	16
#define PIECE	4096

FIXTURE(plug)
{
	struct aio_state state;
	aio_context_t ctx;
	int disk;
};

FIXTURE_VARIANT(plug)
{
	int nr;
};

FIXTURE_VARIANT_ADD(plug, of_3) {
	.nr = 3,
};

FIXTURE_VARIANT_ADD(plug, of_16) {
	.nr = MOST,
};

FIXTURE_SETUP(plug)
{
	save_aio_state(_metadata, &self->state);
	self->disk = open_slow_disk(NSEC_PER_MSEC);
	if (self->disk < 0)
		SKIP(return, "cannot make a null_blk disk");
	self->ctx = setup_ctx(_metadata, MOST);
}

FIXTURE_TEARDOWN_PARENT(plug)
{
	remove_slow_disk();
	check_aio_state(_metadata, &self->state);
}

/* How many reads of the disk were merged into others since it was made */
static long reads_merged(struct __test_metadata *_metadata)
{
	FILE *file = fopen(NULLB_STAT, "re");
	long reads, merged;

	ASSERT_NE(NULL, file);
	ASSERT_EQ(2, fscanf(file, "%ld %ld", &reads, &merged));
	fclose(file);
	return merged;
}

TEST_F(plug, neighbours_become_one_request)
{
	struct iocb iocb[MOST], *iocbs[MOST];
	struct io_event event[MOST];
	char *buf;
	long before;
	int i;

	buf = map_memory(_metadata, MOST * PIECE, PROT_READ | PROT_WRITE);
	for (i = 0; i < variant->nr; i++) {
		prep_read(&iocb[i], self->disk, buf + i * PIECE, PIECE, i);
		iocb[i].aio_offset = i * PIECE;
		iocbs[i] = &iocb[i];
	}
	before = reads_merged(_metadata);
	ASSERT_EQ(variant->nr, sys_io_submit(self->ctx, variant->nr, iocbs));
	ASSERT_EQ(variant->nr, sys_io_getevents(self->ctx, variant->nr, MOST, event,
						10 * NSEC_PER_SEC));
	EXPECT_EQ(variant->nr - 1, reads_merged(_metadata) - before);
}

TEST_HARNESS_MAIN
