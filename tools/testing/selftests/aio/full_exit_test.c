// SPDX-License-Identifier: GPL-2.0
/*
 * Exit with a context in every slot of the table, and a request in flight
 *
 * Proves that:
 * - exit is through when the last request is, and no earlier, also if that is
 *   done on another CPU while exit still looks at the contexts, and there is no
 *   free slot that would be counted in its stead;
 * - it waits for all contexts at once, not for one after the other.
 *
 * What goes wrong with the first is a lock on a stack that is gone: only a kernel
 * with CONFIG_DEBUG_SPINLOCK is sure to notice.
 */

#include "aio_disk.h"
#include "aio_wait.h"

#define NR_ROUNDS	3
#define MAX_CTX		64
#define MAX_BUSY	32
/* Until the read is done: exit has to be under way by then. */
#define READ_NS		(100 * NSEC_PER_MSEC)

FIXTURE(full_exit)
{
	struct aio_state state;
	int disk;
	int efd;
};

FIXTURE_VARIANT(full_exit)
{
	/* Slots of a table, which has doubled some times */
	int nr;
	/* The context with the request: killed first or last */
	int busy;
};

FIXTURE_VARIANT_ADD(full_exit, of_4_contexts_the_first_busy) {
	.nr = 4,
	.busy = 0,
};

FIXTURE_VARIANT_ADD(full_exit, of_4_contexts_the_last_busy) {
	.nr = 4,
	.busy = 3,
};

FIXTURE_VARIANT_ADD(full_exit, of_64_contexts_the_last_busy) {
	.nr = 64,
	.busy = 63,
};

FIXTURE_SETUP(full_exit)
{
	save_aio_state(_metadata, &self->state);
	self->efd = open_eventfd(_metadata, EFD_NONBLOCK);
	self->disk = open_slow_disk(READ_NS);
	if (self->disk < 0)
		SKIP(return, "cannot make a null_blk disk");
}

FIXTURE_TEARDOWN_PARENT(full_exit)
{
	if (self->disk >= 0)
		remove_slow_disk();
	check_aio_state(_metadata, &self->state);
}

/* In a child: the read is done on one CPU, exit runs on another. */
static void read_and_exit(struct __test_metadata *const _metadata, int nr, int busy,
			  int disk, int efd)
{
	struct iocb iocb, *iocbs[] = { &iocb };
	void *page = map_memory(_metadata, 4096, PROT_READ | PROT_WRITE);
	aio_context_t ctx[MAX_CTX];

	setup_ctxs(_metadata, ctx, nr, 1);
	prep_read(&iocb, disk, page, 4096, 1);
	count_completion(&iocb, efd);
	pin_to_cpu(1);
	ASSERT_EQ(1, sys_io_submit(ctx[busy], 1, iocbs));
	pin_to_cpu(0);
	_exit(0);
}

TEST_F_TIMEOUT(full_exit, waits_for_the_request, 60)
{
	__u64 completed = 0;
	pid_t child;
	int i;

	for (i = 0; i < NR_ROUNDS; i++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			read_and_exit(_metadata, variant->nr, variant->busy,
				      self->disk, self->efd);
		ASSERT_EQ(0, wait_for_child(_metadata, child));
		ASSERT_EQ(sizeof(completed),
			  read(self->efd, &completed, sizeof(completed)));
		EXPECT_EQ(1, completed);
		EXPECT_EQ(self->state.nr, aio_nr());
	}
}

FIXTURE(busy_exit)
{
	struct aio_state state;
	/* Shared with children */
	long before;
};

FIXTURE_SETUP(busy_exit)
{
	save_aio_state(_metadata, &self->state);
}

FIXTURE_TEARDOWN_PARENT(busy_exit)
{
	check_aio_state(_metadata, &self->state);
}

/* In a child: a poll in flight in each of so many contexts */
static void poll_and_exit(struct __test_metadata *const _metadata, int nr, long *before)
{
	struct iocb iocb, *iocbs[] = { &iocb };
	aio_context_t ctx[MAX_BUSY];
	int fds[2], i;

	ASSERT_EQ(0, pipe(fds));
	setup_ctxs(_metadata, ctx, nr, 1);
	prep_poll(&iocb, fds[0], 1);
	for (i = 0; i < nr; i++)
		ASSERT_EQ(1, sys_io_submit(ctx[i], 1, iocbs));
	*before = sleeps(RUSAGE_SELF);
	_exit(0);
}

/* The least of some rounds, as the kernel sleeps for other things now and then. */
static long sleeps_of_exit(struct __test_metadata *const _metadata, int nr, long *before)
{
	long slept, least = LONG_MAX;
	struct rusage usage;
	int round, status;
	siginfo_t info;
	pid_t child;

	for (round = 0; round < 5; round++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			poll_and_exit(_metadata, nr, before);
		ASSERT_EQ(0, waitid(P_PID, child, &info, WEXITED | WNOWAIT));
		/* It counts once more when it is scheduled away for good. */
		sleep_ns(20 * NSEC_PER_MSEC);
		ASSERT_EQ(child, wait4(child, &status, 0, &usage));
		ASSERT_EQ(0, status);
		slept = usage.ru_nvcsw - *before;
		least = slept < least ? slept : least;
	}
	return least;
}

TEST_F_TIMEOUT(busy_exit, waits_for_all_contexts_at_once, 60)
{
	long one = sleeps_of_exit(_metadata, 1, &self->before);
	long many = sleeps_of_exit(_metadata, MAX_BUSY, &self->before);

	TH_LOG("slept %ld times with a context, %ld with %d", one, many, MAX_BUSY);
	EXPECT_LT(0, one);
	/* The cancelled polls are done by workers, which may get in between. */
	EXPECT_GT(one + MAX_BUSY / 2, many);
}

TEST_HARNESS_MAIN
