// SPDX-License-Identifier: GPL-2.0
/*
 * A look-up that waits for the page of the ring's header
 *
 * The memory at the handle is one whose pages user space supplies, by
 * userfaultfd(2), so that a call waits for it just where it reads the id. Proves,
 * for each of the calls, that:
 * - it goes on with the page, and finds by the id what it would have found;
 * - meanwhile no other call has to wait, also if the table is replaced;
 * - what it finds is what is there when the page is;
 * - it is refused if the page cannot be had, and ends with its process.
 *
 * Needs the options in config.mem, and root.
 */

#include "aio_failure.h"

#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

/* Enough for a table of four slots to be replaced twice */
#define NR_OTHERS	12

enum call {
	CALL_SUBMIT,
	CALL_GETEVENTS,
	CALL_CANCEL,
	CALL_DESTROY,
};

/* A thread in a call, and what that returned */
struct caller {
	pthread_t thread;
	enum call call;
	aio_context_t ctx;
	struct iocb *poll;
	pid_t tid;
	long ret;
};

FIXTURE(fault)
{
	struct aio_state state;
	struct caller caller;
	aio_context_t other;
	/* A request in flight, and a copy of the ring's header */
	struct iocb poll;
	void *header;
	int pipe[2];
	int uffd;
	int fd;
};

FIXTURE_VARIANT(fault)
{
	enum call call;
	/* Of a call that finds its context */
	long found;
};

FIXTURE_VARIANT_ADD(fault, of_submit) {
	.call = CALL_SUBMIT,
	.found = 0,
};

FIXTURE_VARIANT_ADD(fault, of_getevents) {
	.call = CALL_GETEVENTS,
	.found = 0,
};

FIXTURE_VARIANT_ADD(fault, of_cancel) {
	.call = CALL_CANCEL,
	.found = -EINPROGRESS,
};

FIXTURE_VARIANT_ADD(fault, of_destroy) {
	.call = CALL_DESTROY,
	.found = 0,
};

static int open_uffd(__u64 features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int uffd = syscall(__NR_userfaultfd, O_CLOEXEC);

	if (uffd >= 0 && ioctl(uffd, UFFDIO_API, &api)) {
		close(uffd);
		return -1;
	}
	return uffd;
}

