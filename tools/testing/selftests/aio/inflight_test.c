// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts that end while requests are in flight
 *
 * Proves that:
 * - io_destroy(2), exit, exec and a deadly signal cancel polls, and are through
 *   only when requests that nothing can cancel are complete as well, and so is a
 *   deadly signal during io_destroy(2);
 * - the quota is back at once, even while io_destroy(2) still waits;
 * - io_destroy(2) also waits for an io_submit(2) that has found the context;
 * - a request does not need the file descriptor that it was submitted with.
 *
 * request_race_test.c has requests that race with io_destroy(2).
 *
 * The request that cannot be cancelled is a read from a null_blk disk with a
 * timer. An eventfd counts the completions, so that no test depends on time.
 */

#include "aio_disk.h"
#include "aio_failure.h"

/* What is seen of contexts from where they have just ceased to be. */
struct remains {
	long aio_nr;
	__u64 completed;
};

static struct remains look_at_remains(int efd)
{
	struct remains remains = { .aio_nr = aio_nr() };

	if (read(efd, &remains.completed, sizeof(__u64)) != sizeof(__u64))
		remains.completed = 0;
	return remains;
}

/* The ways in which a process can leave its contexts behind. */
enum way {
	LEAVE_DESTROY,
	LEAVE_EXIT,
	LEAVE_EXEC,
	LEAVE_KILLED,
	LEAVE_KILLED_IN_DESTROY,
};

FIXTURE(leaving)
{
	struct aio_state state;
	int pipe[2];
	int efd;
	int disk;
};

FIXTURE_VARIANT(leaving)
{
	enum way way;
};

FIXTURE_VARIANT_ADD(leaving, by_destroy) {
	.way = LEAVE_DESTROY,
};

FIXTURE_VARIANT_ADD(leaving, by_exit) {
	.way = LEAVE_EXIT,
};

FIXTURE_VARIANT_ADD(leaving, by_exec) {
	.way = LEAVE_EXEC,
};

FIXTURE_VARIANT_ADD(leaving, by_sigkill) {
	.way = LEAVE_KILLED,
};

FIXTURE_VARIANT_ADD(leaving, by_sigkill_in_destroy) {
	.way = LEAVE_KILLED_IN_DESTROY,
};

FIXTURE_SETUP(leaving)
{
	save_aio_state(_metadata, &self->state);
	ASSERT_EQ(0, pipe(self->pipe));
	self->efd = open_eventfd(_metadata, EFD_NONBLOCK);
	self->disk = -1;
}

FIXTURE_TEARDOWN_PARENT(leaving)
{
	if (self->disk >= 0)
		remove_slow_disk();
	check_aio_state(_metadata, &self->state);
}

static void *destroy(void *ctx)
{
	return (void *)sys_io_destroy((aio_context_t)ctx);
}

/* Has another thread destroy the context, which is withdrawn when this returns. */
static void begin_to_destroy(struct __test_metadata *const _metadata, aio_context_t ctx)
{
	pthread_t thread;
	long nr = aio_nr();

	ASSERT_EQ(0, pthread_create(&thread, NULL, destroy, (void *)ctx));
	while (aio_nr() == nr)
		sched_yield();
}

#define AFTER_EXEC	"--after-exec"

static void leave(struct __test_metadata *const _metadata, enum way way,
		  const aio_context_t *ctx, int out, int efd)
{
	char out_str[16], efd_str[16];
	struct remains remains;

	switch (way) {
	case LEAVE_DESTROY:
		EXPECT_EQ(0, sys_io_destroy(ctx[0]));
		EXPECT_EQ(0, sys_io_destroy(ctx[1]));
		EXPECT_EQ(0, sys_io_destroy(ctx[2]));
		remains = look_at_remains(efd);
		EXPECT_EQ(sizeof(remains), write(out, &remains, sizeof(remains)));
		_exit(_metadata->exit_code);
	case LEAVE_EXIT:
		_exit(0);
	case LEAVE_EXEC:
		snprintf(out_str, sizeof(out_str), "%d", out);
		snprintf(efd_str, sizeof(efd_str), "%d", efd);
		execl("/proc/self/exe", "inflight_test", AFTER_EXEC, out_str,
		      efd_str, NULL);
		TH_LOG_RESULT("execl", -errno);
		break;
	case LEAVE_KILLED_IN_DESTROY:
		begin_to_destroy(_metadata, ctx[0]);
		raise(SIGKILL);
		break;
	case LEAVE_KILLED:
		raise(SIGKILL);
	}
	_exit(1);
}

