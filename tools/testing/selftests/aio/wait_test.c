// SPDX-License-Identifier: GPL-2.0
/*
 * io_destroy(2) of an idle context does not wait
 *
 * Proves that while no request is in flight and no call is in the context:
 * - io_destroy(2) never sleeps, whoever else shares the memory of the process,
 *   asleep or running, and whoever has used the context, on whichever CPU;
 * - neither does an io_setup(2) that fails because it cannot return the name.
 *
 * Counts voluntary context switches, as times would depend on the machine.
 * Kernels as shipped sleep once in each io_destroy(2), for a grace period or two.
 * With requests in flight it has to wait: see inflight_test.c.
 */

#include "aio_wait.h"

FIXTURE(destroy)
{
	struct aio_state state;
	struct companion companion;
	aio_context_t ctx[NR_CALLS];
	int fd;
};

FIXTURE_VARIANT(destroy)
{
	enum company company;
};

FIXTURE_VARIANT_ADD(destroy, alone) {
	.company = ALONE,
};

FIXTURE_VARIANT_ADD(destroy, beside_a_thread_asleep) {
	.company = THREAD_ASLEEP,
};

FIXTURE_VARIANT_ADD(destroy, beside_a_thread_waiting_for_events) {
	.company = THREAD_WAITING_FOR_EVENTS,
};

FIXTURE_VARIANT_ADD(destroy, beside_a_thread_spinning) {
	.company = THREAD_SPINNING,
};

FIXTURE_VARIANT_ADD(destroy, after_a_thread) {
	.company = THREAD_GONE,
};

FIXTURE_VARIANT_ADD(destroy, beside_a_child_with_the_same_memory) {
	.company = VM_CHILD_ASLEEP,
};

FIXTURE_VARIANT_ADD(destroy, after_a_child_with_the_same_memory) {
	.company = VM_CHILD_GONE,
};

FIXTURE_VARIANT_ADD(destroy, beside_a_forked_child) {
	.company = FORKED_CHILD_ASLEEP,
};

FIXTURE_VARIANT_ADD(destroy, after_a_forked_child) {
	.company = FORKED_CHILD_GONE,
};

FIXTURE_SETUP(destroy)
{
	/* The threads of a process there take turns with a mutex of its mm */
	if (variant->company == THREAD_SPINNING && is_uml())
		SKIP(return, "UML: an io_destroy(2) may wait for the other thread");
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	pin_to_cpu(0);
	start_companion(_metadata, &self->companion, variant->company);
}

FIXTURE_TEARDOWN_PARENT(destroy)
{
	check_aio_state(_metadata, &self->state);
}

#define ENOUGH_SLEEPS	10
/* What the kernel may sleep for beside grace periods is rare. */
#define MAX_ROUNDS	3

static void begin_round(struct __test_metadata *const _metadata,
			struct destroyer *d, aio_context_t *ctx)
{
	*d = (struct destroyer){
		.ctx = ctx,
		.nr = NR_CALLS,
		.enough = ENOUGH_SLEEPS,
	};
	setup_ctxs(_metadata, ctx, NR_CALLS, 1);
}

static bool try_again(struct __test_metadata *const _metadata,
		      const struct destroyer *d, int round)
{
	expect_no_failure(_metadata, &d->failure);
	return !d->failure.nr && round < MAX_ROUNDS && d->slept && d->slept < ENOUGH_SLEEPS;
}

static void expect_no_sleep(struct __test_metadata *const _metadata,
			    const struct destroyer *d)
{
	EXPECT_EQ(0, d->slept)
	{
		TH_LOG("slept %ld times in %d calls", d->slept, d->done);
	}
}

TEST_F_TIMEOUT(destroy, does_not_sleep, 120)
{
	struct destroyer d;
	int round = 0;

	do {
		begin_round(_metadata, &d, self->ctx);
		destroy_them(&d);
	} while (try_again(_metadata, &d, ++round));
	expect_no_sleep(_metadata, &d);
	stop_companion(_metadata, &self->companion);
}

TEST_F_TIMEOUT(destroy, by_another_thread_does_not_sleep, 120)
{
	struct destroyer d;
	pthread_t thread;
	int round = 0;

	do {
		begin_round(_metadata, &d, self->ctx);
		ASSERT_EQ(0, pthread_create(&thread, NULL, destroy_them, &d));
		ASSERT_EQ(0, pthread_join(thread, NULL));
	} while (try_again(_metadata, &d, ++round));
	expect_no_sleep(_metadata, &d);
	stop_companion(_metadata, &self->companion);
}

/* Submits on one CPU and reaps on another, which need not add up on either. */
TEST_F_TIMEOUT(destroy, of_used_contexts_does_not_sleep, 120)
{
	struct destroyer d;
	int round = 0;

	do {
		begin_round(_metadata, &d, self->ctx);
		submit_to_all(_metadata, self->ctx, NR_CALLS, self->fd, 0);
		pin_to_cpu(1);
		reap_from_all(_metadata, self->ctx, NR_CALLS, 0);
		pin_to_cpu(0);
		destroy_them(&d);
	} while (try_again(_metadata, &d, ++round));
	expect_no_sleep(_metadata, &d);
	stop_companion(_metadata, &self->companion);
}

FIXTURE(failing_setup)
{
	struct aio_state state;
	struct companion companion;
	aio_context_t *read_only;
};

FIXTURE_SETUP(failing_setup)
{
	save_aio_state(_metadata, &self->state);
	self->read_only = map_memory(_metadata, page_size(), PROT_READ);
	start_companion(_metadata, &self->companion, THREAD_ASLEEP);
}

FIXTURE_TEARDOWN_PARENT(failing_setup)
{
	check_aio_state(_metadata, &self->state);
}

/* What cannot return the name destroys the context; it has never waited. */
TEST_F(failing_setup, does_not_sleep)
{
	long before = sleeps(RUSAGE_THREAD), slept;
	int i;

	for (i = 0; i < NR_CALLS; i++)
		ASSERT_EQ(-EFAULT, sys_io_setup(1, self->read_only));
	slept = sleeps(RUSAGE_THREAD) - before;
	/* Memory is allocated, so it may sleep now and then. */
	EXPECT_GT(NR_CALLS / 10, slept);
	stop_companion(_metadata, &self->companion);
}

FIXTURE(growth)
{
	struct aio_state state;
	aio_context_t ctx[NR_CALLS];
};

FIXTURE_SETUP(growth)
{
	save_aio_state(_metadata, &self->state);
}

FIXTURE_TEARDOWN_PARENT(growth)
{
	check_aio_state(_metadata, &self->state);
}

/* From 4 slots to 128 in five steps, none of which waits for who reads the old table */
TEST_F(growth, of_the_table_does_not_sleep)
{
	long before = sleeps(RUSAGE_THREAD);

	setup_ctxs(_metadata, self->ctx, NR_CALLS, 1);
	EXPECT_GT(4, sleeps(RUSAGE_THREAD) - before);
}

TEST_HARNESS_MAIN
