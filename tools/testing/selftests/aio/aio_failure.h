/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a call returned that should not have
 *
 * The harness's ASSERTs are for the test's own thread. Other threads, and
 * children that share the memory, keep what failed first: the test says so when
 * they are gone. A fixture is memory that a test shares with all its children.
 */

#ifndef AIO_FAILURE_H
#define AIO_FAILURE_H

#include "aio_common.h"

/* The first unexpected result of one thread or of several */
struct call_failure {
	/* All of them; what follows is of the first */
	int nr;
	const char *call;
	/* When negative, an errno */
	long ret;
	/* Which round, step or context it was */
	long number;
};

/* For the block behind an EXPECT or ASSERT that shows no more than a condition */
#define TH_LOG_RESULT(call, result) do { \
	long __ret = (result); \
	TH_LOG("%s returned %ld (%s)", call, __ret, error_text(__ret)); \
} while (0)

/* Tells whether the result was expected, and keeps it if not. */
static inline bool check_result(struct call_failure *failure, bool expected,
				const char *call, long ret, long number)
{
	if (!expected && !__atomic_fetch_add(&failure->nr, 1, __ATOMIC_RELAXED)) {
		failure->call = call;
		failure->ret = ret;
		failure->number = number;
	}
	return expected;
}

static inline bool check_0(struct call_failure *failure, const char *call, long ret,
			   long number)
{
	return check_result(failure, !ret, call, ret, number);
}

/* use_ctx(), saying which of its calls failed */
static inline bool check_use(struct call_failure *failure, aio_context_t ctx, int fd,
			     __u64 cookie, long number)
{
	long ret = submit_read(ctx, fd, cookie);

	return check_result(failure, ret == 1, "io_submit", ret, number) &&
	       check_0(failure, "io_getevents", reap_cookie(ctx, cookie), number);
}

/* Called when those who could fail are joined. */
static inline void expect_no_failure(struct __test_metadata *const _metadata,
				     const struct call_failure *failure)
{
	EXPECT_EQ(0, failure->nr)
	{
		TH_LOG("the first of %d: %s returned %ld (%s), number %ld",
		       failure->nr, failure->call, failure->ret,
		       error_text(failure->ret), failure->number);
	}
}

#endif /* AIO_FAILURE_H */
