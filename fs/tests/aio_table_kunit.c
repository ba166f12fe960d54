// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the context table in fs/aio.c.
 *
 * - A new context gets the lowest slot that is free, whatever was freed before.
 * - The bits say which slots are taken, and the mark that none below it is free.
 * - Growth keeps every context, its id, and the slots freed meanwhile.
 * - A table that cannot grow stays as it was, and its context is not published.
 * - One that was replaced stays for those who still read it; it is freed then, and by
 *   exit, however large.
 * - Any id, however bad, leads to a slot of the table.
 * - The table is a power of two, and not more than twice as large as it need be.
 * - Of two that withdraw a context, one does.
 *
 * The contexts here have a ring page; no system call ever sees them.
 */

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/panic.h>
#include <linux/prandom.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

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

	rcu_read_lock_sched();
	ctx = ioctx_at(t->mm, id);
	rcu_read_unlock_sched();
	return ctx;
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

/* Checks that the bits and the mark say what is in the slots. */
static void test_check_table(struct kunit *test, unsigned int used)
{
	struct table_test *t = test->priv;
	struct kioctx_table *table = test_table(t);
	unsigned int id, contexts = 0;

	for (id = 0; id < table->nr; id++) {
		struct kioctx *ctx = test_find(t, id);

		KUNIT_ASSERT_EQ(test, !!ctx, test_bit(id, ioctx_table_used(table)));
		if (ctx)
			KUNIT_ASSERT_EQ(test, id, ctx->id);
		else
			KUNIT_ASSERT_LE(test, t->mm->ioctx_next, id);
		contexts += !!ctx;
	}
	KUNIT_ASSERT_EQ(test, used, contexts);
	KUNIT_ASSERT_LE(test, t->mm->ioctx_next, table->nr);
}

static int table_test_init(struct kunit *test)
{
	struct table_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->mm = kunit_kzalloc(test, sizeof(*t->mm), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->mm);
	spin_lock_init(&t->mm->ioctx_lock);
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
		KUNIT_EXPECT_EQ(test, i + 1, t->mm->ioctx_next);
	}
	test_check_table(test, TEST_CTXS);
}

static void lowest_free_slot_is_taken_first(struct kunit *test)
{
	static const unsigned int freed[] = { 3, 0, 7, 2 };
	static const unsigned int taken[] = { 0, 2, 3, 7, 8 };
	struct table_test *t = test->priv;
	unsigned int i, lowest = 8;

	for (i = 0; i < 8; i++)
		test_add(test, i);
	for (i = 0; i < ARRAY_SIZE(freed); i++) {
		test_remove(test, freed[i]);
		lowest = min(lowest, freed[i]);
		KUNIT_EXPECT_EQ(test, lowest, t->mm->ioctx_next);
	}

	for (i = 0; i < ARRAY_SIZE(taken); i++) {
		test_add(test, 100 + i);
		KUNIT_EXPECT_EQ(test, taken[i], t->ctx[100 + i]->id);
	}
	test_check_table(test, 9);
}

static void table_survives_any_order(struct kunit *test)
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
		test_check_table(test, bitmap_weight(live, TEST_CTXS));
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
	test_check_table(test, nr - 2);
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
	test_check_table(test, 1);
}

/*
 * Somebody who has found something in an RCU read-side critical section, and is
 * interrupted before looking at it.
 */
struct test_reader {
	void			*(*find)(void *arg);
	unsigned int		(*look)(void *found);
	void			*arg;
	unsigned int		seen;
	struct completion	has_found;
	struct completion	done;
	bool			go_on;
};

static int test_reader_fn(void *data)
{
	struct test_reader *reader = data;
	void *found;

	rcu_read_lock();
	found = reader->find(reader->arg);
	complete(&reader->has_found);
	while (!smp_load_acquire(&reader->go_on))	/* pairs with test_read() */
		cpu_relax();
	reader->seen = reader->look(found);
	rcu_read_unlock();
	complete(&reader->done);
	return 0;
}

/*
 * Has @reader find on one CPU, @meanwhile done on another, and @reader look. With
 * KASAN what was freed too early is not looked at unseen.
 */
