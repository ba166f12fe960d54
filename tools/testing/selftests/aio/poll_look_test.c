// SPDX-License-Identifier: GPL-2.0
/*
 * Polls of a file that is slow to say what is there
 *
 * When the waker does not say which events there are, a worker calls ->poll() to
 * look. Proves that:
 * - a wake-up that comes while it looks has it look again;
 * - it looks no more often than there were wake-ups, and completes nothing by itself;
 * - io_cancel(2) while it looks completes the request when it has looked.
 *
 * The file is that of a filesystem in user space (FUSE), whose server is a child of
 * the test: it answers a look at once, or when the test says so. Needs root.
 */

#include "aio_common.h"

#include <linux/fuse.h>
#include <sys/mount.h>

#define MAX_LOOKS	4
#define PATIENCE_MS	20000

/* How the server answers a look: with @events, and when it is told to if @held */
struct answer {
	bool held;
	__u32 events;
};

/* What a test tells the server to do, and what that says in return */
enum word {
	WAKE = 'w',
	ANSWER = 'a',
	LOOKING = 'l',
};

struct server {
	int dev;
	int hear;
	int say;
	const struct answer *answers;
	int looks;		/* that were answered, or are held */
	__u64 held;		/* unique id of the look that is held */
	__u64 handle;		/* by which the kernel knows who polls */
};

static bool reply(const struct server *server, __u64 unique, int error,
		  const void *body, size_t size)
{
	char buf[sizeof(struct fuse_out_header) + 128] = {};
	struct fuse_out_header header = {
		.len = sizeof(header) + size,
		.error = error,
		.unique = unique,
	};

	memcpy(buf, &header, sizeof(header));
	if (size)
		memcpy(buf + sizeof(header), body, size);
	return write(server->dev, buf, header.len) == (ssize_t)header.len;
}

static bool wake(const struct server *server)
{
	struct fuse_notify_poll_wakeup_out out = { .kh = server->handle };

	return reply(server, 0, FUSE_NOTIFY_POLL, &out, sizeof(out));
}

static bool answer_held(struct server *server)
{
	struct fuse_poll_out out = {
		.revents = server->answers[server->looks - 1].events,
	};
	__u64 unique = server->held;

	server->held = 0;
	return unique && reply(server, unique, 0, &out, sizeof(out));
}

static bool hear_poll(struct server *server, __u64 unique,
		      const struct fuse_poll_in *in)
{
	const char looking = LOOKING;

	if (server->looks == MAX_LOOKS || server->held)
		return false;
	server->handle = in->kh;
	server->held = unique;
	if (server->answers[server->looks++].held)
		return write(server->say, &looking, 1) == 1;
	return answer_held(server);
}

/* Serves one request of the kernel. */
static bool hear_kernel(struct server *server)
{
	const struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096,
	};
	const struct fuse_open_out opened = { .fh = 1 };
	static __u64 buf[FUSE_MIN_READ_BUFFER / sizeof(__u64)];
	const struct fuse_in_header *in = (void *)buf;

	if (read(server->dev, buf, sizeof(buf)) < (ssize_t)sizeof(*in))
		return false;
	switch (in->opcode) {
	case FUSE_INIT:
		return reply(server, in->unique, 0, &init, sizeof(init));
	case FUSE_OPEN:
		return reply(server, in->unique, 0, &opened, sizeof(opened));
	case FUSE_POLL:
		return hear_poll(server, in->unique, (void *)(in + 1));
	case FUSE_RELEASE:
		return reply(server, in->unique, 0, NULL, 0);
	case FUSE_FORGET:
		return true;
	default:
		return reply(server, in->unique, -EOPNOTSUPP, NULL, 0);
	}
}

static bool hear_test(struct server *server)
{
	char word;

	if (read(server->hear, &word, 1) != 1)
		return false;
	return word == WAKE ? wake(server) : answer_held(server);
}

/*
 * Until the test is gone, or silent for too long: exit waits for the worker, which
 * waits for an answer, and closes no file before.
 */
static void serve(struct server *server)
{
	struct pollfd fds[] = {
		{ .fd = server->dev, .events = POLLIN },
		{ .fd = server->hear, .events = POLLIN },
	};
	bool ok = true;

	while (ok && poll(fds, 2, PATIENCE_MS) > 0) {
		if (fds[1].revents)
			ok = hear_test(server);
		else
			ok = hear_kernel(server);
	}
	_exit(!ok);
}

/* A poll of the server's file at @path, and the words to the server and from it */
struct look {
	char path[32];
	aio_context_t ctx;
	int say;
	int hear;
	struct iocb iocb;
};

FIXTURE(poll_look)
{
	struct aio_state state;
	struct look look;
};

FIXTURE_SETUP(poll_look)
{
	int fd;

	save_aio_state(_metadata, &self->state);
	/* If the server dies, a word to it fails, and the test goes on to say so */
	signal(SIGPIPE, SIG_IGN);
	snprintf(self->look.path, sizeof(self->look.path), "/tmp/aio-look-XXXXXX");
	fd = mkstemp(self->look.path);
	ASSERT_LE(0, fd);
	close(fd);
	self->look.ctx = setup_ctx(_metadata, 1);
}

FIXTURE_TEARDOWN_PARENT(poll_look)
{
	umount2(self->look.path, MNT_DETACH);
	unlink(self->look.path);
	check_aio_state(_metadata, &self->state);
}

