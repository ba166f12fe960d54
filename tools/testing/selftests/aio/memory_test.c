// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of rings that are gone
 *
 * Proves that contexts with large rings, destroyed one after the other or taken
 * along by exit, leave their memory behind no longer than it takes to make a
 * few: fs.aio-max-nr does not count them any more.
 *
 * Free memory is the machine's, so that others may use some of it meanwhile.
 */

#include "aio_common.h"
#include "aio_memory.h"

#define EVENTS		30000			/* about a MiB of ring */
#define ALLOWED_KIB	(64 * 1024L)
#define ROUNDS		200			/* three times what is allowed */

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

	for (i = 0; i < ROUNDS; i++) {
		aio_context_t ctx = setup_ctx(_metadata, EVENTS);

		ASSERT_EQ(0, sys_io_destroy(ctx));
		now = free_kib();
		least = now < least ? now : least;
	}
	TH_LOG("at most %ld KiB less than before", self->before - least);
	EXPECT_GT(ALLOWED_KIB, self->before - least);
}

TEST_F_TIMEOUT(memory, of_rings_is_free_again_after_exit, 120)
{
	pid_t child;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child) {
			aio_context_t ctx = 0;

			EXPECT_EQ(0, sys_io_setup(EVENTS, &ctx));
			_exit(_metadata->exit_code);
		}
		ASSERT_EQ(0, wait_for_child(_metadata, child));
	}
	EXPECT_LT(self->before - ALLOWED_KIB, free_kib_settled(self->before - ALLOWED_KIB));
}

TEST_HARNESS_MAIN
