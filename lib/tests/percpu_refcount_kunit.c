// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of percpu_ref_kill_idle():
 *
 * - a ref that only its initial reference is left of is dead and released when
 *   it returns, once, and nobody gets it any more;
 * - one that is held, on whatever CPU it was got and put, is left as it is, and
 *   percpu_ref_kill() still works;
 * - a put that was cut in two counts until it has decremented;
 * - a put that the sum misses makes it refuse, never a second release;
 * - refs in atomic mode, dying, or on their way between modes are left alone;
 * - a ref that was in atomic mode for a time can be killed, and reinitialized;
 * - with puts on every CPU, it says yes only when all have been made.
 */

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/panic.h>
#include <linux/percpu-refcount.h>
#include <linux/rcupdate.h>
#include <linux/smp.h>

struct test_ref {
	struct percpu_ref	ref;
	unsigned int		released;	/* how often */
	bool			dead;		/* as it was released */
};

/*
 * percpu_ref_kill() of a ref in atomic mode calls this under the lock that
 * percpu_ref_is_zero() takes: percpu_ref_is_dying() takes none.
 */
static void test_release(struct percpu_ref *ref)
{
	struct test_ref *t = container_of(ref, struct test_ref, ref);

	t->released++;
	/* Who releases may free it: nothing may be written to it after that */
	t->dead = percpu_ref_is_dying(ref);
}

static void test_exit_ref(void *data)
{
	/* What percpu_ref_kill() has begun may not be finished */
	rcu_barrier();
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

/* Half of a put: finds the counter of this CPU, and has not used it. */
static unsigned long *half_a_put(struct kunit *test, struct test_ref *t)
{
	unsigned long __percpu *count;

	KUNIT_ASSERT_TRUE(test, __ref_is_percpu(&t->ref, &count));
	return per_cpu_ptr(count, cpumask_first(cpu_online_mask));
}

static void get_here(void *data)
{
	percpu_ref_get(data);
}

static void put_here(void *data)
{
	percpu_ref_put(data);
}

/* The last of the online CPUs, which is another than the first if there are two */
static unsigned int last_cpu(void)
{
	return cpumask_last(cpu_online_mask);
}

static void idle_ref_is_dead_and_released(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);

	KUNIT_EXPECT_TRUE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 1, t->released);
	KUNIT_EXPECT_TRUE(test, t->dead);
	KUNIT_EXPECT_TRUE(test, percpu_ref_is_dying(&t->ref));
	KUNIT_EXPECT_TRUE(test, percpu_ref_is_zero(&t->ref));
	KUNIT_EXPECT_FALSE(test, percpu_ref_tryget_live(&t->ref));
	KUNIT_EXPECT_FALSE(test, percpu_ref_tryget(&t->ref));
}

static void ref_that_was_used_is_idle_again(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);

	percpu_ref_get_many(&t->ref, 3);
	percpu_ref_put_many(&t->ref, 3);
	KUNIT_EXPECT_TRUE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

static void held_ref_is_left_as_it_is(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);

	percpu_ref_get(&t->ref);
	KUNIT_EXPECT_FALSE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 0, t->released);
	KUNIT_EXPECT_FALSE(test, percpu_ref_is_dying(&t->ref));
	KUNIT_EXPECT_TRUE(test, percpu_ref_tryget_live(&t->ref));
	percpu_ref_put(&t->ref);

	percpu_ref_put(&t->ref);
	KUNIT_EXPECT_TRUE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

static void refused_ref_can_be_killed_the_slow_way(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);

	percpu_ref_get(&t->ref);
	KUNIT_ASSERT_FALSE(test, percpu_ref_kill_idle(&t->ref));
	percpu_ref_kill(&t->ref);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, 0, t->released);
	percpu_ref_put(&t->ref);
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

static void get_and_put_on_two_cpus_add_up(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);

	if (num_online_cpus() < 2)
		kunit_skip(test, "one CPU has one counter");

	smp_call_function_single(cpumask_first(cpu_online_mask), get_here,
				 &t->ref, true);
	KUNIT_EXPECT_FALSE(test, percpu_ref_kill_idle(&t->ref));
	/* One counter is at 1 now, the other at -1 */
	smp_call_function_single(last_cpu(), put_here, &t->ref, true);
	KUNIT_EXPECT_TRUE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

static void put_that_was_cut_in_two_counts_until_it_is_through(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);
	unsigned long *count;

	percpu_ref_get(&t->ref);
	count = half_a_put(test, t);
	KUNIT_EXPECT_FALSE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 0, t->released);

	(*count)--;
	KUNIT_EXPECT_TRUE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

static void atomic_ref_is_refused(struct kunit *test)
{
	struct test_ref *t = test_ref(test, PERCPU_REF_INIT_ATOMIC);

	KUNIT_EXPECT_FALSE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 0, t->released);
	percpu_ref_kill(&t->ref);
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

static void ref_on_its_way_to_atomic_is_refused(struct kunit *test)
{
	struct test_ref *t = test_ref(test, PERCPU_REF_ALLOW_REINIT);

	/* Returns at once; the switch is finished a grace period later */
	percpu_ref_switch_to_atomic(&t->ref, NULL);
	KUNIT_EXPECT_FALSE(test, percpu_ref_kill_idle(&t->ref));
	percpu_ref_kill(&t->ref);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

static void dying_ref_is_refused(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);

	percpu_ref_get(&t->ref);
	percpu_ref_kill(&t->ref);
	KUNIT_EXPECT_FALSE(test, percpu_ref_kill_idle(&t->ref));
	percpu_ref_put(&t->ref);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, 1, t->released);
	KUNIT_EXPECT_FALSE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

