// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of rings that are gone
 *
 * Proves that contexts with large rings, destroyed one after the other or taken
 * along by the exit of one process after the other, leave their memory behind no
 * longer than it takes to make a few: fs.aio-max-nr does not count them any more.
 * And that all rings of a process are free in the end.
 *
 * Memory is the machine's, so that others may use some of it meanwhile.
 */

#include "aio_common.h"
#include "aio_memory.h"

#define EVENTS		30000
#define RING_KIB	(EVENTS / 16L)		/* two io_events for each */
#define RINGS		200			/* six times what is allowed */
#define ALLOWED_KIB	(64 * 1024L)
#define MANY		16			/* more than exit frees itself */

FIXTURE(memory)
{
	struct aio_state state;
	long before;
};

FIXTURE_SETUP(memory)
{
	save_aio_state(_metadata, &self->state);
	if (!make_room(EVENTS))
		SKIP(return, "no room for %d events below fs.aio-max-nr", EVENTS);
	self->before = free_kib();
	ASSERT_LT(0, self->before);
	if (self->before < 4 * ALLOWED_KIB)
		SKIP(return, "too little free memory to tell");
}

FIXTURE_TEARDOWN_PARENT(memory)
{
	check_aio_state(_metadata, &self->state);
}

TEST_F_TIMEOUT(memory, of_destroyed_rings_is_free_again, 120)
{
	long least = self->before, now;
	int i;

	for (i = 0; i < RINGS; i++) {
		aio_context_t ctx = setup_ctx(_metadata, EVENTS);

		ASSERT_EQ(0, sys_io_destroy(ctx));
		now = free_kib();
		least = now < least ? now : least;
	}
	TH_LOG("at most %ld KiB less than before", self->before - least);
	EXPECT_GT(ALLOWED_KIB, self->before - least);
}

static void exit_with_rings(struct __test_metadata *_metadata, int nr)
{
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		while (nr--)
			setup_ctx(_metadata, EVENTS);
		_exit(_metadata->exit_code);
	}
	ASSERT_EQ(0, wait_for_child(_metadata, child));
}

TEST_F_TIMEOUT(memory, of_rings_is_free_again_after_exit, 120)
{
	int i;

	if (!make_room(MANY * EVENTS))
		SKIP(return, "no room for %d events below fs.aio-max-nr", MANY * EVENTS);
	for (i = 0; i < RINGS; i += MANY)
		exit_with_rings(_metadata, MANY);
	EXPECT_LT(self->before - ALLOWED_KIB, free_kib_settled(self->before - ALLOWED_KIB));
}

/* One may wait for a grace period as the next is made; the rest is for others */
TEST_F_TIMEOUT(memory, of_rings_does_not_add_up_over_exits, 120)
{
	long before, most, now;
	int i;

	/* What other tests have left is freed by then */
	sleep_ns(NSEC_PER_SEC);
	before = cached_kib();
	ASSERT_LE(0, before);
	most = before;
	for (i = 0; i < RINGS; i++) {
		exit_with_rings(_metadata, 1);
		now = cached_kib();
		most = now > most ? now : most;
	}
	TH_LOG("at most %ld KiB of page cache more than before", most - before);
	EXPECT_GT(3 * RING_KIB, most - before);
}

TEST_HARNESS_MAIN
