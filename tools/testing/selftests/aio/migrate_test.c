// SPDX-License-Identifier: GPL-2.0
/*
 * The pages of a ring, moved between memory nodes
 *
 * Proves that:
 * - every page of a ring can be moved, and nothing in it changes;
 * - events are neither lost nor seen twice if they are reaped meanwhile, one by
 *   one, by io_getevents(2) or by the process itself;
 * - a ring may be moved while io_setup(2) has not returned yet;
 * - a child that has the ring from its parent may move the pages, or try to move
 *   the mapping, while the parent's exit frees the context.
 *
 * ring_test.c has completions beside migration. A machine with one node has
 * two when it is booted with numa=fake=2: see config.mem.
 */

#include "aio_failure.h"
#include "aio_ring.h"

#include <sys/prctl.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#endif

#define MPOL_MF_MOVE		2
/* Those that other processes have mapped as well; only root can. */
#define MPOL_MF_MOVE_ALL	4

#define MAX_PAGES	16
#define NO_COOKIE	(~0ULL)

FIXTURE(migrate)
{
	struct aio_state state;
	aio_context_t ctx;
	size_t nr_pages;
	int fd;
};

FIXTURE_SETUP(migrate)
{
	size_t i;

	save_aio_state(_metadata, &self->state);
	if (access("/sys/devices/system/node/node1", F_OK))
		SKIP(return, "one memory node only: see numa=fake=2");
	if (!make_room(NR_BIG(page_size())))
		SKIP(return, "no room below fs.aio-max-nr");
	self->fd = open_test_file(_metadata);
	self->ctx = setup_ctx(_metadata, NR_BIG(page_size()));
	self->nr_pages = ring_bytes(self->ctx) / page_size();
	ASSERT_GE(MAX_PAGES, self->nr_pages);
	/* Only what is mapped can be moved. */
	for (i = 0; i < self->nr_pages; i++)
		__atomic_load_n((char *)self->ctx + i * page_size(), __ATOMIC_RELAXED);
}

FIXTURE_TEARDOWN_PARENT(migrate)
{
	check_aio_state(_metadata, &self->state);
}

/* Returns how many of the pages are now on the node, or -errno. */
static long move_ring(aio_context_t ctx, size_t nr, int node, int flags)
{
	int nodes[MAX_PAGES], status[MAX_PAGES];
	void *pages[MAX_PAGES];
	long ret, moved = 0;
	size_t i;

	for (i = 0; i < nr; i++) {
		pages[i] = (char *)ctx + i * page_size();
		nodes[i] = node;
	}
	ret = result_of(syscall(__NR_move_pages, 0, nr, pages, nodes, status, flags));
	if (ret < 0)
		return ret;
	for (i = 0; i < nr; i++)
		moved += status[i] == node;
	return moved;
}

TEST_F(migrate, moves_every_page_and_changes_nothing)
{
	const struct aio_ring before = *ring_of(self->ctx);
	const __u32 queued = NR_BIG(page_size());
	int round, tries;
	long moved;
	__u32 i;

	/* An event in every page; a look-up in between finds the id moved. */
	for (i = 0; i < queued; i++)
		ASSERT_EQ(1, submit_read(self->ctx, self->fd, i));
	for (round = 0; round < 6; round++) {
		moved = 0;
		for (tries = 0; tries < 10 && moved != self->nr_pages; tries++)
			moved = move_ring(self->ctx, self->nr_pages, round % 2,
					  MPOL_MF_MOVE);
		EXPECT_EQ(self->nr_pages, moved);
		EXPECT_EQ(before.id, ring_of(self->ctx)->id);
		EXPECT_EQ(queued, ring_of(self->ctx)->tail);
		EXPECT_EQ(0, sys_io_submit(self->ctx, 0, NULL));
	}
	for (i = 0; i < queued; i++) {
		struct io_event ev;

		ASSERT_EQ(1, sys_io_getevents(self->ctx, 1, 1, &ev, 0));
		ASSERT_EQ(i, ev.data);
		ASSERT_EQ(1, ev.res);
	}
	EXPECT_EQ(0, use_ctx(self->ctx, self->fd, 1));
}

struct mover {
	pthread_t thread;
	aio_context_t ctx;
	size_t nr_pages;
	bool stop;
	long moved;
};

