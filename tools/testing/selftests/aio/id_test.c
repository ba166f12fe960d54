// SPDX-License-Identifier: GPL-2.0
/*
 * The ids in the ring headers: which one a new context gets
 *
 * Programs that save and restore processes read them. Proves that:
 * - every new context of a process gets the lowest id that is free, so they
 *   count up from 0, and those that were given back are handed out again from
 *   the lowest, in whatever order and on whichever side of a growth of the table
 *   they were given back;
 * - an io_setup(2) that fails uses up no id;
 * - threads count together, a child counts for itself.
 */

#include "aio_failure.h"

#define MAX_CTX	258

FIXTURE(ids)
{
	struct aio_state state;
	aio_context_t ctx[MAX_CTX];
};

FIXTURE_VARIANT(ids)
{
	int nr;
};

FIXTURE_VARIANT_ADD(ids, of_4) {
	.nr = 4,
};

FIXTURE_VARIANT_ADD(ids, of_5) {
	.nr = 5,
};

FIXTURE_VARIANT_ADD(ids, of_9) {
	.nr = 9,
};

FIXTURE_VARIANT_ADD(ids, of_16) {
	.nr = 16,
};

FIXTURE_VARIANT_ADD(ids, of_17) {
	.nr = 17,
};

FIXTURE_VARIANT_ADD(ids, of_64) {
	.nr = 64,
};

FIXTURE_VARIANT_ADD(ids, of_65) {
	.nr = 65,
};

FIXTURE_VARIANT_ADD(ids, of_257) {
	.nr = 257,
};

/* Sets up a context, which is to get this id. */
static aio_context_t setup_with_id(struct __test_metadata *const _metadata,
				   __u32 id)
{
	aio_context_t ctx = setup_ctx(_metadata, 1);

	ASSERT_EQ(id, ring_of(ctx)->id);
	return ctx;
}

FIXTURE_SETUP(ids)
{
	int i;

	save_aio_state(_metadata, &self->state);
	for (i = 0; i < variant->nr; i++)
		self->ctx[i] = setup_with_id(_metadata, i);
}

FIXTURE_TEARDOWN_PARENT(ids)
{
	check_aio_state(_metadata, &self->state);
}

/* Destroys three of the contexts in this order, and sets up as many and one. */
static void give_back(struct __test_metadata *const _metadata,
		      aio_context_t *ctx, int nr, const int *order)
{
	const int freed[] = { 1, nr / 2, nr - 1 };
	int i;

	for (i = 0; i < ARRAY_SIZE(freed); i++)
		ASSERT_EQ(0, sys_io_destroy(ctx[freed[order[i]]]));
	for (i = 0; i < ARRAY_SIZE(freed); i++)
		ctx[freed[i]] = setup_with_id(_metadata, freed[i]);
	ctx[nr] = setup_with_id(_metadata, nr);
	ASSERT_EQ(0, sys_io_destroy(ctx[nr]));
}

TEST_F(ids, are_handed_out_again_from_the_lowest)
{
	static const int order[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 },
		{ 2, 1, 0 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		give_back(_metadata, self->ctx, variant->nr, order[i]);
}

TEST_F(ids, begin_at_0_again_when_all_are_gone)
{
	int i;

	/* Some are enough: the others take their time, and are like them. */
	for (i = variant->nr - 1; i >= 0 && i > variant->nr - 20; i--)
		ASSERT_EQ(0, sys_io_destroy(self->ctx[i]));
	for (i++; i < variant->nr + 1; i++)
		self->ctx[i] = setup_with_id(_metadata, i);
}

TEST_F(ids, of_a_child_begin_at_0)
{
	int i;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		for (i = 0; i < 6; i++)
			setup_with_id(_metadata, i);
		_exit(_metadata->exit_code);
	}
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	setup_with_id(_metadata, variant->nr);
}

