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

#define EVENTS		30000			/* about a MiB of ring */
#define ALLOWED_KIB	(64 * 1024L)
#define ROUNDS		200			/* three times what is allowed */

static long free_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (file && kib < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %ld", &kib) != 1)
			kib = -1;
	if (file)
		fclose(file);
	return kib;
}

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
	__s64 deadline;
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
	/* Freed after a grace period, by a kworker */
	for (deadline = now_ns() + 10 * NSEC_PER_SEC;
	     self->before - free_kib() > ALLOWED_KIB && now_ns() < deadline;)
		sleep_ns(10 * NSEC_PER_MSEC);
	EXPECT_GT(ALLOWED_KIB, self->before - free_kib());
}

TEST_HARNESS_MAIN