static void test_read(struct kunit *test, struct test_reader *reader,
		      void (*meanwhile)(struct kunit *test))
{
	unsigned int first = cpumask_first(cpu_online_mask);
	unsigned int last = cpumask_last(cpu_online_mask);
	struct task_struct *task;

	if (first == last)
		kunit_skip(test, "a reader wants a CPU of its own");

	init_completion(&reader->has_found);
	init_completion(&reader->done);
	/* This thread is the test's own, and ends with it */
	set_cpus_allowed_ptr(current, cpumask_of(first));
	task = kthread_create_on_cpu(test_reader_fn, reader, last, "aio_reader/%u");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	wake_up_process(task);
	wait_for_completion(&reader->has_found);
	meanwhile(test);
	/* Pairs with smp_load_acquire() in test_reader_fn() */
	smp_store_release(&reader->go_on, true);
	wait_for_completion(&reader->done);
}

static void *find_table(void *mm)
{
	return rcu_dereference(((struct mm_struct *)mm)->ioctx_table);
}

static unsigned int look_at_table(void *table)
{
	return ((struct kioctx_table *)table)->nr;
}

static void replace_table(struct kunit *test)
{
	struct table_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, 0, ioctx_table_grow(t->mm, test_table(t)->nr));
}

static void replaced_table_stays_for_its_readers(struct kunit *test)
{
	struct table_test *t = test->priv;
	struct test_reader reader = {
		.find = find_table, .look = look_at_table, .arg = t->mm,
	};
	unsigned int nr;

	test_add(test, 0);
	nr = test_table(t)->nr;
	test_read(test, &reader, replace_table);
	KUNIT_EXPECT_EQ(test, nr, reader.seen);
	KUNIT_EXPECT_LT(test, nr, test_table(t)->nr);
}

static void growth_that_fails_changes_nothing(struct kunit *test)
{
	struct table_test *t = test->priv;
	bool warned = test_taint(TAINT_WARN);
	struct kioctx_table *table;
	unsigned int i, nr;

	test_add(test, 0);
	table = test_table(t);
	nr = table->nr;
	for (i = 1; i < nr; i++)
		test_add(test, i);

	/* More slots than memory: what a failing kvmalloc() returns */
	KUNIT_EXPECT_EQ(test, -ENOMEM, ioctx_table_grow(t->mm, 1U << 28));
	KUNIT_EXPECT_EQ(test, warned, test_taint(TAINT_WARN));
	KUNIT_EXPECT_PTR_EQ(test, table, test_table(t));
	KUNIT_EXPECT_EQ(test, nr, test_table(t)->nr);
	test_check_table(test, nr);
}

/* So many slots that kmalloc() never has room for them */
#define TEST_HUGE	(KMALLOC_MAX_SIZE / sizeof(struct kioctx *))

static void huge_tables_are_freed(struct kunit *test)
{
	struct table_test *t = test->priv;
	struct kioctx_table *table;
	unsigned long before, one;

	before = global_node_page_state(NR_VMALLOC);
	KUNIT_ASSERT_EQ(test, 0, ioctx_table_grow(t->mm, TEST_HUGE / 2));
	table = test_table(t);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(table));
	/* May be rounded up to huge pages */
	one = global_node_page_state(NR_VMALLOC) - before;
	test_add(test, 0);

	/* Too late: the second table is not needed. */
	KUNIT_EXPECT_EQ(test, 0, ioctx_table_grow(t->mm, TEST_HUGE / 2));
	KUNIT_EXPECT_PTR_EQ(test, table, test_table(t));
	KUNIT_EXPECT_GT(test, before + one + one / 2, global_node_page_state(NR_VMALLOC));

	/* It is replaced by one of twice the size. */
	KUNIT_EXPECT_EQ(test, 0, ioctx_table_grow(t->mm, TEST_HUGE));
	KUNIT_EXPECT_PTR_EQ(test, t->ctx[0], test_find(t, 0));
	KUNIT_EXPECT_NULL(test, test_find(t, 1U << 16));
	kvfree_rcu_barrier();
	KUNIT_EXPECT_GT(test, before + 2 * one + one / 2, global_node_page_state(NR_VMALLOC));
}

/* As if there were a context in every slot below @id */
static void test_take_below(struct table_test *t, unsigned int id)
{
	spin_lock(&t->mm->ioctx_lock);
	bitmap_set(ioctx_table_used(test_table(t)), 0, id);
	t->mm->ioctx_next = id;
	spin_unlock(&t->mm->ioctx_lock);
}