/* Sets up in a child, with or without requests, and leaves them all behind. */
static struct remains leave_behind(struct __test_metadata *const _metadata,
				   const int *out, int efd, int disk,
				   enum way way, int nr_polls, int nr_reads)
{
	bool told = way == LEAVE_DESTROY || way == LEAVE_EXEC;
	struct iocb iocb, *iocbs[] = { &iocb };
	struct remains remains = {};
	int fds[2], i;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child) {
		aio_context_t ctx[3];
		void *page = map_memory(_metadata, 4096, PROT_READ | PROT_WRITE);

		ASSERT_EQ(0, pipe(fds));
		setup_ctxs(_metadata, ctx, 3, 16);
		for (i = 0; i < nr_polls + nr_reads; i++) {
			if (i < nr_polls)
				prep_poll(&iocb, fds[0], i);
			else
				prep_read(&iocb, disk, page, 4096, i);
			count_completion(&iocb, efd);
			ASSERT_EQ(1, sys_io_submit(ctx[i % 3], 1, iocbs));
		}
		leave(_metadata, way, ctx, out[1], efd);
	}
	if (told) {
		close(out[1]);
		EXPECT_EQ(sizeof(remains), read(out[0], &remains, sizeof(remains)));
	}
	EXPECT_EQ(way < LEAVE_KILLED ? 0 : SIGKILL, wait_for_child(_metadata, child));
	return told ? remains : look_at_remains(efd);
}

TEST_F(leaving, idle_contexts_are_gone)
{
	struct remains remains;

	remains = leave_behind(_metadata, self->pipe, self->efd, -1,
			       variant->way, 0, 0);
	EXPECT_EQ(self->state.nr, remains.aio_nr);
}

TEST_F(leaving, polls_are_over)
{
	struct remains remains;

	remains = leave_behind(_metadata, self->pipe, self->efd, -1,
			       variant->way, 9, 0);
	EXPECT_EQ(self->state.nr, remains.aio_nr);
	EXPECT_EQ(9, remains.completed);
}

TEST_F(leaving, slow_reads_are_over)
{
	struct remains remains;

	self->disk = open_slow_disk(300 * NSEC_PER_MSEC);
	if (self->disk < 0)
		SKIP(return, "cannot make a null_blk disk");
	remains = leave_behind(_metadata, self->pipe, self->efd, self->disk,
			       variant->way, 4, 4);
	EXPECT_EQ(self->state.nr, remains.aio_nr);
	EXPECT_EQ(8, remains.completed);
}

/* Idle contexts die at once and must not be taken for the one that does not. */
TEST_F(leaving, slow_read_beside_idle_contexts_is_over)
{
	struct remains remains;

	self->disk = open_slow_disk(300 * NSEC_PER_MSEC);
	if (self->disk < 0)
		SKIP(return, "cannot make a null_blk disk");
	remains = leave_behind(_metadata, self->pipe, self->efd, self->disk,
			       variant->way, 0, 1);
	EXPECT_EQ(self->state.nr, remains.aio_nr);
	EXPECT_EQ(1, remains.completed);
}

FIXTURE(slow_read)
{
	struct aio_state state;
	aio_context_t ctx;
	void *page;
	int efd;
	int disk;
};

