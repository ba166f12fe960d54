// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of percpu_ref_kill_expedited():
 *
 * - it kills all refs of the array, and releases those nobody holds, in order;
 * - a ref that is held is released by its last put, once;
 * - refs in atomic mode can be killed, alone and beside others;
 * - with gets and puts on every CPU, none succeeds after it has returned, none
 *   is lost, and the release comes once;
 * - a get that was cut in two before is waited for;
 * - killing twice warns.
 */

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/panic.h>
#include <linux/percpu-refcount.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>

struct test_ref {
	struct percpu_ref	ref;
	unsigned int		released;	/* how often */
	unsigned int		turn;		/* which one it was */
};

static unsigned int test_turns;

static void test_release(struct percpu_ref *ref)
{
	struct test_ref *t = container_of(ref, struct test_ref, ref);

	t->released++;
	t->turn = ++test_turns;
}

static void test_exit_ref(void *data)
{
	percpu_ref_exit(data);
}

static struct test_ref *test_ref(struct kunit *test, unsigned int flags)
{
	struct test_ref *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_ASSERT_EQ(test, 0, percpu_ref_init(&t->ref, test_release, flags,
						 GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, test_exit_ref,
							   &t->ref));
	return t;
}

static void unheld_refs_are_released_in_order(struct kunit *test)
{
	struct test_ref *a = test_ref(test, 0), *b = test_ref(test, 0);
	struct percpu_ref *refs[] = { &b->ref, &a->ref };

	test_turns = 0;
	percpu_ref_kill_expedited(refs, ARRAY_SIZE(refs));

	KUNIT_EXPECT_TRUE(test, percpu_ref_is_dying(&a->ref));
	KUNIT_EXPECT_TRUE(test, percpu_ref_is_zero(&a->ref));
	KUNIT_EXPECT_FALSE(test, percpu_ref_tryget_live(&a->ref));
	KUNIT_EXPECT_FALSE(test, percpu_ref_tryget(&a->ref));
	KUNIT_EXPECT_EQ(test, 1, b->turn);
	KUNIT_EXPECT_EQ(test, 2, a->turn);
	KUNIT_EXPECT_EQ(test, 2, test_turns);
}

static void held_ref_is_released_by_its_last_put(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);
	struct percpu_ref *refs[] = { &t->ref };

	percpu_ref_get_many(&t->ref, 2);
	percpu_ref_kill_expedited(refs, 1);
	KUNIT_EXPECT_FALSE(test, percpu_ref_tryget_live(&t->ref));
	KUNIT_EXPECT_EQ(test, 0, t->released);

	percpu_ref_put(&t->ref);
	KUNIT_EXPECT_EQ(test, 0, t->released);
	percpu_ref_put(&t->ref);
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

static void atomic_ref_is_killed_beside_a_percpu_one(struct kunit *test)
{
	struct test_ref *a = test_ref(test, PERCPU_REF_INIT_ATOMIC);
	struct test_ref *p = test_ref(test, 0);
	struct percpu_ref *refs[] = { &a->ref, &p->ref };

	percpu_ref_get(&a->ref);
	percpu_ref_kill_expedited(refs, ARRAY_SIZE(refs));
	KUNIT_EXPECT_EQ(test, 0, a->released);
	KUNIT_EXPECT_EQ(test, 1, p->released);

	percpu_ref_put(&a->ref);
	KUNIT_EXPECT_EQ(test, 1, a->released);
}

