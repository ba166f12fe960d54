/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A second thread that goes round by round with the test's own
 *
 * They meet at the beginning of each round, and at its end if they like. The
 * test's thread runs on the first CPU; the other one pins itself to a second.
 */

#ifndef AIO_LOCKSTEP_H
#define AIO_LOCKSTEP_H

#include "aio_failure.h"

struct lockstep {
	pthread_t thread;
	pthread_barrier_t barrier;
	bool stop;
};

static inline void lockstep_meet(struct lockstep *l)
{
	pthread_barrier_wait(&l->barrier);
}

/* For the second thread: false when there is no round any more. */
static inline bool lockstep_next(struct lockstep *l)
{
	lockstep_meet(l);
	return !__atomic_load_n(&l->stop, __ATOMIC_RELAXED);
}

static inline void lockstep_start(struct __test_metadata *const _metadata,
				  struct lockstep *l, void *(*fn)(void *),
				  void *arg)
{
	ASSERT_EQ(0, pthread_barrier_init(&l->barrier, NULL, 2));
	ASSERT_EQ(0, pthread_create(&l->thread, NULL, fn, arg));
	pin_to_cpu(0);
}

/* Called between rounds. */
static inline void lockstep_stop(struct __test_metadata *const _metadata,
				 struct lockstep *l)
{
	__atomic_store_n(&l->stop, true, __ATOMIC_RELAXED);
	lockstep_meet(l);
	ASSERT_EQ(0, pthread_join(l->thread, NULL));
}

#endif /* AIO_LOCKSTEP_H */
