// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the context table in fs/aio.c, which includes this file:
 *
 * - slots are handed out in order, and the last one freed comes first;
 * - the chain holds every free slot once, whatever was added and removed;
 * - growth keeps every context, its id, and the slots freed meanwhile;
 * - a table that cannot grow stays as it was, and its context is not published;
 * - the empty table is never written to;
 * - a context that gets the address of the one in the first slot takes it away;
 * - any id, however bad, leads to what is in a slot of the table;
 * - the table is a power of two, and not more than twice as large as it need be.
 *
 * The contexts here have a ring page and nothing else: the table asks for no
 * more, and no system call ever sees them.
 */

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/prandom.h>

/* Enough for several growths, few enough for a page each */
#define TEST_CTXS	200

struct table_test {
	struct mm_struct	*mm;
	struct kioctx		*ctx[TEST_CTXS];
};

static struct kioctx *test_ctx(struct kunit *test)
{
	struct kioctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);
	void *page;

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	page = (void *)get_zeroed_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	ctx->ring_folios = ctx->internal_folios;
	ctx->ring_folios[0] = virt_to_folio(page);
	return ctx;
}

static unsigned int test_ring_id(struct kioctx *ctx)
{
	struct aio_ring *ring = folio_address(ctx->ring_folios[0]);

	return ring->id;
}

static struct kioctx *test_find(struct table_test *t, unsigned int id)
{
	struct kioctx *ctx;

	rcu_read_lock();
	ctx = ioctx_at(t->mm, id);
	rcu_read_unlock();
	return ioctx_is_link(ctx) ? NULL : ctx;
}

static struct kioctx_table *test_table(struct table_test *t)
{
	return rcu_dereference_protected(t->mm->ioctx_table, true);
}

static void test_add(struct kunit *test, unsigned int i)
{
	struct table_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, 0, ioctx_add_table(t->ctx[i], t->mm));
}

static void test_remove(struct kunit *test, unsigned int i)
{
	struct table_test *t = test->priv;

	spin_lock(&t->mm->ioctx_lock);
	ioctx_unpublish(t->mm, t->ctx[i]);
	spin_unlock(&t->mm->ioctx_lock);
}

/* Checks that each slot is in the chain once or holds a context, not both. */
static void test_check_chain(struct kunit *test, unsigned int used)
{
	struct table_test *t = test->priv;
	struct kioctx_table *table = test_table(t);
	unsigned int id, left = table->nr, contexts = 0;
	struct kioctx *entry;

	for (id = table->free; id != table->nr && left; left--) {
		KUNIT_ASSERT_LT(test, id, table->nr);
		entry = rcu_dereference_protected(table->slot[id], true);
		KUNIT_ASSERT_TRUE(test, ioctx_is_link(entry));
		KUNIT_ASSERT_NULL(test, test_find(t, id));
		id = ioctx_link_next(entry);
	}
	KUNIT_ASSERT_EQ(test, id, table->nr);

	for (id = 0; id < table->nr; id++)
		contexts += !!test_find(t, id);
	KUNIT_ASSERT_EQ(test, used, contexts);
	KUNIT_ASSERT_EQ(test, used, left);
}

static int table_test_init(struct kunit *test)
{
	struct table_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->mm = kunit_kzalloc(test, sizeof(*t->mm), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->mm);
	mm_init_aio(t->mm);
	atomic_set(&t->mm->mm_users, 1);
	for (i = 0; i < TEST_CTXS; i++)
		t->ctx[i] = test_ctx(test);
	test->priv = t;
	return 0;
}

static void table_test_exit(struct kunit *test)
{
	struct table_test *t = test->priv;
	unsigned int i;

	if (!t)
		return;
	if (test_table(t) != &ioctx_no_contexts)
		kvfree(test_table(t));
	for (i = 0; i < TEST_CTXS; i++)
		folio_put(t->ctx[i]->ring_folios[0]);
}

static void slots_are_handed_out_in_order(struct kunit *test)
{
	struct table_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < TEST_CTXS; i++) {
		test_add(test, i);
		KUNIT_EXPECT_EQ(test, i, t->ctx[i]->id);
		KUNIT_EXPECT_EQ(test, i, test_ring_id(t->ctx[i]));
		KUNIT_EXPECT_PTR_EQ(test, t->ctx[i], test_find(t, i));
	}
	test_check_chain(test, TEST_CTXS);
}