/* Puts memory in the place of the ring that the other end of uffd fills in. */
static void unplug_ring(struct __test_metadata *const _metadata, int uffd,
			aio_context_t ctx)
{
	struct uffdio_register reg = {
		.range = { .start = ctx, .len = page_size() },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	map_over(_metadata, (void *)ctx, page_size(), PROT_READ | PROT_WRITE);
	ASSERT_EQ(0, ioctl(uffd, UFFDIO_REGISTER, &reg));
}

/* A context with a poll in flight, at id 1, whose ring has been read aside */
FIXTURE_SETUP(fault)
{
	struct iocb *iocbs[] = { &self->poll };

	save_aio_state(_metadata, &self->state);
	self->uffd = open_uffd(0);
	if (self->uffd < 0)
		SKIP(return, "no userfaultfd(2): see config.mem");
	self->fd = open_test_file(_metadata);
	ASSERT_EQ(0, pipe(self->pipe));
	self->other = setup_ctx(_metadata, 1);
	self->caller.call = variant->call;
	self->caller.ctx = setup_ctx(_metadata, 1);
	self->caller.poll = &self->poll;
	ASSERT_EQ(page_size(), ring_bytes(self->caller.ctx));
	prep_poll(&self->poll, self->pipe[0], 7);
	ASSERT_EQ(1, sys_io_submit(self->caller.ctx, 1, iocbs));
	self->header = map_memory(_metadata, page_size(), PROT_READ | PROT_WRITE);
	memcpy(self->header, ring_of(self->caller.ctx), page_size());
}

FIXTURE_TEARDOWN_PARENT(fault)
{
	check_aio_state(_metadata, &self->state);
}

static void *make_call(void *arg)
{
	struct caller *c = arg;
	struct io_event ev;

	announce_thread(&c->tid);
	switch (c->call) {
	case CALL_SUBMIT:
		c->ret = sys_io_submit(c->ctx, 0, NULL);
		break;
	case CALL_GETEVENTS:
		c->ret = sys_io_getevents(c->ctx, 0, 1, &ev, 0);
		break;
	case CALL_CANCEL:
		c->ret = sys_io_cancel(c->ctx, c->poll);
		break;
	case CALL_DESTROY:
		c->ret = sys_io_destroy(c->ctx);
		break;
	}
	return NULL;
}

/* Returns when the call waits for the page. */
static void begin_call(struct __test_metadata *const _metadata, int uffd,
		       struct caller *c)
{
	struct pollfd pollfd = { .fd = uffd, .events = POLLIN };
	struct uffd_msg msg;

	unplug_ring(_metadata, uffd, c->ctx);
	ASSERT_EQ(0, pthread_create(&c->thread, NULL, make_call, c));
	ASSERT_EQ(1, poll(&pollfd, 1, 20000))
	{
		TH_LOG("nobody waits for the page");
	}
	ASSERT_EQ(sizeof(msg), read(uffd, &msg, sizeof(msg)));
	ASSERT_EQ(UFFD_EVENT_PAGEFAULT, msg.event);
	ASSERT_EQ(c->ctx, msg.arg.pagefault.address & ~(page_size() - 1));
}

static void wake(struct __test_metadata *const _metadata, int uffd,
		 aio_context_t ctx)
{
	struct uffdio_range range = { .start = ctx, .len = page_size() };

	ASSERT_EQ(0, ioctl(uffd, UFFDIO_WAKE, &range));
}

/* Supplies the page, and lets the call go on, if it is to. */
static void supply_page(struct __test_metadata *const _metadata, int uffd,
			aio_context_t ctx, const void *page, int mode)
{
	struct uffdio_copy copy = {
		.dst = ctx,
		.src = (uintptr_t)page,
		.len = page_size(),
		.mode = mode,
	};

	ASSERT_EQ(0, ioctl(uffd, UFFDIO_COPY, &copy));
}

static long end_call(struct __test_metadata *const _metadata, struct caller *c)
{
	ASSERT_EQ(0, pthread_join(c->thread, NULL));
	return c->ret;
}

TEST_F(fault, over_finds_the_context)
{
	struct caller *c = &self->caller;

	begin_call(_metadata, self->uffd, c);
	supply_page(_metadata, self->uffd, c->ctx, self->header, 0);
	EXPECT_EQ(variant->found, end_call(_metadata, c));
}

/* Wherever the caller waits, it holds nothing that another call waits for. */
TEST_F(fault, holds_nobody_up)
{
	struct caller *c = &self->caller;
	aio_context_t ctx[NR_OTHERS];
	int i;

	begin_call(_metadata, self->uffd, c);
	setup_ctxs(_metadata, ctx, NR_OTHERS, 1);
	for (i = 0; i < NR_OTHERS; i++)
		EXPECT_EQ(0, use_ctx(ctx[i], self->fd, i));
	for (i = 0; i < NR_OTHERS; i += 2)
		EXPECT_EQ(0, sys_io_destroy(ctx[i]));
	EXPECT_EQ(0, sys_io_destroy(self->other));
	EXPECT_EQ('S', thread_state(c->tid));
	supply_page(_metadata, self->uffd, c->ctx, self->header, 0);
	EXPECT_EQ(variant->found, end_call(_metadata, c));
}

TEST_F(fault, over_with_the_id_of_another_is_refused)
{
	struct caller *c = &self->caller;
	struct aio_ring *header = self->header;

	begin_call(_metadata, self->uffd, c);
	header->id = ring_of(self->other)->id;
	supply_page(_metadata, self->uffd, c->ctx, header, 0);
	EXPECT_EQ(-EINVAL, end_call(_metadata, c));
	EXPECT_EQ(0, use_ctx(self->other, self->fd, 1));
}

/* The page is there, but the caller does not know it yet. */
TEST_F(fault, of_a_context_that_is_destroyed_meanwhile_is_refused)
{
	struct caller *c = &self->caller;
	aio_context_t ctx[NR_OTHERS];

	begin_call(_metadata, self->uffd, c);
	supply_page(_metadata, self->uffd, c->ctx, self->header,
		    UFFDIO_COPY_MODE_DONTWAKE);
	EXPECT_EQ(0, sys_io_destroy(c->ctx));
	/* Kernels as shipped have unmapped what they took for the ring. */
	memcpy(map_over(_metadata, (void *)c->ctx, page_size(), PROT_READ | PROT_WRITE),
	       self->header, page_size());
	/* The first of them gets the id. */
	setup_ctxs(_metadata, ctx, NR_OTHERS, 1);
	wake(_metadata, self->uffd, c->ctx);
	EXPECT_EQ(-EINVAL, end_call(_metadata, c));
}

/* It has been set up when the call had begun, in a table that was not there. */
TEST_F(fault, over_finds_a_ring_that_has_come_there)
{
	struct caller *c = &self->caller;
	aio_context_t ctx[NR_OTHERS], last;

	if (variant->call == CALL_CANCEL)
		SKIP(return, "the request is not of that context");
	begin_call(_metadata, self->uffd, c);
	setup_ctxs(_metadata, ctx, NR_OTHERS, 1);
	last = ctx[NR_OTHERS - 1];
	ASSERT_EQ((void *)c->ctx,
		  mremap((void *)last, page_size(), page_size(),
			 MREMAP_MAYMOVE | MREMAP_FIXED, (void *)c->ctx));
	wake(_metadata, self->uffd, c->ctx);
	EXPECT_EQ(variant->found, end_call(_metadata, c));
	if (variant->call == CALL_DESTROY)
		EXPECT_EQ(self->state.nr + 2 + NR_OTHERS - 1, aio_nr());
}

TEST_F(fault, that_fails_is_refused)
{
	int uffd = open_uffd(UFFD_FEATURE_SIGBUS);

	if (uffd < 0)
		SKIP(return, "no UFFD_FEATURE_SIGBUS");
	unplug_ring(_metadata, uffd, self->caller.ctx);
	make_call(&self->caller);
	EXPECT_EQ(-EINVAL, self->caller.ret);
	EXPECT_EQ(0, use_ctx(self->other, self->fd, 1));
}

TEST_F(fault, ends_with_the_process)
{
	struct caller c = { .call = variant->call };
	long before = aio_nr();
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		c.ctx = setup_ctx(_metadata, 1);
		c.poll = &self->poll;
		self->uffd = open_uffd(0);
		begin_call(_metadata, self->uffd, &c);
		raise(SIGKILL);
	}
	EXPECT_EQ(SIGKILL, wait_for_child(_metadata, child));
	EXPECT_EQ(before, aio_nr());
}

TEST_HARNESS_MAIN
