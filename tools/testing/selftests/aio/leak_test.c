// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel memory that contexts leave behind
 *
 * Proves that:
 * - a context is freed some time after io_destroy(2), and after exit, which may have
 *   to wait for several;
 * - so is whatever grew with the number of contexts of a process, or with the number
 *   of contexts that could not be had;
 * - so is what a request took, whether it was taken or refused.
 *
 * Counts the objects in the slab caches, where others come and go meanwhile:
 * what is leaked once in every round stands out, less does not.
 */

#include "aio_disk.h"
#include "aio_failure.h"
#include "aio_slab.h"

#include <sys/resource.h>
#include <sys/uio.h>

/* From where a table comes that has to hold some hundred contexts. */
static const char *const table_slabs[] = {
	"kmalloc-1k", "kmalloc-2k", "kmalloc-4k", "kmalloc-8k", "kmalloc-16k",
	"kmalloc-cg-1k", "kmalloc-cg-2k", "kmalloc-cg-4k", "kmalloc-cg-8k",
	"kmalloc-cg-16k", NULL,
};

FIXTURE(leak)
{
	struct aio_state state;
};

FIXTURE_SETUP(leak)
{
	save_aio_state(_metadata, &self->state);
	if (slab_bytes(context_slabs) < 0)
		SKIP(return, "no object counts in " SLAB_DIR ": see SLUB_DEBUG");
}

FIXTURE_TEARDOWN_PARENT(leak)
{
	remove_slow_disk();
	check_aio_state(_metadata, &self->state);
}

TEST_F_TIMEOUT(leak, destroyed_contexts_are_freed, 120)
{
	const int rounds = 200;
	/* A context has hundreds of bytes, and so has its file. */
	const long most = slab_bytes(context_slabs) + rounds * 256;
	int i;

	for (i = 0; i < rounds; i++) {
		aio_context_t ctx = setup_ctx(_metadata, 1);

		ASSERT_EQ(0, sys_io_destroy(ctx));
	}
	EXPECT_GE(most, slab_bytes_settled(context_slabs, most));
}

/* Processes, one after the other, with so many contexts until they exit */
static void exit_with_contexts(struct __test_metadata *const _metadata,
			       int rounds, int nr, unsigned int nr_events)
{
	aio_context_t ctx;
	pid_t child;
	long ret;
	int i;

	for (i = 0; i < rounds; i++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child) {
			int left = nr;

			do {
				ctx = 0;
				ret = sys_io_setup(nr_events, &ctx);
			} while (!ret && --left);
			EXPECT_EQ(0, ret)
			{
				TH_LOG_RESULT("io_setup", ret);
			}
			_exit(_metadata->exit_code);
		}
		ASSERT_EQ(0, wait_for_child(_metadata, child));
	}
}

TEST_F_TIMEOUT(leak, processes_take_their_contexts_along, 120)
{
	const int rounds = 20, nr = 20;
	const long most = slab_bytes(context_slabs) + rounds * nr * 256;

	exit_with_contexts(_metadata, rounds, nr, 1);
	EXPECT_GE(most, slab_bytes_settled(context_slabs, most));
}

/* Rings of more than eight pages are freed by exit itself. */
TEST_F_TIMEOUT(leak, processes_take_contexts_with_large_rings_along, 120)
{
	const int rounds = 20, nr = 20;
	const unsigned int nr_events = page_size() / sizeof(struct io_event) * 5;
	const long most = slab_bytes(context_slabs) + rounds * nr * 256;

	if (!make_room(nr * nr_events))
		SKIP(return, "no room below fs.aio-max-nr");
	exit_with_contexts(_metadata, rounds, nr, nr_events);
	EXPECT_GE(most, slab_bytes_settled(context_slabs, most));
}

/* Exit waits for two reads, whose contexts are over on two CPUs at the same time. */
TEST_F_TIMEOUT(leak, contexts_that_end_together_are_freed, 120)
{
	const int rounds = 40;
	const long most = slab_bytes(context_slabs) + rounds * 256;
	int disk = open_slow_disk(20 * NSEC_PER_MSEC), i, round;
	void *page = map_memory(_metadata, 4096, PROT_READ | PROT_WRITE);
	struct iocb iocb, *iocbs[] = { &iocb };
	aio_context_t ctx[2];
	pid_t child;

	if (disk < 0)
		SKIP(return, "cannot make a null_blk disk");
	prep_read(&iocb, disk, page, 4096, 0);
	for (round = 0; round < rounds; round++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child) {
			setup_ctxs(_metadata, ctx, 2, 1);
			for (i = 0; i < 2; i++) {
				pin_to_cpu(i);
				EXPECT_EQ(1, sys_io_submit(ctx[i], 1, iocbs));
			}
			_exit(_metadata->exit_code);
		}
		ASSERT_EQ(0, wait_for_child(_metadata, child));
	}
	EXPECT_GE(most, slab_bytes_settled(context_slabs, most));
}