static void *move_to_and_fro(void *arg)
{
	struct mover *m = arg;
	int node = 0;
	long ret;

	pin_to_cpu(1);
	while (!__atomic_load_n(&m->stop, __ATOMIC_RELAXED)) {
		node ^= 1;
		ret = move_ring(m->ctx, m->nr_pages, node, MPOL_MF_MOVE);
		m->moved += ret > 0 ? ret : 0;
	}
	return NULL;
}

/* Takes an event from the head, without a system call: returns its cookie. */
static __u64 take_event(struct aio_ring *ring)
{
	__u32 head = ring->head;
	__u64 cookie;

	if (head == __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE))
		return NO_COOKIE;
	cookie = ring->events[head].data;
	__atomic_store_n(&ring->head, (head + 1) % ring->nr, __ATOMIC_RELEASE);
	return cookie;
}

/* The same by a system call */
static __u64 get_event(struct aio_ring *ring)
{
	struct io_event ev;

	if (sys_io_getevents((uintptr_t)ring, 0, 1, &ev, 0) != 1)
		return NO_COOKIE;
	return ev.data;
}

/* Events by the hundred, taken one by one while their pages move */
static void reap_meanwhile(struct __test_metadata *const _metadata, struct mover *m,
			   int fd, __u64 (*reap)(struct aio_ring *))
{
	__s64 deadline = test_deadline();
	__u64 cookie = 0, seen = 0;
	long i, n = 1;

	pin_to_cpu(0);
	ASSERT_EQ(0, pthread_create(&m->thread, NULL, move_to_and_fro, m));
	for (; now_ns() < deadline; n = n % 200 + 7) {
		for (i = 0; i < n; i++)
			ASSERT_EQ(1, submit_read(m->ctx, fd, cookie++));
		for (; seen < cookie; seen++)
			ASSERT_EQ(seen, reap(ring_of(m->ctx)));
	}
	__atomic_store_n(&m->stop, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(m->thread, NULL));
	EXPECT_EQ(NO_COOKIE, reap(ring_of(m->ctx)));
	EXPECT_LT(0, m->moved);
	TH_LOG("%llu events, %ld pages moved", seen, m->moved);
}

TEST_F_TIMEOUT(migrate, events_can_be_reaped_in_user_space_meanwhile, 120)
{
	struct mover m = { .ctx = self->ctx, .nr_pages = self->nr_pages };

	reap_meanwhile(_metadata, &m, self->fd, take_event);
}

TEST_F_TIMEOUT(migrate, events_can_be_reaped_by_calls_meanwhile, 120)
{
	struct mover m = { .ctx = self->ctx, .nr_pages = self->nr_pages };

	reap_meanwhile(_metadata, &m, self->fd, get_event);
}

static bool has_moved(const struct mover *m)
{
	return __atomic_load_n(&m->moved, __ATOMIC_RELAXED);
}

/* Moves what comes to be mapped there, which may be nothing at the moment. */
static void *move_what_is_there(void *arg)
{
	struct mover *m = arg;
	aio_context_t ctx;
	int node = 0;

	pin_to_cpu(1);
	while (!__atomic_load_n(&m->stop, __ATOMIC_RELAXED)) {
		node ^= 1;
		ctx = __atomic_load_n(&m->ctx, __ATOMIC_RELAXED);
		/* Only what is mapped can be moved. */
		if (!madvise((void *)ctx, page_size(), MADV_POPULATE_READ))
			__atomic_fetch_add(&m->moved, move_ring(ctx, 1, node, MPOL_MF_MOVE) == 1,
					   __ATOMIC_RELAXED);
	}
	return NULL;
}

/* The id is in the page that the context is found by from then on. */
TEST_F_TIMEOUT(migrate, ring_may_be_moved_before_setup_returns, 120)
{
	struct mover m = {};
	__s64 deadline = test_deadline(), end = deadline + 20 * NSEC_PER_SEC;
	long rounds = 0, again = 0;
	aio_context_t ctx;

	pin_to_cpu(0);
	ASSERT_EQ(0, pthread_create(&m.thread, NULL, move_what_is_there, &m));
	for (; now_ns() < (has_moved(&m) ? deadline : end); rounds++) {
		ctx = setup_ctx(_metadata, 1);
		/* The next one is likely to be in the same place. */
		again += __atomic_exchange_n(&m.ctx, ctx, __ATOMIC_RELAXED) == ctx;
		ASSERT_EQ(0, sys_io_submit(ctx, 0, NULL));
		sleep_ns(NSEC_PER_MSEC);
		ASSERT_EQ(0, sys_io_submit(ctx, 0, NULL));
		ASSERT_EQ(0, sys_io_destroy(ctx));
	}
	__atomic_store_n(&m.stop, true, __ATOMIC_RELAXED);
	ASSERT_EQ(0, pthread_join(m.thread, NULL));
	EXPECT_LT(0, again);
	EXPECT_LT(0, m.moved);
	TH_LOG("%ld rings, %ld in the same place, moved %ld times", rounds, again, m.moved);
}