static void *setup_thread(void *arg)
{
	aio_context_t ctx = 0;
	long ret = sys_io_setup(1, &ctx);

	return (void *)(ret ? ret : (long)ring_of(ctx)->id);
}

TEST_F(ids, of_threads_count_together)
{
	pthread_t thread;
	void *id;

	ASSERT_EQ(0, pthread_create(&thread, NULL, setup_thread, NULL));
	ASSERT_EQ(0, pthread_join(thread, &id));
	EXPECT_EQ(variant->nr, (long)id)
	{
		if ((long)id < 0)
			TH_LOG_RESULT("io_setup", (long)id);
	}
	setup_with_id(_metadata, variant->nr + 1);
}

FIXTURE(fresh)
{
	struct aio_state state;
};

FIXTURE_SETUP(fresh)
{
	save_aio_state(_metadata, &self->state);
}

FIXTURE_TEARDOWN_PARENT(fresh)
{
	check_aio_state(_metadata, &self->state);
}

#define NR_RANDOM	40

static int lowest_free(const aio_context_t *ctx)
{
	int id;

	for (id = 0; id < NR_RANDOM && ctx[id]; id++)
		;
	return id;
}

/* The order is the same in every run, so that a failure can be repeated. */
TEST_F_TIMEOUT(fresh, ids_follow_a_model, 120)
{
	aio_context_t ctx[NR_RANDOM] = {};
	unsigned int seed = 20130730;
	int i, id;

	for (i = 0; i < 300; i++) {
		id = rand_r(&seed) % NR_RANDOM;
		if (ctx[id] && rand_r(&seed) % 2) {
			ASSERT_EQ(0, sys_io_destroy(ctx[id]));
			ctx[id] = 0;
			continue;
		}
		id = lowest_free(ctx);
		if (id < NR_RANDOM)
			ctx[id] = setup_with_id(_metadata, id);
	}
}

/* The ways in which io_setup(2) can fail late. */
enum failure {
	FAIL_LIMIT,
	FAIL_WRITE_BACK,
};

FIXTURE(failing_setup)
{
	struct aio_state state;
	aio_context_t *ctxp;
};

FIXTURE_VARIANT(failing_setup)
{
	enum failure failure;
	long error;
};

FIXTURE_VARIANT_ADD(failing_setup, over_the_limit) {
	.failure = FAIL_LIMIT,
	.error = -EAGAIN,
};

FIXTURE_VARIANT_ADD(failing_setup, handle_not_writable) {
	.failure = FAIL_WRITE_BACK,
	.error = -EFAULT,
};

FIXTURE_SETUP(failing_setup)
{
	save_aio_state(_metadata, &self->state);
	self->ctxp = map_memory(_metadata, page_size(), PROT_READ);
	if (variant->failure == FAIL_LIMIT &&
	    write_long(AIO_MAX_NR_PATH, self->state.max_nr))
		SKIP(return, "cannot write " AIO_MAX_NR_PATH);
}

FIXTURE_TEARDOWN_PARENT(failing_setup)
{
	check_aio_state(_metadata, &self->state);
}

static long fail_to_set_up(enum failure failure, long max_nr,
			   aio_context_t *read_only)
{
	aio_context_t ctx = 0;
	long ret;

	if (failure == FAIL_WRITE_BACK)
		return sys_io_setup(1, read_only);
	write_long(AIO_MAX_NR_PATH, aio_nr());
	ret = sys_io_setup(1, &ctx);
	write_long(AIO_MAX_NR_PATH, max_nr);
	return ret;
}

TEST_F(failing_setup, costs_no_id)
{
	int id, i;

	for (id = 0; id < 70; id++) {
		for (i = 0; i < 3; i++)
			ASSERT_EQ(variant->error,
				  fail_to_set_up(variant->failure,
						 self->state.max_nr, self->ctxp));
		setup_with_id(_metadata, id);
	}
}

TEST_HARNESS_MAIN
