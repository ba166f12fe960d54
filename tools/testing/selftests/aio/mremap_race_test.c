// SPDX-License-Identifier: GPL-2.0
/*
 * mremap(2) of a ring whose context ends meanwhile
 *
 * Proves that a move leaves no mapping and does no harm:
 * - by another thread, while io_destroy(2) unmaps the ring;
 * - by a forked child, which has the mapping on some kernels, while the context
 *   is destroyed, or io_setup(2) fails and frees it at once.
 */

#include "aio_lockstep.h"
#include "aio_mremap.h"

#include <sys/prctl.h>

struct mover {
	struct lockstep steps;
	aio_context_t from;
	char *spot[2];
	size_t size;
};

/* Moves the ring to and fro until it is gone. */
static void *move_to_and_fro(void *arg)
{
	struct mover *mover = arg;
	int i;

	pin_to_cpu(1);
	while (lockstep_next(&mover->steps)) {
		i = 0;
		if (move(mover->from, mover->size, mover->spot[0]) != MAP_FAILED)
			while (move((uintptr_t)mover->spot[i], mover->size,
				    mover->spot[!i]) != MAP_FAILED)
				i = !i;
		lockstep_meet(&mover->steps);
	}
	return NULL;
}

TEST_F_TIMEOUT(mremap, racing_with_destroy_leaves_no_mapping, 120)
{
	struct mover mover = { .size = self->size };
	__s64 deadline = test_deadline();
	aio_context_t ctx = self->ctx;

	mover.spot[0] = self->area + self->size;
	mover.spot[1] = self->area + 3 * self->size;
	lockstep_start(_metadata, &mover.steps, move_to_and_fro, &mover);
	for (;;) {
		mover.from = ctx;
		lockstep_meet(&mover.steps);
		while (sys_io_destroy(ctx) && sys_io_destroy((uintptr_t)mover.spot[0]) &&
		       sys_io_destroy((uintptr_t)mover.spot[1]))
			;
		lockstep_meet(&mover.steps);
		ASSERT_EQ(0, count_rings(NULL));
		ASSERT_EQ(self->state.nr, aio_nr());
		expect_canary(_metadata, self->area, self->size, 0x5a);
		expect_canary(_metadata, self->area + 2 * self->size, self->size, 0x5a);
		expect_canary(_metadata, self->area + 4 * self->size, self->size, 0x5a);
		if (now_ns() > deadline)
			break;

		/* The holes are filled again, so that the next ring goes elsewhere. */
		map_over(_metadata, mover.spot[0], self->size, PROT_NONE);
		map_over(_metadata, mover.spot[1], self->size, PROT_NONE);
		ctx = setup_ctx(_metadata, NR_BIG(self->page));
	}
	lockstep_stop(_metadata, &mover.steps);
}

struct inheritor {
	aio_context_t ctx;
	aio_context_t own;
	size_t size;
	char *to;
	bool *stop;
};

/* A child tries to move the ring that it has from its parent. */
static void try_to_move(struct __test_metadata *const _metadata,
			struct inheritor *i)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin_to_cpu(1);
	/* With contexts of its own, too, there is a table to search. */
	EXPECT_EQ(0, sys_io_setup(1, &i->own));
	while (!__atomic_load_n(i->stop, __ATOMIC_RELAXED)) {
		ASSERT_EQ(MAP_FAILED, move(i->ctx, i->size, i->to));
		ASSERT_EQ(EINVAL, errno);
	}
	_exit(_metadata->exit_code);
}

TEST_F_TIMEOUT(mremap, by_a_child_while_the_parent_destroys_is_refused, 120)
{
	struct inheritor inheritor = { .ctx = self->ctx, .size = self->size };
	__s64 deadline = test_deadline();
	pid_t child;

	if (!child_has_ring(self->ctx))
		SKIP(return, "a child has no ring here");
	inheritor.to = self->area + 2 * self->size;
	inheritor.stop = map_shared(_metadata, page_size());
	pin_to_cpu(0);
	do {
		*inheritor.stop = false;
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			try_to_move(_metadata, &inheritor);
		sleep_ns(rand() % (3 * NSEC_PER_MSEC));
		ASSERT_EQ(0, sys_io_destroy(inheritor.ctx));
		/* Its memory goes a grace period later. */
		sleep_ns(rand() % (20 * NSEC_PER_MSEC));
		__atomic_store_n(inheritor.stop, true, __ATOMIC_RELAXED);
		ASSERT_EQ(0, wait_for_child(_metadata, child));
		ASSERT_EQ(self->state.nr, aio_nr());
		inheritor.ctx = setup_ctx(_metadata, NR_BIG(self->page));
	} while (now_ns() < deadline);
	EXPECT_EQ(0, use_ctx(inheritor.ctx, self->fd, 1));
}

struct loser {
	struct lockstep steps;
	struct call_failure failure;
};

/* Each of its rings is mapped, and freed without waiting for anybody. */
static void *fail_to_set_up(void *arg)
{
	struct loser *loser = arg;
	aio_context_t none;
	long ret, i;

	pin_to_cpu(1);
	while (lockstep_next(&loser->steps)) {
		for (i = 0; i < 10; i++) {
			none = 0;
			ret = sys_io_setup(2, &none);
			check_result(&loser->failure, ret == -EAGAIN, "io_setup", ret, i);
		}
		lockstep_meet(&loser->steps);
	}
	return NULL;
}

/* If it was forked while the ring was mapped, there is no room for its own there. */
static void try_to_move_once(struct __test_metadata *const _metadata,
			     struct inheritor *i)
{
	ASSERT_EQ(0, sys_io_setup(1, &i->own));
	if (i->own == i->ctx)
		_exit(0);
	EXPECT_EQ(MAP_FAILED, move(i->ctx, i->size, i->to));
	EXPECT_TRUE(errno == EINVAL || errno == EFAULT);
	_exit(_metadata->exit_code);
}

TEST_F_TIMEOUT(mremap, by_a_child_while_setup_fails_is_refused, 120)
{
	struct inheritor inheritor = { .to = self->area };
	__s64 deadline = test_deadline();
	struct loser loser = {};
	pid_t child;

	if (!child_has_ring(self->ctx))
		SKIP(return, "a child has no ring here");
	lockstep_start(_metadata, &loser.steps, fail_to_set_up, &loser);
	/* Where the next one will be, too, for which there is no room */
	inheritor.ctx = setup_ctx(_metadata, 2);
	inheritor.size = ring_bytes(inheritor.ctx);
	ASSERT_EQ(0, sys_io_destroy(inheritor.ctx));
	if (write_long(AIO_MAX_NR_PATH, aio_nr() + 1))
		SKIP(return, "cannot set fs.aio-max-nr");
	do {
		lockstep_meet(&loser.steps);
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			try_to_move_once(_metadata, &inheritor);
		ASSERT_EQ(0, wait_for_child(_metadata, child));
		lockstep_meet(&loser.steps);
	} while (now_ns() < deadline);
	lockstep_stop(_metadata, &loser.steps);
	expect_no_failure(_metadata, &loser.failure);
}

TEST_HARNESS_MAIN
