/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the AIO context tests set up, and check before and after
 */

#ifndef AIO_COMMON_H
#define AIO_COMMON_H

#include "aio_util.h"

#include "../kselftest_harness.h"

/* What every test must leave as it found it. */
struct aio_state {
	long nr;
	long max_nr;
	long tainted;
};

static inline void
save_aio_state(struct __test_metadata *const _metadata, struct aio_state *state)
{
	state->nr = aio_nr();
	state->max_nr = read_long(AIO_MAX_NR_PATH);
	state->tainted = read_long("/proc/sys/kernel/tainted");
	ASSERT_LE(0, state->nr)
	{
		TH_LOG("No %s: is /proc mounted?", AIO_NR_PATH);
	}
}

/*
 * A test that is killed when its time is up has no teardown, but the limit is the
 * system's: the program puts it back when it ends.
 */
static struct {
	pid_t pid;
	long max_nr;
} program;

static __attribute__((constructor)) void program_begins(void)
{
	aio_context_t ctx = 0;

	if (sys_io_setup(0, &ctx) == -ENOSYS) {
		ksft_print_header();
		ksft_exit_skip("no AIO in this kernel (CONFIG_AIO)\n");
	}
	program.pid = getpid();
	program.max_nr = read_long(AIO_MAX_NR_PATH);
}

static __attribute__((destructor)) void program_ends(void)
{
	if (program.pid == getpid() && program.max_nr != read_long(AIO_MAX_NR_PATH))
		write_long(AIO_MAX_NR_PATH, program.max_nr);
}

/*
 * Runs in the parent, after the test's process is gone: a quota that is not
 * back by then is lost, and an oops, a WARN or a KASAN report shows as taint.
 */
static inline void
check_aio_state(struct __test_metadata *const _metadata,
		const struct aio_state *state)
{
	if (read_long(AIO_MAX_NR_PATH) != state->max_nr)
		EXPECT_EQ(0, write_long(AIO_MAX_NR_PATH, state->max_nr));
	EXPECT_EQ(state->nr, aio_nr());
	EXPECT_EQ(state->tainted, read_long("/proc/sys/kernel/tainted"));
}

/* A file whose reads complete within io_submit(). */
static inline int
open_test_file(struct __test_metadata *const _metadata)
{
	int fd = memfd_create("aio-test", MFD_CLOEXEC);

	ASSERT_LE(0, fd);
	ASSERT_EQ(4, pwrite(fd, "data", 4, 0));
	return fd;
}

/* Counts what is written to it: by the kernel, a completion each. */
static inline int
open_eventfd(struct __test_metadata *const _metadata, int flags)
{
	int fd = eventfd(0, flags);

	ASSERT_LE(0, fd)
	{
		TH_LOG("eventfd: %s", strerror(errno));
	}
	return fd;
}

/* Completes the poll that waits for it */
static inline void
add_to_eventfd(struct __test_metadata *const _metadata, int efd)
{
	const __u64 one = 1;

	ASSERT_EQ(sizeof(one), write(efd, &one, sizeof(one)));
}

/* A context for so many events, without which the test cannot go on */
static inline aio_context_t
setup_ctx(struct __test_metadata *const _metadata, unsigned int nr_events)
{
	aio_context_t ctx = 0;
	long ret = sys_io_setup(nr_events, &ctx);

	ASSERT_EQ(0, ret)
	{
		TH_LOG("io_setup(%u) returned %ld (%s)", nr_events, ret,
		       error_text(ret));
	}
	return ctx;
}

/* The same, several times: the lowest ids come first. */
static inline void
setup_ctxs(struct __test_metadata *const _metadata, aio_context_t *ctx, int nr,
	   unsigned int nr_events)
{
	int i;

	for (i = 0; i < nr; i++)
		ctx[i] = setup_ctx(_metadata, nr_events);
}

/* Memory that nothing else refers to */
static inline void *
map_memory(struct __test_metadata *const _metadata, size_t size, int prot)
{
	void *addr = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, addr)
	{
		TH_LOG("mmap of %zu bytes: %s", size, strerror(errno));
	}
	return addr;
}

/* Memory that children have in common with their parent */
static inline void *
map_shared(struct __test_metadata *const _metadata, size_t size)
{
	void *addr = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, addr)
	{
		TH_LOG("mmap of %zu shared bytes: %s", size, strerror(errno));
	}
	return addr;
}

/* Memory in the place of what is there, as a part of a ring */
static inline void *
map_over(struct __test_metadata *const _metadata, void *addr, size_t size, int prot)
{
	void *got = mmap(addr, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			 -1, 0);

	ASSERT_EQ(addr, got)
	{
		TH_LOG("mmap of %zu bytes at %p: %s", size, addr, strerror(errno));
	}
	return got;
}

/*
 * Returns the status of a child when it has ended. If an ASSERT ended it, the
 * one here ends the test, as they share what the harness knows: a block behind
 * it would speak of waitpid(2), which has not failed.
 */
static inline int
wait_for_child(struct __test_metadata *const _metadata, pid_t child)
{
	int status;

	ASSERT_EQ(child, result_of(waitpid(child, &status, 0)));
	return status;
}

/* Submits a read to each context; none is reaped yet, so that a mix-up shows. */
static inline void
submit_to_all(struct __test_metadata *const _metadata, const aio_context_t *ctx,
	      int nr, int fd, __u64 first_cookie)
{
	long ret;
	int i;

	for (i = 0; i < nr; i++) {
		ret = submit_read(ctx[i], fd, first_cookie + i);
		ASSERT_EQ(1, ret)
		{
			TH_LOG("io_submit to context %d of %d returned %ld (%s)",
			       i, nr, ret, error_text(ret));
		}
	}
}

/* Reaps what submit_to_all() has submitted, from the last one to the first. */
static inline void
reap_from_all(struct __test_metadata *const _metadata, const aio_context_t *ctx,
	      int nr, __u64 first_cookie)
{
	long ret;
	int i;

	for (i = nr - 1; i >= 0; i--) {
		ret = reap_cookie(ctx[i], first_cookie + i);
		ASSERT_EQ(0, ret)
		{
			TH_LOG("io_getevents from context %d of %d returned %ld (%s)",
			       i, nr, ret, error_text(ret));
		}
	}
}

/* Checks that nothing is complete, nor within this time. */
static inline void
expect_no_event(struct __test_metadata *const _metadata, aio_context_t ctx, __s64 ns)
{
	struct io_event ev;

	EXPECT_EQ(0, sys_io_getevents(ctx, 1, 1, &ev, ns));
}

/* Checks that all four calls refuse the handle. */
static inline void
expect_refused(struct __test_metadata *const _metadata, aio_context_t ctx, int fd)
{
	struct iocb iocb = {};
	struct io_event ev;

	EXPECT_EQ(-EINVAL, submit_read(ctx, fd, 0));
	EXPECT_EQ(-EINVAL, sys_io_submit(ctx, 0, NULL));
	EXPECT_EQ(-EINVAL, sys_io_getevents(ctx, 0, 1, &ev, 0));
	EXPECT_EQ(-EINVAL, sys_io_cancel(ctx, &iocb));
	EXPECT_EQ(-EINVAL, sys_io_destroy(ctx));
}

#endif /* AIO_COMMON_H */