/* What is left is the reference of the switch, which is not the initial one. */
static void dying_ref_without_holders_is_refused(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);

	rcu_read_lock();
	percpu_ref_kill(&t->ref);
	KUNIT_EXPECT_FALSE(test, percpu_ref_kill_idle(&t->ref));
	rcu_read_unlock();
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

static void ref_that_was_atomic_for_a_time_is_killed(struct kunit *test)
{
	struct test_ref *t = test_ref(test, PERCPU_REF_ALLOW_REINIT);

	percpu_ref_get(&t->ref);
	percpu_ref_switch_to_atomic_sync(&t->ref);
	percpu_ref_switch_to_percpu(&t->ref);
	/* The reference is in the count of the atomic mode now */
	KUNIT_EXPECT_FALSE(test, percpu_ref_kill_idle(&t->ref));
	percpu_ref_put(&t->ref);
	KUNIT_EXPECT_TRUE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 1, t->released);

	percpu_ref_reinit(&t->ref);
	KUNIT_EXPECT_TRUE(test, percpu_ref_tryget_live(&t->ref));
	percpu_ref_put(&t->ref);
	KUNIT_EXPECT_TRUE(test, percpu_ref_kill_idle(&t->ref));
	KUNIT_EXPECT_EQ(test, 2, t->released);
}

#define PUTS	2000

struct putter {
	struct test_ref		*t;
	struct task_struct	*task;
	atomic_t		*left;
};

/* Puts references that others have got, and says so before each. */
static int putter_fn(void *data)
{
	struct putter *p = data;
	unsigned int i;

	for (i = 0; i < PUTS; i++) {
		atomic_dec(p->left);
		percpu_ref_put(&p->t->ref);
		cond_resched();
	}
	return 0;
}

static void puts_on_every_cpu_are_waited_for(struct kunit *test)
{
	struct test_ref *t = test_ref(test, 0);
	unsigned long timeout = jiffies + 30 * HZ;
	struct putter *p;
	atomic_t left;
	bool killed;
	int cpu;

	p = kunit_kcalloc(test, nr_cpu_ids, sizeof(*p), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	atomic_set(&left, PUTS * num_online_cpus());
	/* All on one CPU: the counters of the others will be below zero */
	percpu_ref_get_many(&t->ref, PUTS * num_online_cpus());

	for_each_online_cpu(cpu) {
		p[cpu].t = t;
		p[cpu].left = &left;
		p[cpu].task = kthread_create_on_cpu(putter_fn, &p[cpu], cpu, "putter/%u");
		KUNIT_ASSERT_FALSE(test, IS_ERR(p[cpu].task));
	}
	for_each_online_cpu(cpu)
		wake_up_process(p[cpu].task);

	do {
		killed = percpu_ref_kill_idle(&t->ref);
		if (killed)
			KUNIT_EXPECT_EQ(test, 0, atomic_read(&left));
		cond_resched();
	} while (!killed && time_before(jiffies, timeout));

	KUNIT_EXPECT_TRUE(test, killed);
	KUNIT_EXPECT_EQ(test, 1, t->released);
}

/* Leaves a stack trace in the log, as it should; "slow" to be told apart. */
static void use_after_an_idle_kill_warns(struct kunit *test)
{
	struct test_ref t = {};
	unsigned long __percpu *count;

	if (!IS_ENABLED(CONFIG_PROVE_RCU))
		kunit_skip(test, "looked for with CONFIG_PROVE_RCU only");
	if (test_taint(TAINT_WARN))
		kunit_skip(test, "the kernel has warned before");

	KUNIT_ASSERT_EQ(test, 0, percpu_ref_init(&t.ref, test_release, 0, GFP_KERNEL));
	KUNIT_ASSERT_TRUE(test, __ref_is_percpu(&t.ref, &count));
	KUNIT_EXPECT_TRUE(test, percpu_ref_kill_idle(&t.ref));
	/* A get that had looked at the mode before, against the rule */
	this_cpu_inc(*count);
	KUNIT_EXPECT_FALSE(test, test_taint(TAINT_WARN));
	percpu_ref_exit(&t.ref);
	KUNIT_EXPECT_TRUE(test, test_taint(TAINT_WARN));
}

static struct kunit_case percpu_ref_test_cases[] = {
	KUNIT_CASE(idle_ref_is_dead_and_released),
	KUNIT_CASE(ref_that_was_used_is_idle_again),
	KUNIT_CASE(held_ref_is_left_as_it_is),
	KUNIT_CASE(refused_ref_can_be_killed_the_slow_way),
	KUNIT_CASE(get_and_put_on_two_cpus_add_up),
	KUNIT_CASE(put_that_was_cut_in_two_counts_until_it_is_through),
	KUNIT_CASE(atomic_ref_is_refused),
	KUNIT_CASE(ref_on_its_way_to_atomic_is_refused),
	KUNIT_CASE(dying_ref_is_refused),
	KUNIT_CASE(dying_ref_without_holders_is_refused),
	KUNIT_CASE(ref_that_was_atomic_for_a_time_is_killed),
	KUNIT_CASE(puts_on_every_cpu_are_waited_for),
	KUNIT_CASE_SLOW(use_after_an_idle_kill_warns),
	{}
};

static struct kunit_suite percpu_ref_test_suite = {
	.name = "percpu_ref_kill_idle",
	.test_cases = percpu_ref_test_cases,
};

kunit_test_suites(&percpu_ref_test_suite);
