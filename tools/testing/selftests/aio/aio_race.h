/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that race in AIO calls until a deadline
 */

#ifndef AIO_RACE_H
#define AIO_RACE_H

#include "aio_failure.h"

#define NR_THREADS	8

FIXTURE(race)
{
	struct aio_state state;
	/* Of children */
	struct call_failure failure;
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

/* What the threads of one test share; the main thread judges it. */
struct job {
	pthread_t thread[NR_THREADS];
	pthread_barrier_t barrier;
	__s64 deadline;
	aio_context_t handle;
	bool stop;
	bool may_miss;
	int fd;
	int next;
	/* Expected results, and the first other one */
	long good;
	struct call_failure failure;
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

/* Counts what was expected. */
static inline void count(struct job *job, bool expected, const char *call,
			 long ret, long round)
{
	if (check_result(&job->failure, expected, call, ret, round))
		__atomic_fetch_add(&job->good, 1, __ATOMIC_RELAXED);
}

static inline void count_0(struct job *job, const char *call, long ret, long round)
{
	count(job, !ret, call, ret, round);
}

static inline bool stopped(struct job *job)
{
	return __atomic_load_n(&job->stop, __ATOMIC_RELAXED);
}

#endif /* AIO_RACE_H */
