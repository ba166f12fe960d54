// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the contexts in fs/aio.c, which includes this file.
 *
 * The table:
 * - a new context gets the lowest slot that is free, whatever was freed before;
 * - the bits say which slots are taken, and the mark that none below it is free;
 * - growth keeps every context, its id, and the slots freed meanwhile;
 * - a table that cannot grow stays as it was, and its context is not published;
 * - any id, however bad, leads to a slot of the table;
 * - the table is a power of two, and not more than twice as large as it need be;
 * - of two that withdraw a context, one does.
 *
 * The kill:
 * - an idle context is done with before the call returns;
 * - one that a system call is in waits for that, whoever leaves last, and wherever;
 * - a call that leaves without seeing that the context is dead is found later;
 * - who comes too late does not get in, and does not end it a second time.
 *
 * The contexts here have a ring page or none; no system call ever sees them.
 */

#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/panic.h>
#include <linux/prandom.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>

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

	before = vmalloc_nr_pages();
	KUNIT_ASSERT_EQ(test, 0, ioctx_table_grow(t->mm, TEST_HUGE / 2));
	table = test_table(t);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(table));
	/* May be rounded up to huge pages */
	one = vmalloc_nr_pages() - before;
	test_add(test, 0);

	/* Too late: the second table is not needed. */
	KUNIT_EXPECT_EQ(test, 0, ioctx_table_grow(t->mm, TEST_HUGE / 2));
	KUNIT_EXPECT_PTR_EQ(test, table, test_table(t));
	KUNIT_EXPECT_GT(test, before + one + one / 2, vmalloc_nr_pages());

	/* It is replaced by one of twice the size. */
	KUNIT_EXPECT_EQ(test, 0, ioctx_table_grow(t->mm, TEST_HUGE));
	KUNIT_EXPECT_PTR_EQ(test, t->ctx[0], test_find(t, 0));
	kvfree_rcu_barrier();
	KUNIT_EXPECT_GT(test, before + 2 * one + one / 2, vmalloc_nr_pages());
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
	KUNIT_CASE(growth_that_fails_changes_nothing),
	KUNIT_CASE(huge_tables_are_freed),
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

/* What free_ioctx() can free: all of a context but its ring. */
static struct kioctx *test_live_ctx(struct kunit *test)
{
	struct kioctx *ctx = kmem_cache_zalloc(kioctx_cachep, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	spin_lock_init(&ctx->ctx_lock);
	spin_lock_init(&ctx->completion_lock);
	INIT_LIST_HEAD(&ctx->active_reqs);
	ctx->cpu = alloc_percpu(struct kioctx_cpu);
	KUNIT_ASSERT_NOT_NULL(test, ctx->cpu);
	KUNIT_ASSERT_EQ(test, 0, percpu_ref_init(&ctx->reqs, free_ioctx_reqs, 0,
						 GFP_KERNEL));
	percpu_ref_get(&ctx->reqs);		/* as ioctx_alloc() does */
	return ctx;
}

struct kill_test {
	struct mm_struct	mm;
	struct kioctx		*ctx;
	struct ctx_rq_wait	wait;
};

static int kill_test_init(struct kunit *test)
{
	struct kill_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	atomic_set(&t->mm.mm_users, 2);
	t->ctx = test_live_ctx(test);
	init_completion(&t->wait.comp);
	atomic_set(&t->wait.count, 1);
	t->ctx->rq_wait = &t->wait;
	test->priv = t;
	return 0;
}

/* Every test ends its context, which then may still be looked at. */
static void kill_test_exit(struct kunit *test)
{
	rcu_barrier();
}

static bool test_enter(struct kill_test *t)
{
	bool entered;

	rcu_read_lock_sched();
	entered = ioctx_enter(&t->mm, t->ctx);
	rcu_read_unlock_sched();
	return entered;
}

/* What ioctx_withdraw() and ioctx_kill_reqs() do to a context without a table */
static void test_kill(struct kill_test *t)
{
	atomic_set(&t->ctx->dead, 1);
	ioctx_kill_reqs(t->ctx);
}

static bool test_is_done(struct kill_test *t)
{
	return completion_done(&t->wait.comp);
}

static void leave_here(void *data)
{
	ioctx_leave(data);
}

static void idle_context_is_done_at_once(struct kunit *test)
{
	struct kill_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, test_enter(t));
	ioctx_leave(t->ctx);
	test_kill(t);
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

static void call_inside_is_waited_for(struct kunit *test)
{
	struct kill_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, test_enter(t));
	KUNIT_EXPECT_TRUE(test, test_enter(t));
	test_kill(t);
	rcu_barrier();		/* for ioctx_confirm_drain() */
	KUNIT_EXPECT_FALSE(test, test_is_done(t));
	ioctx_leave(t->ctx);
	KUNIT_EXPECT_FALSE(test, test_is_done(t));
	ioctx_leave(t->ctx);
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

static void call_that_leaves_elsewhere_is_counted(struct kunit *test)
{
	struct kill_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, test_enter(t));
	KUNIT_EXPECT_TRUE(test, test_enter(t));
	smp_call_function_single(cpumask_first(cpu_online_mask), leave_here,
				 t->ctx, true);
	KUNIT_EXPECT_FALSE(test, ioctx_is_drained(t->ctx));
	smp_call_function_single(cpumask_last(cpu_online_mask), leave_here,
				 t->ctx, true);
	KUNIT_EXPECT_TRUE(test, ioctx_is_drained(t->ctx));
	test_kill(t);
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

static void late_comer_does_not_get_in(struct kunit *test)
{
	struct kill_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, test_enter(t));
	test_kill(t);
	rcu_barrier();		/* for ioctx_confirm_drain() */
	KUNIT_EXPECT_FALSE(test, test_enter(t));
	ioctx_leave(t->ctx);
	KUNIT_EXPECT_FALSE(test, test_is_done(t));
	ioctx_leave(t->ctx);
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

/* The context is not freed before the section ends, and must not end twice. */
static void last_comer_ends_nothing_twice(struct kunit *test)
{
	struct kill_test *t = test->priv;

	rcu_read_lock();
	test_kill(t);
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
	KUNIT_EXPECT_FALSE(test, test_enter(t));
	ioctx_leave(t->ctx);
	KUNIT_EXPECT_TRUE(test, percpu_ref_is_zero(&t->ctx->reqs));
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&t->wait.count));
}