static void last_slot_freed_is_reused_first(struct kunit *test)
{
	static const unsigned int freed[] = { 3, 0, 7, 2 };
	struct table_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < 8; i++)
		test_add(test, i);
	for (i = 0; i < ARRAY_SIZE(freed); i++)
		test_remove(test, freed[i]);

	for (i = 0; i < ARRAY_SIZE(freed); i++) {
		test_add(test, 100 + i);
		KUNIT_EXPECT_EQ(test, freed[ARRAY_SIZE(freed) - 1 - i],
				t->ctx[100 + i]->id);
	}
	test_check_chain(test, 8);
}

static void chain_survives_any_order(struct kunit *test)
{
	DECLARE_BITMAP(live, TEST_CTXS) = {};
	struct table_test *t = test->priv;
	struct rnd_state rnd;
	unsigned int i, step;

	prandom_seed_state(&rnd, 2013);
	for (step = 0; step < 20 * TEST_CTXS; step++) {
		i = prandom_u32_state(&rnd) % TEST_CTXS;
		if (__test_and_change_bit(i, live)) {
			test_remove(test, i);
		} else {
			test_add(test, i);
			KUNIT_ASSERT_PTR_EQ(test, t->ctx[i],
					    test_find(t, t->ctx[i]->id));
		}
		test_check_chain(test, bitmap_weight(live, TEST_CTXS));
	}

	for_each_set_bit(i, live, TEST_CTXS)
		KUNIT_EXPECT_PTR_EQ(test, t->ctx[i],
				    test_find(t, t->ctx[i]->id));
}

static void growth_keeps_contexts_and_free_slots(struct kunit *test)
{
	struct table_test *t = test->priv;
	unsigned int i, nr;

	test_add(test, 0);
	nr = test_table(t)->nr;
	for (i = 1; i < nr; i++)
		test_add(test, i);

	/* As if another thread had freed them while this one allocated */
	test_remove(test, 0);
	test_remove(test, nr - 1);
	KUNIT_ASSERT_EQ(test, 0, ioctx_table_grow(t->mm, nr));

	KUNIT_EXPECT_LT(test, nr, test_table(t)->nr);
	test_check_chain(test, nr - 2);
	for (i = 1; i < nr - 1; i++)
		KUNIT_EXPECT_PTR_EQ(test, t->ctx[i], test_find(t, i));
}

static void growth_of_a_replaced_table_does_nothing(struct kunit *test)
{
	struct table_test *t = test->priv;
	struct kioctx_table *table;

	test_add(test, 0);
	table = test_table(t);

	/* It was found missing, or smaller, before another thread grew it */
	KUNIT_EXPECT_EQ(test, 0, ioctx_table_grow(t->mm, 0));
	KUNIT_EXPECT_EQ(test, 0, ioctx_table_grow(t->mm, table->nr - 1));
	KUNIT_EXPECT_PTR_EQ(test, table, test_table(t));
	test_check_chain(test, 1);
}

static void empty_table_is_left_as_it_is(struct kunit *test)
{
	struct table_test *t = test->priv;

	KUNIT_EXPECT_PTR_EQ(test, &ioctx_no_contexts, test_table(t));
	test_add(test, 0);
	test_remove(test, 0);
	KUNIT_EXPECT_PTR_NE(test, &ioctx_no_contexts, test_table(t));
	KUNIT_EXPECT_EQ(test, 0, ioctx_no_contexts.nr);
	KUNIT_EXPECT_EQ(test, 0, ioctx_no_contexts.mask);
	KUNIT_EXPECT_EQ(test, 0, ioctx_no_contexts.free);
	KUNIT_EXPECT_TRUE(test, ioctx_is_link(rcu_access_pointer(ioctx_no_contexts.slot[0])));
}

static void growth_that_fails_changes_nothing(struct kunit *test)
{
	struct table_test *t = test->priv;
	struct kioctx_table *table;
	unsigned int i, nr;

	test_add(test, 0);
	table = test_table(t);
	nr = table->nr;
	for (i = 1; i < nr; i++)
		test_add(test, i);

	/* More slots than memory: what a failing kvmalloc() returns */
	KUNIT_EXPECT_EQ(test, -ENOMEM, ioctx_table_grow(t->mm, 1U << 28));
	KUNIT_EXPECT_PTR_EQ(test, table, test_table(t));
	KUNIT_EXPECT_EQ(test, nr, test_table(t)->nr);
	test_check_chain(test, nr);
}

