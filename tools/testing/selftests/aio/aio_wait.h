/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts that are destroyed in the company of threads and children, and how
 * often the caller slept
 */

#ifndef AIO_WAIT_H
#define AIO_WAIT_H

#include "aio_failure.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#define NR_CALLS	100

/* How often this thread, or process, went to sleep. */
static inline long sleeps(int who)
{
	struct rusage usage;

	return getrusage(who, &usage) ? -1 : usage.ru_nvcsw;
}

/* Who shares the memory while contexts are destroyed. */
enum company {
	ALONE,
	THREAD_ASLEEP,
	THREAD_WAITING_FOR_EVENTS,
	THREAD_SPINNING,
	THREAD_GONE,
	VM_CHILD_ASLEEP,
	VM_CHILD_GONE,
	FORKED_CHILD_ASLEEP,
	FORKED_CHILD_GONE,
};

struct companion {
	pthread_t thread;
	int cpu;
	aio_context_t ctx;
	pid_t tid;
	pid_t child;
	int pipe[2];
	bool stop;
	struct call_failure failure;
};

static inline void *sleep_in_read(void *arg)
{
	struct companion *c = arg;
	char byte;
	long ret;

	announce_thread(&c->tid);
	ret = result_of(read(c->pipe[0], &byte, 1));
	check_result(&c->failure, ret >= 0, "read", ret, 0);
	return NULL;
}

static inline void *sleep_in_getevents(void *arg)
{
	struct companion *c = arg;
	struct io_event ev;

	announce_thread(&c->tid);
	sys_io_getevents(c->ctx, 1, 1, &ev, -1);
	return NULL;
}

static inline void *spin(void *arg)
{
	struct companion *c = arg;

	pin_to_cpu(c->cpu);
	announce_thread(&c->tid);
	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED))
		;
	return NULL;
}

static inline void *leave(void *arg)
{
	return NULL;
}

static inline int sleep_in_pause(void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
	return 0;
}

static inline int leave_at_once(void *arg)
{
	return 0;
}

static inline void start_thread(struct __test_metadata *const _metadata,
				struct companion *c, void *(*fn)(void *),
				char state)
{
	ASSERT_EQ(0, pipe(c->pipe));
	ASSERT_EQ(0, pthread_create(&c->thread, NULL, fn, c));
	wait_for_state(&c->tid, state);
}

static inline void start_child(struct __test_metadata *const _metadata,
			       struct companion *c, int (*fn)(void *),
			       int flags)
{
	const size_t size = 65536;
	char *stack;

	stack = map_memory(_metadata, size, PROT_READ | PROT_WRITE);
	c->child = clone(fn, stack + size, flags | SIGCHLD, NULL);
	ASSERT_LT(0, c->child);
	if (fn == leave_at_once) {
		ASSERT_EQ(c->child, waitpid(c->child, NULL, 0));
		c->child = 0;
	}
}

static inline void start_companion(struct __test_metadata *const _metadata,
				   struct companion *c, enum company company)
{
	switch (company) {
	case ALONE:
		break;
	case THREAD_ASLEEP:
		start_thread(_metadata, c, sleep_in_read, 'S');
		break;
	case THREAD_WAITING_FOR_EVENTS:
		c->ctx = setup_ctx(_metadata, 1);
		start_thread(_metadata, c, sleep_in_getevents, 'S');
		break;
	case THREAD_SPINNING:
		c->cpu = 1;
		start_thread(_metadata, c, spin, 'R');
		break;
	case THREAD_GONE:
		ASSERT_EQ(0, pthread_create(&c->thread, NULL, leave, NULL));
		ASSERT_EQ(0, pthread_join(c->thread, NULL));
		break;
	case VM_CHILD_ASLEEP:
		start_child(_metadata, c, sleep_in_pause, CLONE_VM);
		break;
	case VM_CHILD_GONE:
		start_child(_metadata, c, leave_at_once, CLONE_VM);
		break;
	case FORKED_CHILD_ASLEEP:
		start_child(_metadata, c, sleep_in_pause, 0);
		break;
	case FORKED_CHILD_GONE:
		start_child(_metadata, c, leave_at_once, 0);
		break;
	}
}

static inline void stop_companion(struct __test_metadata *const _metadata,
				  struct companion *c)
{
	__atomic_store_n(&c->stop, true, __ATOMIC_RELAXED);
	if (c->ctx)
		EXPECT_EQ(0, sys_io_destroy(c->ctx));
	if (c->child) {
		EXPECT_EQ(0, kill(c->child, SIGKILL));
		EXPECT_EQ(c->child, waitpid(c->child, NULL, 0));
	}
	if (c->tid) {
		close(c->pipe[1]);
		EXPECT_EQ(0, pthread_join(c->thread, NULL));
		expect_no_failure(_metadata, &c->failure);
	}
}

/* What destroys contexts, how far it came, and how often it slept */
struct destroyer {
	const aio_context_t *ctx;
	int nr;
	/* It need not go on when it has slept so often, in as many calls. */
	int enough;
	int done;
	long slept;
	struct call_failure failure;
};

static inline void *destroy_them(void *arg)
{
	struct destroyer *d = arg;
	long before = sleeps(RUSAGE_THREAD);

	while (d->done < d->nr && !d->failure.nr &&
	       (d->slept < d->enough || d->done < d->enough)) {
		check_0(&d->failure, "io_destroy", sys_io_destroy(d->ctx[d->done]),
			d->done);
		d->done++;
		d->slept = sleeps(RUSAGE_THREAD) - before;
	}
	return NULL;
}

#endif /* AIO_WAIT_H */