/* What the child does with the ring that was its parent's */
enum deed {
	MOVE_THE_PAGES,
	MOVE_THE_MAPPING,
};

/* The child that has the ring, and what it has come to */
struct heir {
	enum deed deed;
	aio_context_t ctx;
	size_t size;
	pid_t parent;
	long done;
	long rounds;
	struct call_failure failure;
};

FIXTURE(inherited)
{
	struct aio_state state;
	struct heir heir;
};

FIXTURE_VARIANT(inherited)
{
	enum deed deed;
};

FIXTURE_VARIANT_ADD(inherited, pages) {
	.deed = MOVE_THE_PAGES,
};

FIXTURE_VARIANT_ADD(inherited, mapping) {
	.deed = MOVE_THE_MAPPING,
};

FIXTURE_SETUP(inherited)
{
	aio_context_t ctx;

	save_aio_state(_metadata, &self->state);
	if (variant->deed == MOVE_THE_PAGES &&
	    access("/sys/devices/system/node/node1", F_OK))
		SKIP(return, "one memory node only: see numa=fake=2");
	ctx = setup_ctx(_metadata, 1);
	if (!child_has_ring(ctx))
		SKIP(return, "a child does not inherit the ring");
	ASSERT_EQ(0, sys_io_destroy(ctx));
}

FIXTURE_TEARDOWN_PARENT(inherited)
{
	check_aio_state(_metadata, &self->state);
}

/* Is the page still part of the ring?  Not once that is truncated. */
static bool is_in_ring(const void *page)
{
	unsigned char vec = 0;

	return !mincore((void *)page, 1, &vec) && vec & 1;
}

static void use_once(struct heir *h, void *to)
{
	long ret;

	if (h->deed == MOVE_THE_PAGES) {
		ret = move_ring(h->ctx, 1, h->done % 2, MPOL_MF_MOVE_ALL);
		check_result(&h->failure, ret >= 0, "move_pages", ret, h->done);
	} else {
		ret = move(h->ctx, h->size, to) == MAP_FAILED ? -errno : 0;
		check_result(&h->failure, ret == -EINVAL, "mremap", ret, h->done);
	}
	h->done++;
}

/* Goes on while the context is freed, right after the ring is truncated. */
static void use_inherited(struct heir *h)
{
	__s64 end = now_ns() + 20 * NSEC_PER_SEC;
	void *to;
	int i;

	pin_to_cpu(1);
	__atomic_load_n((char *)h->ctx, __ATOMIC_RELAXED);
	to = mmap(NULL, h->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	while (is_in_ring((void *)h->ctx) && now_ns() < end)
		use_once(h, to);
	for (i = 0; i < 10; i++)
		use_once(h, to);
	_exit(h->failure.nr != 0);
}

/* In a child: has one of its own, which outlives it. */
static void leave_ring_to_child(struct __test_metadata *const _metadata,
				struct heir *h)
{
	long done = h->done;
	pid_t child;

	pin_to_cpu(0);
	h->ctx = setup_ctx(_metadata, 1);
	h->size = ring_bytes(h->ctx);
	h->parent = getpid();
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		use_inherited(h);
	while (__atomic_load_n(&h->done, __ATOMIC_RELAXED) == done)
		sleep_ns(NSEC_PER_MSEC);
	_exit(0);
}

TEST_F_TIMEOUT(inherited, ring_can_be_moved_while_the_parent_exits, 120)
{
	struct heir *h = &self->heir;
	__s64 deadline = test_deadline();
	pid_t child;
	int status;

	h->deed = variant->deed;
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	while (now_ns() < deadline && !h->failure.nr) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			leave_ring_to_child(_metadata, h);
		EXPECT_EQ(0, wait_for_child(_metadata, child));
		/* What is our child now was that of our child. */
		ASSERT_LT(0, wait(&status));
		h->rounds++;
	}
	expect_no_failure(_metadata, &h->failure);
	EXPECT_LT(0, h->rounds);
	TH_LOG("%ld parents, %ld calls", h->rounds, h->done);
}

TEST_HARNESS_MAIN
