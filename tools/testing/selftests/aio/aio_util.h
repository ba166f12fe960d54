/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring, requests, time, CPUs and files: what needs no test harness
 *
 * Functions return a negative errno on failure, as those of aio_syscall.h do.
 */

#ifndef AIO_UTIL_H
#define AIO_UTIL_H

#include "aio_syscall.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define AIO_NR_PATH	"/proc/sys/fs/aio-nr"
#define AIO_MAX_NR_PATH	"/proc/sys/fs/aio-max-nr"

#define AIO_RING_MAGIC	0xa10a10a1U

/* The header that the kernel maps at the address which is the handle. */
struct aio_ring {
	__u32 id;
	__u32 nr;
	__u32 head;
	__u32 tail;
	__u32 magic;
	__u32 compat_features;
	__u32 incompat_features;
	__u32 header_length;
	struct io_event events[];
};

/* What a result says, which is an errno when it is negative */
static inline const char *error_text(long ret)
{
	return ret < 0 ? strerror(-ret) : "no error";
}

static inline struct aio_ring *ring_of(aio_context_t ctx)
{
	return (struct aio_ring *)(uintptr_t)ctx;
}

/* The kernel fills whole pages with events and says so in ->nr. */
static inline size_t ring_bytes(aio_context_t ctx)
{
	return sizeof(struct aio_ring) + ring_of(ctx)->nr * sizeof(struct io_event);
}

static inline __s64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static inline void sleep_ns(__s64 ns)
{
	struct timespec ts = to_timespec(ns);

	nanosleep(&ts, NULL);
}

/*
 * The end of a time-bounded test: 2 seconds, or AIO_TEST_SECONDS, which have to be
 * fewer than what the test's timeout is.
 */
static inline __s64 test_deadline(void)
{
	const char *text = getenv("AIO_TEST_SECONDS");
	int seconds = text ? atoi(text) : 0;

	return now_ns() + (seconds > 0 ? seconds : 2) * NSEC_PER_SEC;
}

/* The CPUs that the program may use, whoever is pinned to one of them later */
static cpu_set_t allowed_cpus;

static inline __attribute__((constructor)) void find_allowed_cpus(void)
{
	if (sched_getaffinity(0, sizeof(allowed_cpus), &allowed_cpus))
		CPU_SET(0, &allowed_cpus);
}

/* @task, or the caller if 0, runs on the nth CPU that this process may use. */
static inline int pin_task_to_cpu(pid_t task, int n)
{
	cpu_set_t one;
	int cpu;

	n %= CPU_COUNT(&allowed_cpus);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed_cpus) && !n--)
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(task, sizeof(one), &one);
}

/* Threads that race must not share a CPU as long as there is another one. */
static inline void pin_to_cpu(int n)
{
	pin_task_to_cpu(0, n);
}

/*
 * The number that @format takes from the first line of @path that it fits, as in
 * "MemFree: %ld".  -1 if there is none.
 */
static inline long number_in(const char *path, const char *format)
{
	FILE *file = fopen(path, "r");
	char line[128];
	long number = -1;

	while (file && number < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) != 1)
			number = -1;
	if (file)
		fclose(file);
	return number;
}

static inline long read_long(const char *path)
{
	return number_in(path, "%ld");
}

static inline int write_str(const char *path, const char *str)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = write(fd, str, strlen(str));
	close(fd);
	return len == (ssize_t)strlen(str) ? 0 : -EIO;
}

static inline int write_long(const char *path, long value)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%ld", value);
	return write_str(path, buf);
}

static inline long aio_nr(void)
{
	return read_long(AIO_NR_PATH);
}

/* Counts the ring mappings of this process, among them those that may execute. */
static inline int count_rings(int *executable)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512], perms[8];
	int nr = 0, exec = 0;

	if (!maps)
		return -1;
	while (fgets(line, sizeof(line), maps)) {
		if (!strstr(line, "[aio]"))
			continue;
		nr++;
		if (sscanf(line, "%*s %7s", perms) == 1 && strchr(perms, 'x'))
			exec++;
	}
	fclose(maps);
	if (executable)
		*executable = exec;
	return nr;
}

/*
 * As in the /proc/PID/stat of @dir: 'S' and 'D' are asleep; 0 if there is no such
 * task.
 */
static inline char task_state(const char *dir, pid_t tid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%d/stat", dir, tid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(file);
	return state;
}