FIXTURE_SETUP(slow_read)
{
	struct iocb iocb, *iocbs[] = { &iocb };

	save_aio_state(_metadata, &self->state);
	/* Long enough for a slow machine to look at it on its way */
	self->disk = open_slow_disk(2 * NSEC_PER_SEC);
	if (self->disk < 0)
		SKIP(return, "cannot make a null_blk disk");
	self->efd = open_eventfd(_metadata, EFD_NONBLOCK);
	self->page = map_memory(_metadata, 4096, PROT_READ | PROT_WRITE);
	self->ctx = setup_ctx(_metadata, 1);
	prep_read(&iocb, self->disk, self->page, 4096, 6);
	count_completion(&iocb, self->efd);
	ASSERT_EQ(1, sys_io_submit(self->ctx, 1, iocbs));
}

FIXTURE_TEARDOWN_PARENT(slow_read)
{
	remove_slow_disk();
	check_aio_state(_metadata, &self->state);
}

TEST_F(slow_read, is_over_when_destroy_returns)
{
	if (look_at_remains(self->efd).completed)
		SKIP(return, "the read was over before io_destroy()");
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_EQ(1, look_at_remains(self->efd).completed);
	EXPECT_EQ(self->state.nr, aio_nr());
}

TEST_F(slow_read, quota_is_back_before_it_is_over)
{
	pthread_t thread;
	__u64 completed;
	void *ret;

	ASSERT_EQ(0, pthread_create(&thread, NULL, destroy, (void *)self->ctx));
	while (aio_nr() != self->state.nr)
		sched_yield();
	completed = look_at_remains(self->efd).completed;
	EXPECT_EQ(0, completed);
	/* A second one does not wait for what the first one waits for. */
	expect_refused(_metadata, self->ctx, self->disk);
	ASSERT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ(NULL, ret)
	{
		TH_LOG_RESULT("io_destroy", (long)ret);
	}
	EXPECT_EQ(1, completed + look_at_remains(self->efd).completed);
}

TEST_F(slow_read, outlives_its_file_descriptor)
{
	struct io_event ev;

	ASSERT_EQ(0, close(self->disk));
	EXPECT_EQ(1, sys_io_getevents(self->ctx, 1, 1, &ev, -1));
	EXPECT_EQ(6, ev.data);
	EXPECT_EQ(4096, ev.res);
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
}

struct submitter {
	pthread_t thread;
	aio_context_t ctx;
	struct iocb **iocbs;
	pid_t tid;
	long ret;
};

static void *submit(void *arg)
{
	struct submitter *s = arg;

	announce_thread(&s->tid);
	s->ret = sys_io_submit(s->ctx, 1, s->iocbs);
	return NULL;
}

/* The call has found its context, and sleeps on the page with its arguments. */
TEST_F(slow_read, submit_that_has_begun_is_over_when_destroy_returns)
{
	struct submitter s = { .ctx = self->ctx };
	int fd = open("/dev/aiotest", O_RDONLY | O_CLOEXEC);

	ASSERT_LE(0, fd);
	s.iocbs = mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE, fd, 1 << 20);
	ASSERT_NE(MAP_FAILED, s.iocbs);
	ASSERT_EQ(0, madvise(s.iocbs, page_size(), MADV_RANDOM));
	ASSERT_EQ(0, pthread_create(&s.thread, NULL, submit, &s));
	wait_for_state(&s.tid, 'D');
	EXPECT_EQ(0, sys_io_destroy(self->ctx));
	EXPECT_NE('D', thread_state(s.tid));
	ASSERT_EQ(0, pthread_join(s.thread, NULL));
	/* There is no request at the address 0 that the disk has for it. */
	EXPECT_EQ(-EFAULT, s.ret)
	{
		TH_LOG_RESULT("io_submit", s.ret);
	}
}

int main(int argc, char **argv)
{
	struct remains remains;

	if (argc != 4 || strcmp(argv[1], AFTER_EXEC))
		return test_harness_run(argc, argv);
	remains = look_at_remains(atoi(argv[3]));
	return write(atoi(argv[2]), &remains, sizeof(remains)) != sizeof(remains);
}
