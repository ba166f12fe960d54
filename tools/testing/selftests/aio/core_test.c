// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts of a process that dumps core
 *
 * Proves, for a core file and for one that a program takes from a pipe, that:
 * - the dump comes to an end with threads in system calls on the contexts and
 *   requests in flight, and no context is left then;
 * - the rings are in it, if it is to have what is shared: a debugger sees them;
 * - while it lasts, the contexts stay and requests complete.
 *
 * Sets kernel.core_pattern, so needs root, and the options in config.mem.
 */

#include "aio_failure.h"

#include <linux/elf.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#if __SIZEOF_POINTER__ == 8
#define elf_hdr		elf64_hdr
#define elf_phdr	elf64_phdr
#else
#define elf_hdr		elf32_hdr
#define elf_phdr	elf32_phdr
#endif

#define CORE_PATTERN	"/proc/sys/kernel/core_pattern"
#define TAKE_CORE	"--take-core"
#define NR_CTX		3
#define NR_POLLS	9

/* A child that dumps core, its contexts, and what they have to do with */
struct crash {
	char dir[32];
	char file[64];
	/* The program that takes the core waits as long as this is there. */
	char hold[64];
	aio_context_t ctx[NR_CTX];
	size_t ring_size;
	int pipe[2];
	int efd;
	int fd;
	pid_t waiter;
};

FIXTURE(core)
{
	struct aio_state state;
	char pattern[256];
	struct crash crash;
};

FIXTURE_VARIANT(core)
{
	bool pipe;
};

FIXTURE_VARIANT_ADD(core, in_a_file) {
	.pipe = false,
};

FIXTURE_VARIANT_ADD(core, in_a_pipe) {
	.pipe = true,
};

static bool read_line(const char *path, char *buf, size_t len)
{
	FILE *file = fopen(path, "r");
	bool ok;

	if (!file)
		return false;
	ok = fgets(buf, len, file);
	fclose(file);
	buf[ok ? strcspn(buf, "\n") : 0] = 0;
	return ok;
}

/* A program has one more argument, where to put it; the pattern has 127 bytes. */
static bool set_pattern(const char *file, bool pipe)
{
	char exe[PATH_MAX] = {}, pattern[PATH_MAX + 128];

	if (!pipe)
		return !write_str(CORE_PATTERN, file);
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return false;
	snprintf(pattern, sizeof(pattern), "|%s " TAKE_CORE " %s", exe, file);
	return strlen(pattern) < 128 && !write_str(CORE_PATTERN, pattern);
}

FIXTURE_SETUP(core)
{
	struct crash *crash = &self->crash;
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	save_aio_state(_metadata, &self->state);
	if (!read_line(CORE_PATTERN, self->pattern, sizeof(self->pattern)))
		SKIP(return, "no core dumps: see config.mem");
	snprintf(crash->dir, sizeof(crash->dir), "/tmp/aio-core-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(crash->dir));
	snprintf(crash->file, sizeof(crash->file), "%s/%%p", crash->dir);
	snprintf(crash->hold, sizeof(crash->hold), "%s/hold", crash->dir);
	if (!set_pattern(crash->file, variant->pipe))
		SKIP(return, "cannot set kernel.core_pattern");
	ASSERT_EQ(0, setrlimit(RLIMIT_CORE, &limit));
	/* Nothing but what is shared: a small core, as far as possible */
	ASSERT_EQ(0, write_str("/proc/self/coredump_filter", "0xa"));
	crash->fd = open_test_file(_metadata);
	crash->efd = open_eventfd(_metadata, EFD_NONBLOCK);
	ASSERT_EQ(0, pipe(crash->pipe));
}

FIXTURE_TEARDOWN_PARENT(core)
{
	struct crash *crash = &self->crash;

	if (self->pattern[0])
		EXPECT_EQ(0, write_str(CORE_PATTERN, self->pattern));
	unlink(crash->file);
	unlink(crash->hold);
	rmdir(crash->dir);
	check_aio_state(_metadata, &self->state);
}

/* The program at the other end of the pipe: has the file when it is complete. */
static int take_core(const char *path)
{
	char buf[65536], tmp[PATH_MAX], hold[PATH_MAX];
	ssize_t len;
	FILE *file;

	snprintf(hold, sizeof(hold), "%.*s/hold", (int)(strrchr(path, '/') - path), path);
	while (!access(hold, F_OK))
		sleep_ns(10 * NSEC_PER_MSEC);
	snprintf(tmp, sizeof(tmp), "%s.part", path);
	file = fopen(tmp, "w");
	if (!file)
		return 1;
	while ((len = read(0, buf, sizeof(buf))) > 0)
		fwrite(buf, len, 1, file);
	return fclose(file) || rename(tmp, path);
}

struct waiter {
	aio_context_t ctx;
	pid_t *tid;
};

static void *wait_for_event(void *arg)
{
	struct waiter *w = arg;
	struct io_event ev;

	announce_thread(w->tid);
	sys_io_getevents(w->ctx, 1, 1, &ev, -1);
	return NULL;
}

/* In a child: polls in flight, an event in the ring, a thread in a call */
static void set_up_and_crash(struct __test_metadata *const _metadata,
			     struct crash *crash)
{
	struct iocb iocb, *iocbs[] = { &iocb };
	struct waiter w = { .tid = &crash->waiter };
	pthread_t thread;
	int i;

	setup_ctxs(_metadata, crash->ctx, NR_CTX, 16);
	crash->ring_size = ring_bytes(crash->ctx[0]);
	for (i = 0; i < NR_POLLS; i++) {
		prep_poll(&iocb, crash->pipe[0], i);
		count_completion(&iocb, crash->efd);
		ASSERT_EQ(1, sys_io_submit(crash->ctx[i % NR_CTX], 1, iocbs));
	}
	ASSERT_EQ(1, submit_read(crash->ctx[1], crash->fd, 4242));
	w.ctx = crash->ctx[2];
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_event, &w));
	wait_for_state(&crash->waiter, 'S');
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	_exit(1);
}