/* Of a thread of this process */
static inline char thread_state(pid_t tid)
{
	return task_state("/proc/self/task", tid);
}

/* In a thread: says which one it is. */
static inline void announce_thread(pid_t *tid)
{
	__atomic_store_n(tid, gettid(), __ATOMIC_RELEASE);
}

/* Waits until a thread that announces itself is in this state, or is gone. */
static inline void wait_for_state(const pid_t *tid, char state)
{
	char seen;

	do {
		sleep_ns(NSEC_PER_MSEC);
		seen = __atomic_load_n(tid, __ATOMIC_ACQUIRE) ? thread_state(*tid) : '?';
	} while (seen && seen != state);
}

static inline size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* Tells mapped from unmapped without touching the page. */
static inline bool is_mapped(const void *addr)
{
	uintptr_t page = (uintptr_t)addr & ~(page_size() - 1);
	unsigned char vec;

	return !mincore((void *)page, 1, &vec);
}

/*
 * Does a forked child have the mapping of its parent's ring?  Newer kernels leave
 * it out (VM_DONTCOPY).
 */
static inline bool child_has_ring(aio_context_t ctx)
{
	pid_t child = fork();
	int status;

	if (!child)
		_exit(is_mapped((void *)ctx));
	return child < 0 || waitpid(child, &status, 0) != child || status;
}

static inline bool is_uml(void)
{
	FILE *cpuinfo = fopen("/proc/cpuinfo", "r");
	char line[256];
	bool found = false;

	while (cpuinfo && !found && fgets(line, sizeof(line), cpuinfo))
		found = strstr(line, "User Mode Linux");
	if (cpuinfo)
		fclose(cpuinfo);
	return found;
}

/* Makes room for nr more events; only root can when the room is not there. */
static inline bool make_room(long nr)
{
	long want = aio_nr() + nr;

	return read_long(AIO_MAX_NR_PATH) >= want ||
	       !write_long(AIO_MAX_NR_PATH, want);
}

static inline void prep_rw(struct iocb *iocb, int opcode, int fd, const void *buf,
			   size_t len, __u64 cookie)
{
	memset(iocb, 0, sizeof(*iocb));
	iocb->aio_lio_opcode = opcode;
	iocb->aio_fildes = fd;
	iocb->aio_buf = (uintptr_t)buf;
	iocb->aio_nbytes = len;
	iocb->aio_data = cookie;
}

static inline void prep_read(struct iocb *iocb, int fd, void *buf, size_t len,
			     __u64 cookie)
{
	prep_rw(iocb, IOCB_CMD_PREAD, fd, buf, len, cookie);
}

static inline void prep_poll(struct iocb *iocb, int fd, __u64 cookie)
{
	memset(iocb, 0, sizeof(*iocb));
	iocb->aio_lio_opcode = IOCB_CMD_POLL;
	iocb->aio_fildes = fd;
	iocb->aio_buf = POLLIN;
	iocb->aio_data = cookie;
}

/* Has the kernel count the completion in an eventfd as well. */
static inline void count_completion(struct iocb *iocb, int efd)
{
	iocb->aio_flags = IOCB_FLAG_RESFD;
	iocb->aio_resfd = efd;
}

/* Submits a read that is complete when this returns; the event stays queued. */
static inline long submit_read(aio_context_t ctx, int fd, __u64 cookie)
{
	struct iocb iocb, *iocbs[] = { &iocb };
	char byte;

	prep_read(&iocb, fd, &byte, 1, cookie);
	return sys_io_submit(ctx, 1, iocbs);
}

/* Returns 0 when exactly one event waits in ctx and carries the cookie. */
static inline long reap_cookie(aio_context_t ctx, __u64 cookie)
{
	struct io_event ev[2] = {};
	long ret = sys_io_getevents(ctx, 1, 2, ev, 10 * NSEC_PER_SEC);

	if (ret < 0)
		return ret;
	if (ret != 1)
		return -ENODATA;
	return ev[0].data == cookie && ev[0].res == 1 ? 0 : -EBADMSG;
}

/* Returns 0 when a read submitted to ctx comes back from it, and only that. */
static inline long use_ctx(aio_context_t ctx, int fd, __u64 cookie)
{
	long ret = submit_read(ctx, fd, cookie);

	return ret == 1 ? reap_cookie(ctx, cookie) : ret < 0 ? ret : -ENODATA;
}

#endif /* AIO_UTIL_H */
