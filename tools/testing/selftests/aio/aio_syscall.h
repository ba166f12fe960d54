/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The AIO system calls
 *
 * They are made raw, so that no library stands between a test and the kernel.
 * Each wrapper returns what the kernel did: the result, which is 0 for calls
 * that have none to speak of, or the errno as a negative number. None of them
 * tries again after EINTR or EAGAIN. A timeout is in nanoseconds; a negative
 * one waits for ever.
 */

#ifndef AIO_SYSCALL_H
#define AIO_SYSCALL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/time_types.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_MSEC	1000000LL

/* From the C library's way to say that a call failed to the kernel's */
static inline long result_of(long ret)
{
	return ret < 0 ? -errno : ret;
}

static inline struct timespec to_timespec(__s64 ns)
{
	return (struct timespec){
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_nsec = ns % NSEC_PER_SEC,
	};
}

/*
 * Returns 0 and the new context in *ctxp, which has to be 0 before.
 * -EINVAL: *ctxp or nr_events is wrong; -EAGAIN: more than fs.aio-max-nr;
 * -ENOMEM; -EFAULT: *ctxp cannot be read, or written at the end.
 */
static inline long sys_io_setup(unsigned int nr_events, aio_context_t *ctxp)
{
	return result_of(syscall(__NR_io_setup, nr_events, ctxp));
}

/* Returns 0. -EINVAL: there is no such context, or another call was first. */
static inline long sys_io_destroy(aio_context_t ctx)
{
	return result_of(syscall(__NR_io_destroy, ctx));
}

/*
 * Returns how many requests were taken or, if that is none, why: -EINVAL: no
 * such context, or the request or nr is wrong; -EAGAIN: the ring is full;
 * -EFAULT: the request or its address cannot be read; -EBADF: its file.
 */
static inline long sys_io_submit(aio_context_t ctx, long nr, struct iocb **iocbs)
{
	return result_of(syscall(__NR_io_submit, ctx, nr, iocbs));
}

/*
 * Success is -EINPROGRESS: the event comes by way of the ring. -EINVAL: no such
 * context, or no such request in flight; -EFAULT: the request cannot be read.
 */
static inline long sys_io_cancel(aio_context_t ctx, struct iocb *iocb)
{
	struct io_event ev;

	return result_of(syscall(__NR_io_cancel, ctx, iocb, &ev));
}

/*
 * Returns how many events there were, fewer than min_nr when time was up.
 * -EINVAL: no such context, or it was destroyed meanwhile, or min_nr or nr is
 * wrong; -EINTR: a signal came before the first event; -EFAULT.
 */
static inline long sys_io_getevents(aio_context_t ctx, long min_nr, long nr,
				    struct io_event *events, __s64 timeout_ns)
{
	struct timespec ts = to_timespec(timeout_ns);

	return result_of(syscall(__NR_io_getevents, ctx, min_nr, nr, events,
				 timeout_ns < 0 ? NULL : &ts));
}

/* What the last argument of io_pgetevents(2) points to */
struct aio_sigset {
	const sigset_t *mask;
	size_t size;
};

/* The kernel's set of signals is smaller than the C library's. */
#define KERNEL_SIGSET	(64 / 8)

/* As io_getevents(2), with another mask of signals during the call */
static inline long sys_io_pgetevents(aio_context_t ctx, long min_nr, long nr,
				     struct io_event *events, __s64 timeout_ns,
				     const struct aio_sigset *sigset)
{
	struct timespec ts = to_timespec(timeout_ns);

	return result_of(syscall(__NR_io_pgetevents, ctx, min_nr, nr, events,
				 timeout_ns < 0 ? NULL : &ts, sigset));
}

#ifdef __NR_io_pgetevents_time64
/* The same with a timeout of 64 bits, where the machine's own has 32 */
static inline long sys_io_pgetevents_time64(aio_context_t ctx, long min_nr, long nr,
					    struct io_event *events, __s64 timeout_ns,
					    const struct aio_sigset *sigset)
{
	struct __kernel_timespec ts = {
		.tv_sec = timeout_ns / NSEC_PER_SEC,
		.tv_nsec = timeout_ns % NSEC_PER_SEC,
	};

	return result_of(syscall(__NR_io_pgetevents_time64, ctx, min_nr, nr, events,
				 timeout_ns < 0 ? NULL : &ts, sigset));
}
#endif

#endif /* AIO_SYSCALL_H */