static pid_t start_crash(struct __test_metadata *const _metadata,
			 struct crash *crash)
{
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child)
		set_up_and_crash(_metadata, crash);
	return child;
}

static void expect_dumped(struct __test_metadata *const _metadata,
			  struct crash *crash, pid_t child)
{
	__s64 end = now_ns() + 20 * NSEC_PER_SEC;
	int status = wait_for_child(_metadata, child);

	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
	EXPECT_TRUE(WCOREDUMP(status));
	snprintf(crash->file, sizeof(crash->file), "%s/%d", crash->dir, child);
	while (access(crash->file, F_OK) && now_ns() < end)
		sleep_ns(10 * NSEC_PER_MSEC);
}

/* How many completions there have been since the last time */
static long completions(int efd)
{
	__u64 count;

	return read(efd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

TEST_F_TIMEOUT(core, is_complete_and_no_context_left, 60)
{
	struct crash *crash = &self->crash;
	pid_t child = start_crash(_metadata, crash);

	expect_dumped(_metadata, crash, child);
	EXPECT_EQ(self->state.nr, aio_nr());
	/* The read was counted by nobody. */
	EXPECT_EQ(NR_POLLS, completions(crash->efd));
	EXPECT_EQ(0, access(crash->file, R_OK));
}

/* The bytes that the core has of a mapping, in a buffer of its own */
static void *find_in_core(const char *path, unsigned long addr, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), i;
	void *bytes = calloc(1, size);
	struct elf_phdr phdr;
	struct elf_hdr hdr;
	bool found = false;

	if (pread(fd, &hdr, sizeof(hdr), 0) != sizeof(hdr))
		hdr.e_phnum = 0;
	for (i = 0; i < hdr.e_phnum && !found; i++)
		found = pread(fd, &phdr, sizeof(phdr), hdr.e_phoff + i * sizeof(phdr)) ==
				sizeof(phdr) &&
			phdr.p_type == PT_LOAD && phdr.p_vaddr == addr &&
			phdr.p_filesz == size &&
			pread(fd, bytes, size, phdr.p_offset) == (ssize_t)size;
	close(fd);
	return found ? bytes : NULL;
}

TEST_F_TIMEOUT(core, has_the_rings, 60)
{
	struct crash *crash = &self->crash;
	pid_t child = start_crash(_metadata, crash);
	struct aio_ring *ring;
	int i;

	expect_dumped(_metadata, crash, child);
	for (i = 0; i < NR_CTX; i++) {
		ring = find_in_core(crash->file, crash->ctx[i], crash->ring_size);
		ASSERT_NE(NULL, ring)
		{
			TH_LOG("ring %d at %#lx is not there", i, (long)crash->ctx[i]);
		}
		EXPECT_EQ(AIO_RING_MAGIC, ring->magic);
		EXPECT_EQ(i, ring->id);
		EXPECT_EQ(i == 1, ring->tail);
		if (i == 1)
			EXPECT_EQ(4242, ring->events[0].data);
		free(ring);
	}
}

/* The dump lasts as long as the program does not read it: that is, some time. */
TEST_F_TIMEOUT(core, keeps_the_contexts_until_it_is_complete, 60)
{
	struct crash *crash = &self->crash;
	pid_t child;

	if (!variant->pipe)
		SKIP(return, "nothing holds a file up");
	/* More than a pipe takes: all there is */
	ASSERT_EQ(0, write_str("/proc/self/coredump_filter", "0x3f"));
	close(open(crash->hold, O_CREAT | O_WRONLY, 0600));
	child = start_crash(_metadata, crash);
	/* Until the threads are gone from their calls and the dump has begun */
	while (aio_nr() != self->state.nr + NR_CTX * 16)
		sleep_ns(10 * NSEC_PER_MSEC);
	sleep_ns(NSEC_PER_SEC);
	EXPECT_EQ(self->state.nr + NR_CTX * 16, aio_nr());
	EXPECT_EQ(0, completions(crash->efd));
	EXPECT_EQ(1, write(crash->pipe[1], "x", 1));
	sleep_ns(NSEC_PER_SEC / 2);
	EXPECT_EQ(NR_POLLS, completions(crash->efd));
	EXPECT_EQ(self->state.nr + NR_CTX * 16, aio_nr());
	EXPECT_EQ(0, unlink(crash->hold));
	expect_dumped(_metadata, crash, child);
	EXPECT_EQ(self->state.nr, aio_nr());
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], TAKE_CORE))
		return take_core(argv[2]);
	return test_harness_run(argc, argv);
}