static void newcomer_takes_its_address_from_the_first_slot(struct kunit *test)
{
	struct table_test *t = test->priv;

	t->ctx[0]->user_id = 0x10000;
	t->ctx[1]->user_id = 0x20000;
	t->ctx[2]->user_id = 0x10000;
	test_add(test, 0);
	test_add(test, 1);
	KUNIT_EXPECT_EQ(test, 0x10000, t->ctx[0]->user_id);

	test_add(test, 2);
	KUNIT_EXPECT_NE(test, 0x10000, t->ctx[0]->user_id);
	KUNIT_EXPECT_EQ(test, 1, t->ctx[0]->user_id & 1);
	KUNIT_EXPECT_EQ(test, 0x20000, t->ctx[1]->user_id);
	KUNIT_EXPECT_EQ(test, 0x10000, t->ctx[2]->user_id);
}

static void any_id_leads_to_a_slot_of_the_table(struct kunit *test)
{
	static const unsigned int ids[] = {
		0, 1, 2, 3, 4, 5, 1U << 16, (1U << 16) + 1, INT_MAX,
		1U << 31, (1U << 31) + 1, UINT_MAX - 2, UINT_MAX,
	};
	struct table_test *t = test->priv;
	struct kioctx *expected;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)		/* no table yet */
		KUNIT_EXPECT_NULL(test, test_find(t, ids[i]));

	test_add(test, 0);
	test_add(test, 1);
	test_remove(test, 0);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		expected = (ids[i] & (test_table(t)->nr - 1)) == 1 ? t->ctx[1] : NULL;
		KUNIT_EXPECT_PTR_EQ_MSG(test, expected, test_find(t, ids[i]),
					"id %u", ids[i]);
	}
}

static void table_is_a_power_of_two(struct kunit *test)
{
	struct table_test *t = test->priv;
	unsigned int i, nr;

	for (i = 0; i < TEST_CTXS; i++) {
		test_add(test, i);
		nr = test_table(t)->nr;
		KUNIT_EXPECT_TRUE(test, is_power_of_2(nr));
		KUNIT_EXPECT_EQ(test, nr - 1, test_table(t)->mask);
		/* No more than twice what is needed */
		KUNIT_EXPECT_GE(test, max(2 * i, 4U), nr);
	}
}

static void context_of_another_mm_is_not_ours(struct kunit *test)
{
	struct table_test *t = test->priv;

	test_add(test, 0);
	t->ctx[1]->id = t->ctx[0]->id;
	t->ctx[2]->id = UINT_MAX;		/* may be anything */

	spin_lock(&t->mm->ioctx_lock);
	KUNIT_EXPECT_TRUE(test, ioctx_is_published(t->mm, t->ctx[0]));
	KUNIT_EXPECT_FALSE(test, ioctx_is_published(t->mm, t->ctx[1]));
	KUNIT_EXPECT_FALSE(test, ioctx_is_published(t->mm, t->ctx[2]));
	spin_unlock(&t->mm->ioctx_lock);
}

static struct kunit_case table_test_cases[] = {
	KUNIT_CASE(slots_are_handed_out_in_order),
	KUNIT_CASE(last_slot_freed_is_reused_first),
	KUNIT_CASE(chain_survives_any_order),
	KUNIT_CASE(growth_keeps_contexts_and_free_slots),
	KUNIT_CASE(growth_of_a_replaced_table_does_nothing),
	KUNIT_CASE(empty_table_is_left_as_it_is),
	KUNIT_CASE(growth_that_fails_changes_nothing),
	KUNIT_CASE(newcomer_takes_its_address_from_the_first_slot),
	KUNIT_CASE(any_id_leads_to_a_slot_of_the_table),
	KUNIT_CASE(table_is_a_power_of_two),
	KUNIT_CASE(context_of_another_mm_is_not_ours),
	{}
};

static struct kunit_suite table_test_suite = {
	.name = "aio_ioctx_table",
	.init = table_test_init,
	.exit = table_test_exit,
	.test_cases = table_test_cases,
};

kunit_test_suites(&table_test_suite);