/* A process with so many contexts needs 2 KiB to find them, or more. */
TEST_F_TIMEOUT(leak, processes_take_their_tables_along, 300)
{
	const int rounds = 40, nr = 257;
	const long most = slab_bytes(table_slabs) + rounds * 2048;

	exit_with_contexts(_metadata, rounds, nr, 1);
	EXPECT_GE(most, slab_bytes_settled(table_slabs, most));
}

/* Has so many io_setup(2) fail, as there is no address for a ring. */
static void fail_to_set_up(struct __test_metadata *const _metadata, int rounds)
{
	struct call_failure failure = {};
	struct rlimit limit, none;
	aio_context_t ctx;
	long ret;
	int i;

	ASSERT_EQ(0, getrlimit(RLIMIT_AS, &limit));
	none = limit;
	none.rlim_cur = page_size();
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &none));
	for (i = 0; i < rounds; i++) {
		ctx = 0;
		ret = sys_io_setup(1, &ctx);
		check_result(&failure, ret == -ENOMEM, "io_setup", ret, i);
	}
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	expect_no_failure(_metadata, &failure);
}

/* In kB. It falls some time after what was in it is freed. */
static long percpu_settled(long most)
{
	__s64 end = now_ns() + 10 * NSEC_PER_SEC;
	long kb;

	do {
		kb = number_in("/proc/meminfo", "Percpu: %ld kB");
		if (kb <= most)
			break;
		sleep_ns(50 * NSEC_PER_MSEC);
	} while (now_ns() < end);
	return kb;
}

/* What contexts have of each CPU is no slab object, but fills pages. */
TEST_F_TIMEOUT(leak, percpu_counters_are_freed, 180)
{
	const int rounds = 8, nr = 1024, page = 4096;
	/* Less than half of what 8 bytes in each context of all rounds would fill */
	const long some = 7 * page * sysconf(_SC_NPROCESSORS_CONF) / 1024;
	const long most = slab_bytes(context_slabs) + nr * 64;
	long before = -1;
	int i;

	if (page_size() > page || !make_room(nr))
		SKIP(return, "large pages, or no room below fs.aio-max-nr");
	for (i = 0; i <= rounds; i++) {
		exit_with_contexts(_metadata, 1, nr, 1);
		fail_to_set_up(_metadata, nr);
		ASSERT_GE(most, slab_bytes_settled(context_slabs, most));
		/* From now on there is room for as many as there are at once */
		if (!i)
			before = percpu_settled(0);
	}
	if (before < 0)
		SKIP(return, "/proc/meminfo has no Percpu");
	EXPECT_GE(before + some, percpu_settled(before + some));
}

/* A request, the file it is for, and the credentials it is made with */
static const char *const request_slabs[] = { "aio_kiocb", "filp", "cred_jar", NULL };

/* FSYNC is taken for a file in memory, and refused for a pipe. */
TEST_F_TIMEOUT(leak, taken_and_refused_requests_are_freed, 120)
{
	struct iocb iocb = { .aio_lio_opcode = IOCB_CMD_FSYNC }, *iocbs[] = { &iocb };
	aio_context_t ctx = setup_ctx(_metadata, 1);
	const int rounds = 500;
	/* Each of the three has more */
	const long most = slab_bytes(request_slabs) + rounds * 64;
	int fd = open_test_file(_metadata), fds[2], i;
	struct io_event ev;

	ASSERT_EQ(0, pipe(fds));
	for (i = 0; i < rounds; i++) {
		iocb.aio_fildes = fd;
		ASSERT_EQ(1, sys_io_submit(ctx, 1, iocbs));
		ASSERT_EQ(1, sys_io_getevents(ctx, 1, 1, &ev, -1));
		ASSERT_EQ(0, ev.res);
		iocb.aio_fildes = fds[0];
		ASSERT_EQ(-EINVAL, sys_io_submit(ctx, 1, iocbs));
	}
	EXPECT_GE(most, slab_bytes_settled(request_slabs, most));
}

/* More pieces than the kernel has room for on its stack */
#define NR_PIECES	30

/* They are of 8 or 16 bytes */
static const char *const pieces_slabs[] = { "kmalloc-256", "kmalloc-512", NULL };

TEST_F_TIMEOUT(leak, pieces_of_refused_requests_are_freed, 120)
{
	struct iovec piece[NR_PIECES] = {};
	const int rounds = 1000;
	/* Half of the rounds read, the others write */
	const long most = slab_bytes(pieces_slabs) + rounds / 2 * (long)sizeof(piece) / 2;
	aio_context_t ctx = setup_ctx(_metadata, 1);
	struct iocb iocb, *iocbs[] = { &iocb };
	int fd = open_test_file(_metadata), i;

	prep_rw(&iocb, IOCB_CMD_PREADV, fd, piece, NR_PIECES, 1);
	iocb.aio_offset = -1;
	for (i = 0; i < rounds; i++) {
		iocb.aio_lio_opcode = i % 2 ? IOCB_CMD_PREADV : IOCB_CMD_PWRITEV;
		ASSERT_EQ(-EINVAL, sys_io_submit(ctx, 1, iocbs));
	}
	EXPECT_GE(most, slab_bytes_settled(pieces_slabs, most));
}

TEST_HARNESS_MAIN
