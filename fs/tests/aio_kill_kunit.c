// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of how a context ends in fs/aio.c.
 *
 * - An idle context is done with before the call returns.
 * - One that a system call is in waits for that, whoever leaves last, and wherever.
 * - A call that comes and goes while the calls are counted stands in for nobody.
 * - A call that leaves without seeing that the context is dead is found later.
 * - Who comes too late does not get in, and does not end it a second time.
 * - Whoever has found it before may look at it until the RCU section ends.
 * - Exit frees large rings itself, up to a limit.
 *
 * The contexts here have no ring; no system call ever sees them.
 */

#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/mman.h>
#include <linux/smp.h>
#include <linux/timer.h>

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

/* Every test ends its context, which may be looked at until now. */
static void kill_test_exit(struct kunit *test)
{
	struct kill_test *t = test->priv;

	rcu_barrier();
	if (t && completion_done(&t->wait.comp))
		queue_free_ioctx(t->ctx, free_ioctx_rest);
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

struct visitor {
	struct timer_list	timer;
	struct kill_test	*t;
	unsigned int		visits;
};

/* Interrupts whoever counts, at any point, as a call on another CPU comes in there. */
static void come_and_go(struct timer_list *timer)
{
	struct visitor *v = container_of(timer, struct visitor, timer);

	test_enter(v->t);
	ioctx_leave(v->t->ctx);
	WRITE_ONCE(v->visits, v->visits + 1);
	mod_timer(timer, jiffies + 1);
}

static void call_that_comes_and_goes_stands_in_for_nobody(struct kunit *test)
{
	struct kill_test *t = test->priv;
	struct visitor *v = kunit_kzalloc(test, sizeof(*v), GFP_KERNEL);
	unsigned int i, drained = 0;

	KUNIT_ASSERT_NOT_NULL(test, v);
	KUNIT_EXPECT_TRUE(test, test_enter(t));
	v->t = t;
	timer_setup(&v->timer, come_and_go, 0);
	mod_timer(&v->timer, jiffies + 1);
	while (READ_ONCE(v->visits) < 50 && !drained) {
		for (i = 0; i < 100; i++)
			drained += ioctx_is_drained(t->ctx);
		cond_resched();
	}
	timer_delete_sync(&v->timer);
	KUNIT_EXPECT_EQ(test, 0, drained);
	ioctx_leave(t->ctx);
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

static void test_free_page(void *page)
{
	free_page((unsigned long)page);
}

/* Both have found it before either withdraws it. */
static void second_of_two_kills_leaves(struct kunit *test)
{
	struct kill_test *t = test->priv;
	struct ctx_rq_wait second = {};
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, test_free_page, page));
	t->ctx->ring_folios = t->ctx->internal_folios;
	t->ctx->ring_folios[0] = virt_to_folio(page);
	init_waitqueue_head(&t->ctx->wait);
	/* Nobody needs the memory, but this thread has an mm then, and a table */
	KUNIT_ASSERT_NE(test, 0, kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ,
					       MAP_PRIVATE | MAP_ANONYMOUS, 0));
	KUNIT_ASSERT_EQ(test, 0, ioctx_add_table(t->ctx, current->mm));

	KUNIT_EXPECT_TRUE(test, test_enter(t));
	KUNIT_EXPECT_TRUE(test, test_enter(t));
	KUNIT_EXPECT_EQ(test, 0, kill_ioctx(t->ctx, &t->wait));
	rcu_barrier();		/* for ioctx_confirm_drain() */
	KUNIT_EXPECT_FALSE(test, test_is_done(t));
	KUNIT_EXPECT_EQ(test, -EINVAL, kill_ioctx(t->ctx, &second));
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
}

static void *find_ctx(void *ctx)
{
	return ctx;
}

static unsigned int look_at_ctx(void *ctx)
{
	return atomic_read(&((struct kioctx *)ctx)->dead);
}

/* A worker that waits for no grace period has time to free the context. */
static void kill_and_wait(struct kunit *test)
{
	struct kill_test *t = test->priv;

	test_kill(t);
	KUNIT_EXPECT_TRUE(test, test_is_done(t));
	msleep(200);
}

static void dead_context_stays_for_those_who_found_it(struct kunit *test)
{
	struct kill_test *t = test->priv;
	struct test_reader reader = {
		.find = find_ctx, .look = look_at_ctx, .arg = t->ctx,
	};

	test_read(test, &reader, kill_and_wait);
	KUNIT_EXPECT_EQ(test, 1, reader.seen);
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

/* A context without requests, for exit to free: its ring has no pages yet. */
static struct kioctx *test_done_ctx(struct kunit *test, struct ctx_rq_wait *wait,
				    int nr_pages)
{
	struct kioctx *ctx = test_live_ctx(test);

	ctx->ring_folios = kcalloc(nr_pages, sizeof(*ctx->ring_folios), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ctx->ring_folios);
	ctx->nr_pages = nr_pages;
	llist_add(&ctx->done, &wait->done);
	return ctx;
}

/* What is small, or comes when 16 MiB are full, waits for a grace period. */
static void exit_frees_large_rings_up_to_a_limit(struct kunit *test)
{
	const int most = SZ_16M >> PAGE_SHIFT;
	/* The last one that is done comes first */
	const int nr_pages[] = { 9, 10, 9, 20, most - 19, 8 };
	const bool at_once[] = { false, true, true, false, true, false };
	struct kioctx *ctx[ARRAY_SIZE(nr_pages)];
	struct ctx_rq_wait wait;
	int i;

	init_llist_head(&wait.done);
	for (i = 0; i < ARRAY_SIZE(nr_pages); i++)
		ctx[i] = test_done_ctx(test, &wait, nr_pages[i]);
	rcu_read_lock();
	exit_free_ioctxs(&wait);
	for (i = 0; i < ARRAY_SIZE(nr_pages); i++)
		KUNIT_EXPECT_EQ(test, at_once[i], !ctx[i]->ring_folios);
	rcu_read_unlock();

	/* Not needed here */
	test_kill(test->priv);
}

static struct kunit_case kill_test_cases[] = {
	KUNIT_CASE(idle_context_is_done_at_once),
	KUNIT_CASE(call_inside_is_waited_for),
	KUNIT_CASE(call_that_leaves_elsewhere_is_counted),
	KUNIT_CASE(call_that_comes_and_goes_stands_in_for_nobody),
	KUNIT_CASE(late_comer_does_not_get_in),
	KUNIT_CASE(last_comer_ends_nothing_twice),
	KUNIT_CASE(second_of_two_kills_leaves),
	KUNIT_CASE(dead_context_stays_for_those_who_found_it),
	KUNIT_CASE(call_that_left_unseeing_is_found_later),
	KUNIT_CASE(request_in_flight_is_waited_for),
	KUNIT_CASE(request_of_a_call_inside_is_waited_for),
	KUNIT_CASE(sum_is_not_used_while_a_call_is_inside),
	KUNIT_CASE(counters_may_wrap),
	KUNIT_CASE(requests_are_cancelled_when_nobody_is_inside),
	KUNIT_CASE(exit_frees_large_rings_up_to_a_limit),
	{}
};

static struct kunit_suite kill_test_suite = {
	.name = "aio_ioctx_kill",
	.init = kill_test_init,
	.exit = kill_test_exit,
	.test_cases = kill_test_cases,
};

kunit_test_suite(kill_test_suite);
