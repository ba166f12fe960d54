// SPDX-License-Identifier: GPL-2.0
/*
 * What a struct iocb says, and what of it comes back
 *
 * Proves that:
 * - a request that is wrong is refused, with the reason, and takes nothing with it:
 *   no event, no room in the ring, no file;
 * - an event has what its request had, and the result in a field of its own;
 * - a request is for the place in the file, the memory and the flags it names.
 */

#include "aio_common.h"

#include <sys/time.h>
#include <sys/uio.h>

#define NO_SUCH_OPCODE	0xffff
#define NOT_OPEN	-1

/* Which file the request is for */
enum file {
	MEMORY,
	MEMORY_READ_ONLY,
	MEMORY_WRITE_ONLY,
	PIPE,
	NONE,
};

static int open_file(struct __test_metadata *const _metadata, enum file file)
{
	int fd = open_test_file(_metadata), ends[2];
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	switch (file) {
	case MEMORY:
		break;
	case MEMORY_READ_ONLY:
		fd = open(path, O_RDONLY | O_CLOEXEC);
		break;
	case MEMORY_WRITE_ONLY:
		fd = open(path, O_WRONLY | O_CLOEXEC);
		break;
	case PIPE:
		ASSERT_EQ(0, pipe(ends));
		fd = ends[0];
		break;
	case NONE:
		return NOT_OPEN;
	}
	ASSERT_LE(0, fd);
	return fd;
}

/* A request, what is wrong with it, and how it is refused */
struct refusal {
	const char *what;
	int error;
	enum file file;
	struct iocb iocb;
};

#define OF(opcode)	.aio_lio_opcode = IOCB_CMD_##opcode

static const struct refusal refusals[] = {
	{ "an opcode that was", EINVAL, MEMORY, { .aio_lio_opcode = 4 } },
	{ "an opcode that does nothing", EINVAL, MEMORY, { OF(NOOP) } },
	{ "no opcode", EINVAL, MEMORY, { .aio_lio_opcode = NO_SUCH_OPCODE } },
	{ "a reserved field", EINVAL, MEMORY, { OF(PREAD), .aio_reserved2 = 1 } },
	{ "a negative size", EINVAL, MEMORY, { OF(PREAD), .aio_nbytes = ~0ULL } },
	{ "no file", EBADF, NONE, { OF(PREAD) } },
	{ "a read of a write-only file", EBADF, MEMORY_WRITE_ONLY, { OF(PREAD) } },
	{ "a write to a read-only file", EBADF, MEMORY_READ_ONLY, { OF(PWRITE) } },
	{ "no eventfd", EBADF, MEMORY,
	  { OF(PREAD), .aio_flags = IOCB_FLAG_RESFD, .aio_resfd = NOT_OPEN } },
	{ "another file for an eventfd", EINVAL, MEMORY,
	  { OF(PREAD), .aio_flags = IOCB_FLAG_RESFD } },
	{ "an unknown flag", EOPNOTSUPP, MEMORY, { OF(PREAD), .aio_rw_flags = 1U << 31 } },
	{ "an unknown priority", EINVAL, MEMORY,
	  { OF(PREAD), .aio_flags = IOCB_FLAG_IOPRIO, .aio_reqprio = (__s16)(7 << 13) } },
	{ "too many pieces", EINVAL, MEMORY,
	  { OF(PREADV), .aio_buf = 1, .aio_nbytes = IOV_MAX + 1 } },
	{ "pieces that cannot be read", EFAULT, MEMORY,
	  { OF(PWRITEV), .aio_buf = 1, .aio_nbytes = 2 } },
	{ "FSYNC with memory", EINVAL, MEMORY, { OF(FSYNC), .aio_buf = 1 } },
	{ "FSYNC with a size", EINVAL, MEMORY, { OF(FSYNC), .aio_nbytes = 1 } },
	{ "FDSYNC with an offset", EINVAL, MEMORY, { OF(FDSYNC), .aio_offset = 1 } },
	{ "FDSYNC with flags", EINVAL, MEMORY, { OF(FDSYNC), .aio_rw_flags = 1 } },
	{ "FSYNC of a pipe", EINVAL, PIPE, { OF(FSYNC) } },
	{ "POLL for more than 16 bits", EINVAL, PIPE, { OF(POLL), .aio_buf = 1 << 16 } },
	{ "POLL with a size", EINVAL, PIPE, { OF(POLL), .aio_nbytes = 1 } },
	{ "POLL with an offset", EINVAL, PIPE, { OF(POLL), .aio_offset = 1 } },
	{ "POLL with flags", EINVAL, PIPE, { OF(POLL), .aio_rw_flags = 1 } },
};