static void large_tables_are_used_to_the_end(struct kunit *test)
{
	static const unsigned int ids[] = { 1U << 16, (1U << 16) + 1, (1U << 17) - 1 };
	struct table_test *t = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, ioctx_table_grow(t->mm, 1U << 16));
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		test_take_below(t, ids[i]);
		test_add(test, i);
		KUNIT_EXPECT_EQ(test, ids[i], t->ctx[i]->id);
		KUNIT_EXPECT_EQ(test, ids[i], test_ring_id(t->ctx[i]));
		KUNIT_EXPECT_PTR_EQ(test, t->ctx[i], test_find(t, ids[i]));
	}
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		test_remove(test, i);
		KUNIT_EXPECT_NULL(test, test_find(t, ids[i]));
	}
}

static void exit_frees_huge_tables(struct kunit *test)
{
	struct table_test *t = test->priv;
	unsigned long before, one;

	before = global_node_page_state(NR_VMALLOC);
	KUNIT_ASSERT_EQ(test, 0, ioctx_table_grow(t->mm, TEST_HUGE / 2));
	one = global_node_page_state(NR_VMALLOC) - before;
	atomic_set(&t->mm->mm_users, 0);	/* the last one is gone */
	exit_aio(t->mm);
	KUNIT_EXPECT_NULL(test, test_table(t));
	/* Others may take some pages meanwhile */
	KUNIT_EXPECT_GT(test, before + one / 2, global_node_page_state(NR_VMALLOC));
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

/* Who comes second must not touch the slot, nor take the wait away. */
static void second_withdrawal_is_refused(struct kunit *test)
{
	struct table_test *t = test->priv;
	struct ctx_rq_wait first, second;

	init_waitqueue_head(&t->ctx[0]->wait);
	test_add(test, 0);
	KUNIT_EXPECT_EQ(test, 0, ioctx_withdraw(t->mm, t->ctx[0], &first));
	KUNIT_EXPECT_NULL(test, test_find(t, 0));
	test_add(test, 1);

	KUNIT_EXPECT_EQ(test, -EINVAL, ioctx_withdraw(t->mm, t->ctx[0], &second));
	KUNIT_EXPECT_PTR_EQ(test, t->ctx[1], test_find(t, 0));
	KUNIT_EXPECT_PTR_EQ(test, &first, t->ctx[0]->rq_wait);
}

static void only_one_user_of_the_mm_is_alone(struct kunit *test)
{
	struct table_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, ioctx_alone(t->mm));
	atomic_set(&t->mm->mm_users, 2);
	KUNIT_EXPECT_FALSE(test, ioctx_alone(t->mm));
	atomic_set(&t->mm->mm_users, 3);
	KUNIT_EXPECT_FALSE(test, ioctx_alone(t->mm));
}

static struct kunit_case table_test_cases[] = {
	KUNIT_CASE(slots_are_handed_out_in_order),
	KUNIT_CASE(lowest_free_slot_is_taken_first),
	KUNIT_CASE(table_survives_any_order),
	KUNIT_CASE(growth_keeps_contexts_and_free_slots),
	KUNIT_CASE(growth_of_a_replaced_table_does_nothing),
	KUNIT_CASE(replaced_table_stays_for_its_readers),
	KUNIT_CASE(growth_that_fails_changes_nothing),
	KUNIT_CASE(huge_tables_are_freed),
	KUNIT_CASE(large_tables_are_used_to_the_end),
	KUNIT_CASE(exit_frees_huge_tables),
	KUNIT_CASE(any_id_leads_to_a_slot_of_the_table),
	KUNIT_CASE(table_is_a_power_of_two),
	KUNIT_CASE(context_of_another_mm_is_not_ours),
	KUNIT_CASE(second_withdrawal_is_refused),
	KUNIT_CASE(only_one_user_of_the_mm_is_alone),
	{}
};

static struct kunit_suite table_test_suite = {
	.name = "aio_ioctx_table",
	.init = table_test_init,
	.exit = table_test_exit,
	.test_cases = table_test_cases,
};

kunit_test_suite(table_test_suite);
