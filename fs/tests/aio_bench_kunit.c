// SPDX-License-Identifier: GPL-2.0
/*
 * What the context table of fs/aio.c costs, in nanoseconds, without system calls.
 *
 * Each row is the least of some runs, for each call: "bench: ROW CONTEXTS NS".
 * What is measured has to be right; how fast it is decides nothing.  With
 * checkers built in, the figures are theirs.
 *
 * The list is like that of 2013: each context an object, the one that was set up
 * last first, compared by its ring's address, a reference by a per-CPU count.
 *
 * All contexts share a ring and its per-CPU counts, so that of a context which
 * nobody used for long, only the misses on the context itself are measured.
 */

#include <kunit/test.h>
#include <linux/ktime.h>
#include <linux/rculist.h>

#define BENCH_RUNS	5
#define BENCH_RUN_NS	(2 * NSEC_PER_MSEC)
/* How many calls there are between two looks at the clock, at least */
#define BENCH_BATCH	32
/* Each has per-CPU memory, which takes long to get */
#define BENCH_KILLS	500

/* In the list, what is compared is beside the pointer to the next. */
struct bench_ctx {
	struct hlist_node	node;
	unsigned long		user_id;
	struct kioctx		ctx;
};

struct bench {
	struct mm_struct	*mm;
	struct page		*ring;
	struct hlist_head	list;
	struct kioctx_cpu __percpu *cpu;
	struct bench_ctx	**ctxs;
	unsigned int		nr;
	/* Whose turn it is: all of them, each 5/8 of all behind the one before */
	unsigned int		id;
	unsigned int		wrong;
};

static const unsigned int bench_sizes[] = { 1, 64, 512, 30000 };

static unsigned int bench_next(struct bench *b)
{
	b->id += b->nr * 5 / 8 + 1;
	if (b->id >= b->nr)
		b->id -= b->nr;
	return b->id;
}

static unsigned long bench_user_id(unsigned int i)
{
	return (i + 1UL) << PAGE_SHIFT;
}

/* Has @b hold @nr contexts, in the table and in the list. */
static void bench_grow(struct kunit *test, struct bench *b, unsigned int nr)
{
	struct bench_ctx *ctx;

	for (; b->nr < nr; b->nr++) {
		ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, ctx);
		b->ctxs[b->nr] = ctx;
		ctx->user_id = bench_user_id(b->nr);
		ctx->ctx.user_id = ctx->user_id;
		ctx->ctx.cpu = b->cpu;
		ctx->ctx.ring_folios = ctx->ctx.internal_folios;
		ctx->ctx.ring_folios[0] = page_folio(b->ring);
		hlist_add_head_rcu(&ctx->node, &b->list);
		KUNIT_ASSERT_EQ(test, 0, ioctx_add_table(&ctx->ctx, b->mm));
	}
	b->id = 0;
}

static void bench_table(struct bench *b)
{
	unsigned int id = bench_next(b);
	struct kioctx *ctx;

	rcu_read_lock_sched();
	ctx = ioctx_at(b->mm, id);
	if (likely(ctx && ctx->id == id &&
		   READ_ONCE(ctx->user_id) == bench_user_id(id)))
		b->wrong += !ioctx_enter(b->mm, ctx);
	else
		b->wrong++;
	rcu_read_unlock_sched();
	if (likely(ctx))
		ioctx_leave(ctx);
}

static void bench_list(struct bench *b)
{
	unsigned long user_id = bench_user_id(bench_next(b));
	struct bench_ctx *ctx;

	rcu_read_lock();
	hlist_for_each_entry_rcu(ctx, &b->list, node) {
		if (ctx->user_id == user_id) {
			this_cpu_inc(ctx->ctx.cpu->entered.counter);
			break;
		}
	}
	rcu_read_unlock();
	if (ctx)
		this_cpu_inc(ctx->ctx.cpu->left);
	else
		b->wrong++;
}

static void bench_slot(struct bench *b)
{
	unsigned int id = bench_next(b);
	struct kioctx *ctx = &b->ctxs[id]->ctx;

	spin_lock(&b->mm->ioctx_lock);
	ioctx_unpublish(b->mm, ctx);
	spin_unlock(&b->mm->ioctx_lock);
	/* The only free one of those that are in use */
	if (ioctx_add_table(ctx, b->mm) || ctx->id != id)
		b->wrong++;
}

static void bench_nothing(struct bench *b)
{
	bench_next(b);
}

static u64 bench_run(struct bench *b, void (*call)(struct bench *b))
{
	u64 start = ktime_get_ns(), ns;
	unsigned int i, calls = 0;

	do {
		for (i = 0; i < BENCH_BATCH; i++)
			call(b);
		calls += BENCH_BATCH;
		ns = ktime_get_ns() - start;
	} while (ns < BENCH_RUN_NS);
	return div_u64(ns * 10, calls);
}