static void call_that_left_unseeing_is_found_later(struct kunit *test)
{
	struct kill_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, test_enter(t));
	test_kill(t);
	/* As if ioctx_leave() had read "dead" before it was set */
	this_cpu_inc(t->ctx->cpu->left);
	KUNIT_EXPECT_FALSE(test, test_is_done(t));
	rcu_barrier();
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

static void request_in_flight_is_waited_for(struct kunit *test)
{
	struct kill_test *t = test->priv;

	percpu_ref_get(&t->ctx->reqs);
	test_kill(t);
	KUNIT_EXPECT_FALSE(test, test_is_done(t));
	rcu_barrier();
	KUNIT_EXPECT_FALSE(test, test_is_done(t));
	percpu_ref_put(&t->ctx->reqs);
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

/* The kill must not look at the sum while the call may still add to it. */
static void request_of_a_call_inside_is_waited_for(struct kunit *test)
{
	struct kill_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, test_enter(t));
	test_kill(t);
	percpu_ref_get(&t->ctx->reqs);
	ioctx_leave(t->ctx);
	rcu_barrier();
	KUNIT_EXPECT_FALSE(test, test_is_done(t));
	percpu_ref_put(&t->ctx->reqs);
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

/* Of a request of the call the sum may have missed the get and seen the put. */
static void sum_is_not_used_while_a_call_is_inside(struct kunit *test)
{
	struct kill_test *t = test->priv;
	unsigned long __percpu *count;

	KUNIT_EXPECT_TRUE(test, test_enter(t));
	KUNIT_ASSERT_TRUE(test, __ref_is_percpu(&t->ctx->reqs, &count));
	this_cpu_dec(*count);
	test_kill(t);
	KUNIT_EXPECT_FALSE(test, test_is_done(t));
	this_cpu_inc(*count);
	ioctx_leave(t->ctx);
	rcu_barrier();
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

static void enter_here(void *data)
{
	struct kill_test *t = data;

	ioctx_enter(&t->mm, t->ctx);
}

static void counters_may_wrap(struct kunit *test)
{
	struct kill_test *t = test->priv;
	unsigned int first = cpumask_first(cpu_online_mask);
	unsigned int last = cpumask_last(cpu_online_mask);

	/* So many have come on one CPU, and have left on another. */
	atomic_set(&per_cpu_ptr(t->ctx->cpu, first)->entered, UINT_MAX);
	per_cpu_ptr(t->ctx->cpu, last)->left = UINT_MAX;
	smp_call_function_single(first, enter_here, t, true);
	KUNIT_EXPECT_FALSE(test, ioctx_is_drained(t->ctx));
	smp_call_function_single(first, leave_here, t->ctx, true);
	KUNIT_EXPECT_TRUE(test, ioctx_is_drained(t->ctx));
	test_kill(t);
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

static int cancelled;

static int test_cancel(struct kiocb *iocb)
{
	cancelled++;
	return 0;
}

/* Not before the last call has left, which could start more of them. */
static void requests_are_cancelled_when_nobody_is_inside(struct kunit *test)
{
	struct kill_test *t = test->priv;
	struct aio_kiocb req = { .ki_cancel = test_cancel };

	list_add(&req.ki_list, &t->ctx->active_reqs);
	cancelled = 0;
	KUNIT_EXPECT_TRUE(test, test_enter(t));
	test_kill(t);
	KUNIT_EXPECT_EQ(test, 0, cancelled);
	ioctx_leave(t->ctx);
	KUNIT_EXPECT_EQ(test, 1, cancelled);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->ctx->active_reqs));
	rcu_barrier();
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

static struct kunit_case kill_test_cases[] = {
	KUNIT_CASE(idle_context_is_done_at_once),
	KUNIT_CASE(call_inside_is_waited_for),
	KUNIT_CASE(call_that_leaves_elsewhere_is_counted),
	KUNIT_CASE(late_comer_does_not_get_in),
	KUNIT_CASE(last_comer_ends_nothing_twice),
	KUNIT_CASE(call_that_left_unseeing_is_found_later),
	KUNIT_CASE(request_in_flight_is_waited_for),
	KUNIT_CASE(request_of_a_call_inside_is_waited_for),
	KUNIT_CASE(sum_is_not_used_while_a_call_is_inside),
	KUNIT_CASE(counters_may_wrap),
	KUNIT_CASE(requests_are_cancelled_when_nobody_is_inside),
	{}
};

static struct kunit_suite kill_test_suite = {
	.name = "aio_ioctx_kill",
	.init = kill_test_init,
	.exit = kill_test_exit,
	.test_cases = kill_test_cases,
};

kunit_test_suites(&table_test_suite, &kill_test_suite);