/* Mounts at the path what a child serves. Each side has its own ends of the pipes only. */
static bool start_server(struct __test_metadata *const _metadata,
			 struct look *look, const struct answer *answers)
{
	struct server server = { .answers = answers };
	int to_server[2], from_server[2], mounted;
	char options[96];

	server.dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (server.dev < 0)
		return false;
	snprintf(options, sizeof(options), "fd=%d,rootmode=100600,user_id=%d,group_id=%d",
		 server.dev, getuid(), getgid());
	mounted = mount("aio-look", look->path, "fuse", MS_NOSUID | MS_NODEV, options);
	if (mounted)
		ASSERT_TRUE(errno == EPERM || errno == ENODEV);
	ASSERT_EQ(0, pipe2(to_server, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(from_server, O_CLOEXEC));
	server.hear = to_server[0];
	server.say = from_server[1];
	look->say = to_server[1];
	look->hear = from_server[0];
	if (!mounted && !fork()) {
		close(look->say);
		close(look->hear);
		serve(&server);
	}
	close(server.dev);
	close(server.hear);
	close(server.say);
	return !mounted;
}

/* A poll is in flight on a file of the server, which has looked once, and seen nothing. */
static bool begin(struct __test_metadata *const _metadata, struct look *look,
		  const struct answer *answers)
{
	struct iocb *iocbs[] = { &look->iocb };
	int fd;

	if (!start_server(_metadata, look, answers))
		return false;
	fd = open(look->path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd)
	{
		TH_LOG("open: %s", strerror(errno));
	}
	prep_poll(&look->iocb, fd, 1);
	ASSERT_EQ(1, sys_io_submit(look->ctx, 1, iocbs));
	return true;
}

static void tell(struct __test_metadata *const _metadata, int say, enum word word)
{
	char byte = word;

	ASSERT_EQ(1, write(say, &byte, 1));
}

/* Does the server say within this time that it holds a look? */
static bool is_looking(int hear, int ms)
{
	struct pollfd fds = { .fd = hear, .events = POLLIN };
	char byte;

	return poll(&fds, 1, ms) == 1 && read(hear, &byte, 1) == 1 && byte == LOOKING;
}

static void expect_result(struct __test_metadata *const _metadata, aio_context_t ctx,
			  __s64 result)
{
	struct io_event ev = {};

	ASSERT_EQ(1, sys_io_getevents(ctx, 1, 1, &ev, 10 * NSEC_PER_SEC));
	EXPECT_EQ(result, ev.res);
	EXPECT_EQ(1, ev.data);
}

#define NO_FUSE	"cannot mount what /dev/fuse serves"

TEST_F_TIMEOUT(poll_look, completes_when_there_are_events, 120)
{
	const struct answer answers[MAX_LOOKS] = { {}, { .events = POLLIN } };

	if (!begin(_metadata, &self->look, answers))
		SKIP(return, NO_FUSE);
	expect_no_event(_metadata, self->look.ctx, 100 * NSEC_PER_MSEC);
	tell(_metadata, self->look.say, WAKE);
	expect_result(_metadata, self->look.ctx, POLLIN);
}

TEST_F_TIMEOUT(poll_look, completes_nothing_when_there_are_none, 120)
{
	const struct answer answers[MAX_LOOKS] = {
		{}, { .held = true }, { .held = true, .events = POLLIN },
	};

	if (!begin(_metadata, &self->look, answers))
		SKIP(return, NO_FUSE);
	tell(_metadata, self->look.say, WAKE);
	ASSERT_TRUE(is_looking(self->look.hear, PATIENCE_MS));
	tell(_metadata, self->look.say, ANSWER);
	expect_no_event(_metadata, self->look.ctx, 100 * NSEC_PER_MSEC);
	EXPECT_FALSE(is_looking(self->look.hear, 100));

	tell(_metadata, self->look.say, WAKE);
	ASSERT_TRUE(is_looking(self->look.hear, PATIENCE_MS));
	tell(_metadata, self->look.say, ANSWER);
	expect_result(_metadata, self->look.ctx, POLLIN);
}

TEST_F_TIMEOUT(poll_look, is_repeated_for_a_wake_up_meanwhile, 120)
{
	const struct answer answers[MAX_LOOKS] = {
		{}, { .held = true }, { .events = POLLIN },
	};

	if (!begin(_metadata, &self->look, answers))
		SKIP(return, NO_FUSE);
	tell(_metadata, self->look.say, WAKE);
	ASSERT_TRUE(is_looking(self->look.hear, PATIENCE_MS));
	/* It has been decided that there are no events, but not yet said */
	tell(_metadata, self->look.say, WAKE);
	tell(_metadata, self->look.say, ANSWER);
	expect_result(_metadata, self->look.ctx, POLLIN);
}

TEST_F_TIMEOUT(poll_look, ends_with_a_cancel_meanwhile, 120)
{
	const struct answer answers[MAX_LOOKS] = { {}, { .held = true } };

	if (!begin(_metadata, &self->look, answers))
		SKIP(return, NO_FUSE);
	tell(_metadata, self->look.say, WAKE);
	ASSERT_TRUE(is_looking(self->look.hear, PATIENCE_MS));
	EXPECT_EQ(-EINPROGRESS, sys_io_cancel(self->look.ctx, &self->look.iocb));
	expect_no_event(_metadata, self->look.ctx, 100 * NSEC_PER_MSEC);
	tell(_metadata, self->look.say, ANSWER);
	expect_result(_metadata, self->look.ctx, 0);
}

TEST_HARNESS_MAIN