static void bench_row(struct kunit *test, const char *row,
		      void (*call)(struct bench *b))
{
	struct bench *b = test->priv;
	u64 best = U64_MAX;
	int i;

	for (i = 0; i < BENCH_RUNS; i++) {
		best = min(best, bench_run(b, call));
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, 0, b->wrong);
	kunit_info(test, "bench: %s %u %llu.%llu\n", row, b->nr,
		   div_u64(best, 10), best - 10 * div_u64(best, 10));
}

static int bench_init(struct kunit *test)
{
	unsigned int most = bench_sizes[ARRAY_SIZE(bench_sizes) - 1];
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	test->priv = b;
	b->mm = kunit_kzalloc(test, sizeof(*b->mm), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b->mm);
	spin_lock_init(&b->mm->ioctx_lock);
	atomic_set(&b->mm->mm_users, 1);
	b->ctxs = kvcalloc(most, sizeof(b->ctxs[0]), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b->ctxs);
	b->cpu = alloc_percpu(struct kioctx_cpu);
	KUNIT_ASSERT_NOT_NULL(test, b->cpu);
	b->ring = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b->ring);
	return 0;
}

static void bench_exit(struct kunit *test)
{
	unsigned int most = bench_sizes[ARRAY_SIZE(bench_sizes) - 1], i;
	struct bench *b = test->priv;

	if (!b)
		return;
	if (b->mm)
		kvfree(rcu_dereference_protected(b->mm->ioctx_table, true));
	for (i = 0; b->ctxs && i < most && b->ctxs[i]; i++)
		kfree(b->ctxs[i]);
	kvfree(b->ctxs);
	free_percpu(b->cpu);
	if (b->ring)
		__free_page(b->ring);
}

static void look_up(struct kunit *test)
{
	struct bench *b = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(bench_sizes); i++) {
		bench_grow(test, b, bench_sizes[i]);
		bench_row(test, "loop", bench_nothing);
		bench_row(test, "list", bench_list);
		bench_row(test, "table", bench_table);
		atomic_set(&b->mm->mm_users, 2);
		bench_row(test, "table-of-threads", bench_table);
		atomic_set(&b->mm->mm_users, 1);
	}
}

static void slot_hand_out(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(bench_sizes); i++) {
		bench_grow(test, test->priv, bench_sizes[i]);
		bench_row(test, "slot", bench_slot);
	}
}

/* Without the ring */
static void kill_idle(struct kunit *test)
{
	struct bench *b = test->priv;
	struct ctx_rq_wait *wait;
	struct kioctx **ctxs;
	unsigned int i;
	u64 start, ns;

	wait = kunit_kzalloc(test, sizeof(*wait), GFP_KERNEL);
	ctxs = kunit_kcalloc(test, BENCH_KILLS, sizeof(ctxs[0]), GFP_KERNEL);
	KUNIT_ASSERT_TRUE(test, wait && ctxs);
	init_completion(&wait->comp);
	atomic_set(&wait->count, BENCH_KILLS);
	for (i = 0; i < BENCH_KILLS; i++) {
		ctxs[i] = test_live_ctx(test);
		init_waitqueue_head(&ctxs[i]->wait);
		ctxs[i]->ring_folios = ctxs[i]->internal_folios;
		ctxs[i]->ring_folios[0] = page_folio(b->ring);
		KUNIT_ASSERT_EQ(test, 0, ioctx_add_table(ctxs[i], b->mm));
	}

	start = ktime_get_ns();
	for (i = 0; i < BENCH_KILLS; i++) {
		b->wrong += !!ioctx_withdraw(b->mm, ctxs[i], wait);
		ioctx_kill_reqs(ctxs[i]);
	}
	ns = ktime_get_ns() - start;
	KUNIT_EXPECT_EQ(test, 0, b->wrong);
	/* Each of them at once, not after a grace period */
	KUNIT_EXPECT_TRUE(test, completion_done(&wait->comp));
	kunit_info(test, "bench: kill %u %llu.0\n", i, div_u64(ns, i));
	/* What goes wrong here counts in @wait after a grace period. */
	rcu_barrier();
}

static struct kunit_case bench_cases[] = {
	KUNIT_CASE_SLOW(look_up),
	KUNIT_CASE_SLOW(slot_hand_out),
	KUNIT_CASE_SLOW(kill_idle),
	{}
};

static struct kunit_suite bench_suite = {
	.name = "aio_ioctx_bench",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = bench_cases,
};

kunit_test_suite(bench_suite);