static void ref_on_its_way_to_atomic_can_be_killed(struct kunit *test)
{
	struct test_ref *t = test_ref(test, PERCPU_REF_ALLOW_REINIT);
	struct percpu_ref *refs[] = { &t->ref };

	/* Returns at once; the switch is finished a grace period later */
	percpu_ref_switch_to_atomic(&t->ref, NULL);
	percpu_ref_kill_expedited(refs, 1);
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

struct hammer {
	struct test_ref		*t;
	struct completion	started;
	bool			killed;		/* the kill has returned */
	unsigned long		got;
	unsigned long		late;		/* got one after that */
};

/* Takes and drops references until there are none, and then some more. */
static int hammer_fn(void *data)
{
	struct hammer *h = data;

	complete(&h->started);
	while (!kthread_should_stop()) {
		/* Pairs with smp_store_release() after the kill */
		bool killed = smp_load_acquire(&h->killed);

		if (percpu_ref_tryget_live(&h->t->ref)) {
			h->got++;
			h->late += killed;
			percpu_ref_put(&h->t->ref);
		}
		cond_resched();
	}
	return 0;
}

static void gets_and_puts_on_every_cpu_are_counted(struct kunit *test)
{
	struct task_struct **tasks;
	struct percpu_ref *refs[1];
	struct hammer *h;
	unsigned int cpu;

	h = kunit_kcalloc(test, nr_cpu_ids, sizeof(*h), GFP_KERNEL);
	tasks = kunit_kcalloc(test, nr_cpu_ids, sizeof(*tasks), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, h);
	KUNIT_ASSERT_NOT_NULL(test, tasks);
	h[0].t = test_ref(test, 0);
	refs[0] = &h[0].t->ref;

	for_each_online_cpu(cpu) {
		h[cpu].t = h[0].t;
		init_completion(&h[cpu].started);
		tasks[cpu] = kthread_create_on_cpu(hammer_fn, &h[cpu], cpu,
						   "ref_hammer/%u");
		KUNIT_EXPECT_FALSE(test, IS_ERR(tasks[cpu]));
		if (IS_ERR(tasks[cpu]))
			continue;
		wake_up_process(tasks[cpu]);
		wait_for_completion(&h[cpu].started);
	}

	msleep(100);
	KUNIT_EXPECT_EQ(test, 0, h[0].t->released);
	percpu_ref_kill_expedited(refs, 1);
	for_each_online_cpu(cpu) {
		/* Pairs with smp_load_acquire() in hammer_fn() */
		smp_store_release(&h[cpu].killed, true);
	}
	msleep(100);

	for_each_online_cpu(cpu) {
		if (IS_ERR(tasks[cpu]))
			continue;
		kthread_stop(tasks[cpu]);
		KUNIT_EXPECT_GT(test, h[cpu].got, 0);
		KUNIT_EXPECT_EQ(test, 0, h[cpu].late);
	}
	KUNIT_EXPECT_EQ(test, 1, h[0].t->released);
}

struct slow_get {
	struct test_ref		*t;
	struct completion	begun;
	bool			percpu;		/* it could be cut in two */
	unsigned int		early;		/* releases before it was done */
};

/*
 * percpu_ref_tryget_live(), slowly: has seen that the reference counts per CPU,
 * and counts there when the kill has long begun.
 */
static int slow_get_fn(void *data)
{
	unsigned long timeout = jiffies + HZ;
	unsigned long __percpu *count;
	struct slow_get *g = data;

	rcu_read_lock();
	g->percpu = __ref_is_percpu(&g->t->ref, &count);
	complete(&g->begun);
	while (!percpu_ref_is_dying(&g->t->ref) && time_before(jiffies, timeout))
		cpu_relax();
	mdelay(20);
	if (g->percpu)
		this_cpu_inc(*count);
	g->early = READ_ONCE(g->t->released);
	rcu_read_unlock();
	if (g->percpu)
		percpu_ref_put(&g->t->ref);
	return 0;
}

static void get_that_has_begun_is_waited_for(struct kunit *test)
{
	struct slow_get g = { .t = test_ref(test, 0) };
	struct percpu_ref *refs[] = { &g.t->ref };
	struct task_struct *task;

	if (num_online_cpus() < 2)
		kunit_skip(test, "one CPU cannot do both");

	init_completion(&g.begun);
	task = kthread_create(slow_get_fn, &g, "slow_get");
	KUNIT_ASSERT_FALSE(test, IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&g.begun);
	percpu_ref_kill_expedited(refs, 1);
	kthread_stop(task);
	put_task_struct(task);

	KUNIT_EXPECT_TRUE(test, g.percpu);
	KUNIT_EXPECT_EQ(test, 0, g.early);
	KUNIT_EXPECT_EQ(test, 1, g.t->released);
}

/* Leaves a stack trace in the log, as it should; "slow" to be told apart. */
static void killing_twice_warns(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);
	struct percpu_ref *refs[] = { &t->ref };

	if (test_taint(TAINT_WARN))
		kunit_skip(test, "the kernel has warned before");

	percpu_ref_get(&t->ref);
	percpu_ref_kill_expedited(refs, 1);
	KUNIT_EXPECT_FALSE(test, test_taint(TAINT_WARN));
	percpu_ref_kill_expedited(refs, 1);
	KUNIT_EXPECT_TRUE(test, test_taint(TAINT_WARN));
}

static struct kunit_case percpu_ref_test_cases[] = {
	KUNIT_CASE(unheld_refs_are_released_in_order),
	KUNIT_CASE(held_ref_is_released_by_its_last_put),
	KUNIT_CASE(atomic_ref_is_killed_beside_a_percpu_one),
	KUNIT_CASE(ref_on_its_way_to_atomic_can_be_killed),
	KUNIT_CASE(gets_and_puts_on_every_cpu_are_counted),
	KUNIT_CASE(get_that_has_begun_is_waited_for),
	KUNIT_CASE_SLOW(killing_twice_warns),
	{}
};

static struct kunit_suite percpu_ref_test_suite = {
	.name = "percpu_ref_kill_expedited",
	.test_cases = percpu_ref_test_cases,
};

kunit_test_suites(&percpu_ref_test_suite);