static struct iocb bad_iocb(struct __test_metadata *const _metadata,
			    const struct refusal *refusal)
{
	struct iocb iocb = refusal->iocb;

	iocb.aio_fildes = open_file(_metadata, refusal->file);
	if (iocb.aio_flags & IOCB_FLAG_RESFD && !iocb.aio_resfd)
		iocb.aio_resfd = iocb.aio_fildes;
	return iocb;
}

FIXTURE(request)
{
	struct aio_state state;
	aio_context_t ctx;
	struct iocb iocb;
	struct io_event ev;
	int fd;
};

FIXTURE_SETUP(request)
{
	save_aio_state(_metadata, &self->state);
	self->fd = open_test_file(_metadata);
	self->ctx = setup_ctx(_metadata, 1);
}

FIXTURE_TEARDOWN_PARENT(request)
{
	check_aio_state(_metadata, &self->state);
}

/* Submits a request, takes its event, and returns the result. */
static __s64 run_request(struct __test_metadata *const _metadata, aio_context_t ctx,
			 struct iocb *iocb, struct io_event *ev)
{
	ASSERT_EQ(1, sys_io_submit(ctx, 1, &iocb));
	ASSERT_EQ(1, sys_io_getevents(ctx, 1, 1, ev, 20 * NSEC_PER_SEC));
	return ev->res;
}

TEST_F(request, that_is_wrong_is_refused)
{
	struct iocb *iocbs[] = { &self->iocb };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		self->iocb = bad_iocb(_metadata, &refusals[i]);
		EXPECT_EQ(-refusals[i].error, sys_io_submit(self->ctx, 1, iocbs))
		{
			TH_LOG("%s", refusals[i].what);
		}
		EXPECT_EQ(0, sys_io_getevents(self->ctx, 0, 1, &self->ev, 0));
	}
}

/* As often as the ring has room, and once more: then a request is taken all the same. */
TEST_F(request, that_is_refused_takes_no_room)
{
	struct iocb *iocbs[] = { &self->iocb };
	unsigned int n, nr = ring_of(self->ctx)->nr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		self->iocb = bad_iocb(_metadata, &refusals[i]);
		for (n = 0; n <= nr; n++)
			ASSERT_EQ(-refusals[i].error, sys_io_submit(self->ctx, 1, iocbs))
			{
				TH_LOG("%s, time %u", refusals[i].what, n + 1);
			}
	}
	EXPECT_EQ(0, use_ctx(self->ctx, self->fd, 1));
}

TEST_F(request, comes_back_in_the_event)
{
	char buf[4];

	prep_read(&self->iocb, self->fd, buf, 4, 0x123456789abcdef0ULL);
	self->iocb.aio_key = ~0U;
	memset(&self->ev, 0xff, sizeof(self->ev));
	EXPECT_EQ(4, run_request(_metadata, self->ctx, &self->iocb, &self->ev));
	EXPECT_EQ(0x123456789abcdef0ULL, self->ev.data);
	EXPECT_EQ((uintptr_t)&self->iocb, self->ev.obj);
	EXPECT_EQ(0, self->ev.res2);
	/* By which io_cancel(2) knows that it is one */
	EXPECT_EQ(0, self->iocb.aio_key);
}

TEST_F(request, whose_key_cannot_be_written_is_refused)
{
	struct iocb *iocb = map_memory(_metadata, page_size(), PROT_READ | PROT_WRITE);
	char buf[4];

	prep_read(iocb, self->fd, buf, 4, 1);
	ASSERT_EQ(0, mprotect(iocb, page_size(), PROT_READ));
	EXPECT_EQ(-EFAULT, sys_io_submit(self->ctx, 1, &iocb));
	EXPECT_EQ(0, use_ctx(self->ctx, self->fd, 2));
}

/* The reader sees the end of a pipe when nobody has the other end any more. */
TEST_F(request, that_is_refused_keeps_no_file)
{
	struct iocb *iocbs[] = { &self->iocb };
	int ends[2];
	char byte;

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	self->iocb.aio_fildes = ends[1];
	self->iocb.aio_lio_opcode = NO_SUCH_OPCODE;
	EXPECT_EQ(-EINVAL, sys_io_submit(self->ctx, 1, iocbs));
	close(ends[1]);
	EXPECT_EQ(0, result_of(read(ends[0], &byte, 1)));
}

/* The number of an eventfd, of which the kernel gives the lowest that is free */
static long eventfd_id(int efd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", efd);
	return number_in(path, "eventfd-id: %ld");
}

/* Others may take a number meanwhile, but not every time. */
TEST_F(request, that_is_refused_keeps_no_eventfd)
{
	struct iocb *iocbs[] = { &self->iocb };
	int i, again = 0;
	long id, before;

	self->iocb.aio_fildes = self->fd;
	self->iocb.aio_lio_opcode = NO_SUCH_OPCODE;
	for (id = -1, i = 0; i < 10; i++) {
		int efd = open_eventfd(_metadata, EFD_CLOEXEC);

		before = id;
		id = eventfd_id(efd);
		if (id < 0)
			SKIP(return, "eventfds have no numbers here");
		again += id == before;
		count_completion(&self->iocb, efd);
		EXPECT_EQ(-EINVAL, sys_io_submit(self->ctx, 1, iocbs));
		close(efd);
	}
	EXPECT_LT(0, again);
}

