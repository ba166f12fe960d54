/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that race in AIO calls until a deadline
 */

#ifndef AIO_RACE_H
#define AIO_RACE_H

#include "aio_common.h"

#define NR_THREADS	8

FIXTURE(race)
{
	struct aio_state state;
	int fd;
};

FIXTURE_SETUP(race)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
}

FIXTURE_TEARDOWN_PARENT(race)
{
	check_aio_state(_metadata, &self->state);
}

/* What the threads of one test share; the main thread judges the counts. */
struct job {
	pthread_t thread[NR_THREADS];
	pthread_barrier_t barrier;
	__s64 deadline;
	aio_context_t handle;
	bool stop;
	bool may_miss;
	int fd;
	int next;
	long good;
	long bad;
	/* Of the first bad one */
	const char *bad_call;
	long bad_ret;
};

static inline void start(struct __test_metadata *const _metadata,
			 struct job *job, int nr, void *(*fn)(void *), int fd)
{
	int i;

	job->fd = fd;
	job->deadline = test_deadline();
	ASSERT_EQ(0, pthread_barrier_init(&job->barrier, NULL, nr));
	for (i = 0; i < nr; i++)
		ASSERT_EQ(0, pthread_create(&job->thread[i], NULL, fn, job));
}

static inline void join(struct __test_metadata *const _metadata,
			struct job *job, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		ASSERT_EQ(0, pthread_join(job->thread[i], NULL));
}

/* Counts what a call returned, which is good or bad. */
static inline void count(struct job *job, const char *call, long ret, bool good)
{
	if (good) {
		__atomic_fetch_add(&job->good, 1, __ATOMIC_RELAXED);
	} else if (!__atomic_fetch_add(&job->bad, 1, __ATOMIC_RELAXED)) {
		job->bad_call = call;
		job->bad_ret = ret;
	}
}

static inline void expect_0(struct job *job, const char *call, long ret)
{
	count(job, call, ret, !ret);
}

/* Called when the threads are joined. */
static inline void expect_none_bad(struct __test_metadata *const _metadata,
				   const struct job *job)
{
	EXPECT_EQ(0, job->bad)
	{
		TH_LOG("first of %ld: %s returned %ld", job->bad, job->bad_call,
		       job->bad_ret);
	}
}

static inline bool stopped(struct job *job)
{
	return __atomic_load_n(&job->stop, __ATOMIC_RELAXED);
}

#endif /* AIO_RACE_H */
