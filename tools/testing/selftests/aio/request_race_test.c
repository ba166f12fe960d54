// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that complete, are cancelled or submitted while something else happens
 *
 * Every test runs for two seconds, or for AIO_TEST_SECONDS. Proves that:
 * - a request that is cancelled while it completes yields exactly one event;
 * - waiters whose time runs out while events arrive lose none of them;
 * - a completion, a cancel or a submit that races with io_destroy(2) leaves no
 *   request behind.
 *
 * Worth most under KASAN, KCSAN and lockdep.
 */

#include "aio_lockstep.h"
#include "aio_race.h"

struct racing_write {
	struct lockstep steps;
	int efd;
	struct call_failure failure;
};

static void *write_eventfd(void *arg)
{
	struct racing_write *w = arg;
	__u64 one = 1;
	long round, ret;

	pin_to_cpu(1);
	for (round = 0; lockstep_next(&w->steps); round++) {
		ret = result_of(write(w->efd, &one, sizeof(one)));
		check_result(&w->failure, ret == sizeof(one), "write", ret, round);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, cancelled_poll_completes_exactly_once, 180)
{
	__s64 deadline = test_deadline();
	struct racing_write w = { .efd = open_eventfd(_metadata, EFD_CLOEXEC) };
	struct iocb iocb, *iocbs[] = { &iocb };
	struct io_event ev[2];
	aio_context_t ctx;
	__u64 value;
	long ret;

	ctx = setup_ctx(_metadata, 1);
	lockstep_start(_metadata, &w.steps, write_eventfd, &w);
	while (now_ns() < deadline) {
		prep_poll(&iocb, w.efd, 5);
		ASSERT_EQ(1, sys_io_submit(ctx, 1, iocbs));
		lockstep_meet(&w.steps);
		ret = sys_io_cancel(ctx, &iocb);
		/* Either on its way out, or not to be found any more. */
		ASSERT_TRUE(ret == -EINPROGRESS || ret == -EINVAL)
		{
			TH_LOG_RESULT("io_cancel", ret);
		}
		ASSERT_EQ(1, sys_io_getevents(ctx, 1, 2, ev, 20 * NSEC_PER_SEC));
		ASSERT_EQ(5, ev[0].data);
		ASSERT_EQ(sizeof(value), read(w.efd, &value, sizeof(value)));
		ASSERT_EQ(0, sys_io_getevents(ctx, 0, 2, ev, 0));
	}
	lockstep_stop(_metadata, &w.steps);
	expect_no_failure(_metadata, &w.failure);
	EXPECT_EQ(0, sys_io_destroy(ctx));
}

static void *wait_briefly(void *arg)
{
	struct job *job = arg;
	struct io_event ev[4];
	long round, ret, i;

	for (round = 0; !stopped(job); round++) {
		ret = sys_io_getevents(job->handle, 2, 4, ev, 1000);
		check_result(&job->failure, ret >= 0, "io_getevents", ret, round);
		for (i = 0; i < ret; i++)
			count(job, ev[i].data == 9, "an event of io_getevents",
			      ev[i].data, round);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, short_waits_lose_no_event, 180)
{
	struct job job = {};
	struct io_event ev;
	long submitted = 0, ret;

	job.handle = setup_ctx(_metadata, 64);
	start(_metadata, &job, NR_THREADS, wait_briefly, self->fd);
	while (now_ns() < job.deadline) {
		ret = submit_read(job.handle, self->fd, 9);
		if (ret == -EAGAIN)
			continue;
		ASSERT_EQ(1, ret);
		submitted++;
	}
	job.stop = true;
	join(_metadata, &job, NR_THREADS);
	while (sys_io_getevents(job.handle, 0, 1, &ev, 0) == 1)
		count(&job, ev.data == 9, "an event of io_getevents at the end",
		      ev.data, 0);
	EXPECT_EQ(submitted, job.good);
	expect_no_failure(_metadata, &job.failure);
}

/* What another thread does to a context while it is destroyed. */
enum move {
	MOVE_COMPLETE,
	MOVE_CANCEL,
	MOVE_SUBMIT,
};

struct opponent {
	struct lockstep steps;
	enum move move;
	aio_context_t ctx;
	struct iocb iocb;
	struct iocb late;
	__s64 begin;
	int polled_fd;
	long ret;
};

static const char *const move_names[] = {
	[MOVE_COMPLETE] = "write to the polled eventfd",
	[MOVE_CANCEL] = "io_cancel",
	[MOVE_SUBMIT] = "io_submit",
};

FIXTURE(destroy_against)
{
	struct aio_state state;
	struct opponent opponent;
	int efd;
};

FIXTURE_VARIANT(destroy_against)
{
	enum move move;
};

FIXTURE_VARIANT_ADD(destroy_against, completion) {
	.move = MOVE_COMPLETE,
};

FIXTURE_VARIANT_ADD(destroy_against, cancel) {
	.move = MOVE_CANCEL,
};

FIXTURE_VARIANT_ADD(destroy_against, submit) {
	.move = MOVE_SUBMIT,
};

FIXTURE_SETUP(destroy_against)
{
	struct opponent *o = &self->opponent;

	save_aio_state(_metadata, &self->state);
	self->efd = open_eventfd(_metadata, EFD_NONBLOCK);
	o->polled_fd = open_eventfd(_metadata, EFD_NONBLOCK);
	o->move = variant->move;
	prep_poll(&o->iocb, o->polled_fd, 1);
	count_completion(&o->iocb, self->efd);
	o->late = o->iocb;
}

FIXTURE_TEARDOWN_PARENT(destroy_against)
{
	check_aio_state(_metadata, &self->state);
}

/* How many requests were completed since the last time. */
static __u64 completions(int efd)
{
	__u64 nr;

	return read(efd, &nr, sizeof(nr)) == sizeof(nr) ? nr : 0;
}

static void spin_until(__s64 ns)
{
	while (now_ns() < ns)
		;
}

static void *oppose(void *arg)
{
	struct opponent *o = arg;
	struct iocb *late[] = { &o->late };
	__u64 one = 1;

	pin_to_cpu(1);
	while (lockstep_next(&o->steps)) {
		spin_until(o->begin);
		if (o->move == MOVE_COMPLETE)
			o->ret = result_of(write(o->polled_fd, &one, sizeof(one)));
		else if (o->move == MOVE_CANCEL)
			o->ret = sys_io_cancel(o->ctx, &o->iocb);
		else
			o->ret = sys_io_submit(o->ctx, 1, late);
		lockstep_meet(&o->steps);
	}
	return NULL;
}

/* What a thread may need to wake up, from a barrier. */
#define WAKE_UP_NS	300000
/* About what either call needs to come to the point. */
#define NARROW_NS	100000

/*
 * Calls io_destroy(2), and has the other thread begin at any moment while it is
 * to run, half of the time close to its beginning. It takes as long as last time.
 */
static long destroy_opposed(struct opponent *o, __s64 *took)
{
	__s64 begin = now_ns() + WAKE_UP_NS;
	__s64 range = rand() % 2 ? *took : NARROW_NS;
	long ret;

	o->begin = begin - NARROW_NS / 2 + rand() % (range + NARROW_NS);
	lockstep_meet(&o->steps);
	spin_until(begin);
	ret = sys_io_destroy(o->ctx);
	*took = now_ns() - begin;
	return ret;
}

/* Each request that was taken is complete when io_destroy(2) returns, and once. */
TEST_F_TIMEOUT(destroy_against, leaves_no_request, 120)
{
	struct opponent *o = &self->opponent;
	struct iocb *iocbs[] = { &o->iocb };
	__s64 deadline = test_deadline();
	__s64 took = NARROW_NS;
	unsigned int met = 0;
	__u64 completed, drained;

	lockstep_start(_metadata, &o->steps, oppose, o);
	while (now_ns() < deadline) {
		o->ctx = setup_ctx(_metadata, 4);
		ASSERT_EQ(1, sys_io_submit(o->ctx, 1, iocbs));
		ASSERT_EQ(0, destroy_opposed(o, &took));
		completed = completions(self->efd);
		lockstep_meet(&o->steps);
		met += o->ret != -EINVAL;
		ASSERT_EQ(variant->move == MOVE_SUBMIT && o->ret == 1 ? 2 : 1,
			  completed)
		{
			TH_LOG_RESULT(move_names[o->move], o->ret);
		}
		ASSERT_EQ(0, completions(self->efd));
		if (read(o->polled_fd, &drained, sizeof(drained)) < 0)
			ASSERT_EQ(EAGAIN, errno);
	}
	lockstep_stop(_metadata, &o->steps);
	TH_LOG("%u times the context was still there", met);
}

TEST_HARNESS_MAIN
