// SPDX-License-Identifier: GPL-2.0
/*
 * Many contexts in one process
 *
 * Runs with as many contexts as sit on either side of the sizes at which a
 * table of contexts grows or gets another level, and with many. Proves that:
 * - every context works, and events never cross from one to another;
 * - the ids in the ring headers of live contexts are distinct;
 * - after destroying some in random order the others work, the destroyed ones
 *   are refused, and as many new ones can be set up;
 * - destroying all of them leaves nothing, and a new context works.
 */

#include "aio_failure.h"

/* Where io_destroy(2) waits for grace periods, threads can share them. */
#define NR_THREADS	50

FIXTURE(table)
{
	struct aio_state state;
	aio_context_t *ctx;
	int fd;
};

FIXTURE_VARIANT(table)
{
	int nr_ctx;
};

FIXTURE_VARIANT_ADD(table, nr_1) {
	.nr_ctx = 1,
};

FIXTURE_VARIANT_ADD(table, nr_4) {
	.nr_ctx = 4,
};

FIXTURE_VARIANT_ADD(table, nr_5) {
	.nr_ctx = 5,
};

FIXTURE_VARIANT_ADD(table, nr_16) {
	.nr_ctx = 16,
};

FIXTURE_VARIANT_ADD(table, nr_17) {
	.nr_ctx = 17,
};

FIXTURE_VARIANT_ADD(table, nr_64) {
	.nr_ctx = 64,
};

FIXTURE_VARIANT_ADD(table, nr_65) {
	.nr_ctx = 65,
};

FIXTURE_VARIANT_ADD(table, nr_1000) {
	.nr_ctx = 1000,
};

FIXTURE_VARIANT_ADD(table, nr_5000) {
	.nr_ctx = 5000,
};

FIXTURE_SETUP(table)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	if (!make_room(2 * variant->nr_ctx))
		SKIP(return, "no room for %d contexts below fs.aio-max-nr",
		     variant->nr_ctx);
	self->ctx = calloc(variant->nr_ctx, sizeof(*self->ctx));
	ASSERT_NE(NULL, self->ctx);
	setup_ctxs(_metadata, self->ctx, variant->nr_ctx, 1);
	ASSERT_EQ(self->state.nr + variant->nr_ctx, aio_nr());
	ASSERT_EQ(variant->nr_ctx, count_rings(NULL));
}

FIXTURE_TEARDOWN_PARENT(table)
{
	check_aio_state(_metadata, &self->state);
}

/* Submits to all before it reaps from any, so that a mix-up would show. */
static void use_all(struct __test_metadata *const _metadata,
		    const aio_context_t *ctx, int nr, int fd)
{
	submit_to_all(_metadata, ctx, nr, fd, 100000);
	reap_from_all(_metadata, ctx, nr, 100000);
}

/* The order is the same in every run, so that a failure can be repeated. */
static void shuffle(aio_context_t *ctx, int nr)
{
	unsigned int seed = 20130730;
	int i, j;

	for (i = nr - 1; i > 0; i--) {
		aio_context_t tmp = ctx[i];

		j = rand_r(&seed) % (i + 1);
		ctx[i] = ctx[j];
		ctx[j] = tmp;
	}
}

struct destroyer {
	pthread_t thread;
	const aio_context_t *ctx;
	int first;
	int nr;
	struct call_failure failure;
};

static void *destroy_stride(void *arg)
{
	struct destroyer *d = arg;
	int i;

	for (i = d->first; i < d->nr; i += NR_THREADS)
		check_0(&d->failure, "io_destroy", sys_io_destroy(d->ctx[i]), i);
	return NULL;
}

static void destroy_some(struct __test_metadata *const _metadata,
			 const aio_context_t *ctx, int nr)
{
	struct destroyer d[NR_THREADS];
	int i;

	for (i = 0; i < NR_THREADS; i++) {
		d[i] = (struct destroyer){ .ctx = ctx, .first = i, .nr = nr };
		ASSERT_EQ(0, pthread_create(&d[i].thread, NULL, destroy_stride, &d[i]));
	}
	for (i = 0; i < NR_THREADS; i++) {
		ASSERT_EQ(0, pthread_join(d[i].thread, NULL));
		expect_no_failure(_metadata, &d[i].failure);
	}
}

static int compare_ids(const void *a, const void *b)
{
	__u32 x = *(const __u32 *)a, y = *(const __u32 *)b;

	return x < y ? -1 : x > y;
}

TEST_F_TIMEOUT(table, every_context_gets_its_own_events, 180)
{
	use_all(_metadata, self->ctx, variant->nr_ctx, self->fd);
	shuffle(self->ctx, variant->nr_ctx);
	use_all(_metadata, self->ctx, variant->nr_ctx, self->fd);
}

TEST_F_TIMEOUT(table, ids_of_live_contexts_are_distinct, 180)
{
	__u32 *id = calloc(variant->nr_ctx, sizeof(*id));
	int i;

	ASSERT_NE(NULL, id);
	for (i = 0; i < variant->nr_ctx; i++)
		id[i] = ring_of(self->ctx[i])->id;
	qsort(id, variant->nr_ctx, sizeof(*id), compare_ids);
	for (i = 1; i < variant->nr_ctx; i++)
		ASSERT_NE(id[i - 1], id[i]);
	free(id);
}

TEST_F_TIMEOUT(table, survivors_and_successors_work, 180)
{
	int nr = variant->nr_ctx, gone = (nr + 1) / 2, i;
	aio_context_t *dead = calloc(gone, sizeof(*dead));

	ASSERT_NE(NULL, dead);
	shuffle(self->ctx, nr);
	memcpy(dead, self->ctx, gone * sizeof(*dead));
	destroy_some(_metadata, self->ctx, gone);
	EXPECT_EQ(self->state.nr + nr - gone, aio_nr());
	EXPECT_EQ(nr - gone, count_rings(NULL));
	for (i = 0; i < gone; i++)
		expect_refused(_metadata, dead[i], self->fd);
	use_all(_metadata, self->ctx + gone, nr - gone, self->fd);

	setup_ctxs(_metadata, self->ctx, gone, 1);
	use_all(_metadata, self->ctx, nr, self->fd);
	EXPECT_EQ(nr, count_rings(NULL));
	free(dead);
}

TEST_F_TIMEOUT(table, destroying_all_leaves_nothing, 180)
{
	aio_context_t ctx;

	shuffle(self->ctx, variant->nr_ctx);
	destroy_some(_metadata, self->ctx, variant->nr_ctx);
	EXPECT_EQ(0, count_rings(NULL));
	EXPECT_EQ(self->state.nr, aio_nr());
	ctx = setup_ctx(_metadata, 1);
	EXPECT_EQ(0, use_ctx(ctx, self->fd, 1));
}

/* Stands for the process that dies with all its contexts. */
TEST_F_TIMEOUT(table, exit_takes_all_contexts_along, 180)
{
	aio_context_t *ctx = self->ctx;
	int nr = variant->nr_ctx;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		setup_ctxs(_metadata, ctx, nr, 1);
		_exit(_metadata->exit_code);
	}
	EXPECT_EQ(0, wait_for_child(_metadata, child));
	EXPECT_EQ(self->state.nr + nr, aio_nr());
	use_all(_metadata, ctx, nr, self->fd);
}

TEST_HARNESS_MAIN