TEST_F(request, that_is_complete_keeps_no_file)
{
	int ends[2];
	char byte;

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	prep_rw(&self->iocb, IOCB_CMD_PWRITE, ends[1], "x", 1, 1);
	EXPECT_EQ(1, run_request(_metadata, self->ctx, &self->iocb, &self->ev));
	close(ends[1]);
	EXPECT_EQ(1, result_of(read(ends[0], &byte, 1)));
	EXPECT_EQ(0, result_of(read(ends[0], &byte, 1)));
}

TEST_F(request, of_an_error_has_it_as_its_result)
{
	prep_read(&self->iocb, self->fd, NULL, 4, 1);
	EXPECT_EQ(-EFAULT, run_request(_metadata, self->ctx, &self->iocb, &self->ev));
}

static void catch(int sig)
{
}

/* The read sleeps in io_submit(2), which returns what was taken. */
TEST_F(request, that_a_signal_ends_has_eintr_as_its_result)
{
	/* And again, if it came before the read slept */
	const struct itimerval often = {
		.it_value = { .tv_usec = 100000 },
		.it_interval = { .tv_usec = 100000 },
	}, never = {};
	struct sigaction action = { .sa_handler = catch, .sa_flags = SA_RESTART };
	int ends[2];
	char byte;

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	prep_read(&self->iocb, ends[0], &byte, 1, 1);
	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
	EXPECT_EQ(-EINTR, run_request(_metadata, self->ctx, &self->iocb, &self->ev));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &never, NULL));
}

TEST_F(request, reads_at_its_offset)
{
	char buf[8] = "........";

	prep_read(&self->iocb, self->fd, buf, sizeof(buf), 1);
	self->iocb.aio_offset = 1;
	EXPECT_EQ(3, run_request(_metadata, self->ctx, &self->iocb, &self->ev));
	EXPECT_EQ(0, memcmp(buf, "ata.....", sizeof(buf)));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_CUR));
}

TEST_F(request, writes_at_its_offset)
{
	char buf[8] = "........";

	prep_rw(&self->iocb, IOCB_CMD_PWRITE, self->fd, "XY", 2, 1);
	self->iocb.aio_offset = 3;
	EXPECT_EQ(2, run_request(_metadata, self->ctx, &self->iocb, &self->ev));
	EXPECT_EQ(5, pread(self->fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "datXY...", sizeof(buf)));
}

TEST_F(request, writes_where_its_flags_say)
{
	char buf[8] = "........";

	prep_rw(&self->iocb, IOCB_CMD_PWRITE, self->fd, "XY", 2, 1);
	self->iocb.aio_rw_flags = RWF_APPEND;
	EXPECT_EQ(2, run_request(_metadata, self->ctx, &self->iocb, &self->ev));
	EXPECT_EQ(6, pread(self->fd, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "dataXY..", sizeof(buf)));
}

/* More pieces than the kernel has room for on its stack */
#define NR_PIECES	20

static void prep_pieces(struct iovec *pieces, char *memory)
{
	int i;

	for (i = 0; i < NR_PIECES; i++)
		pieces[i] = (struct iovec){ .iov_base = memory + 2 * i, .iov_len = 1 };
}

TEST_F(request, reads_into_pieces)
{
	char memory[2 * NR_PIECES] = {};
	struct iovec pieces[NR_PIECES];

	prep_pieces(pieces, memory);
	prep_rw(&self->iocb, IOCB_CMD_PREADV, self->fd, pieces, NR_PIECES, 1);
	EXPECT_EQ(4, run_request(_metadata, self->ctx, &self->iocb, &self->ev));
	EXPECT_EQ(0, memcmp(memory, "d\0a\0t\0a\0\0", 9));
}

TEST_F(request, writes_from_pieces)
{
	char memory[2 * NR_PIECES], buf[NR_PIECES + 1] = {};
	struct iovec pieces[NR_PIECES];

	memset(memory, 'x', sizeof(memory));
	memory[2 * NR_PIECES - 2] = 'y';
	prep_pieces(pieces, memory);
	prep_rw(&self->iocb, IOCB_CMD_PWRITEV, self->fd, pieces, NR_PIECES, 1);
	EXPECT_EQ(NR_PIECES, run_request(_metadata, self->ctx, &self->iocb, &self->ev));
	EXPECT_EQ(NR_PIECES, pread(self->fd, buf, sizeof(buf), 0));
	EXPECT_STREQ("xxxxxxxxxxxxxxxxxxxy", buf);
}

TEST_HARNESS_MAIN
