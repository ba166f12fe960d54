// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that can be done to AIO contexts, at once and for long
 *
 * Usage: ioctx_soak SECONDS [SEED]
 *
 * Threads set up, submit, poll, cancel, reap, destroy, remap, fork, have pages
 * migrated and write nonsense into ring headers, in processes of five seconds
 * that end with whatever they hold. No call is expected to succeed. What must
 * hold is that the kernel does (see its console), that no call returns what it
 * never may, and that all counters are back where they began.
 *
 * Exit status: 0 all held, 1 not, 2 bad usage
 */

#include "aio_slab.h"
#include "../kselftest.h"

#include <setjmp.h>

#define NR_HELD		48
#define NR_WORKERS	6
#define ROUND_NS	(5 * NSEC_PER_SEC)

/* So many events, and what the ring takes: its header says so, until it lies. */
static struct ring_size {
	unsigned int nr_events;
	size_t bytes;
} sizes[] = { { 1 }, { 200 }, { 500 } };

/*
 * Contexts that some thread has set up; any of them may use them. Each place is
 * for one size, as a stale handle with a wrong size would hit what is beside.
 */
static aio_context_t held[NR_HELD];
static __s64 deadline;
static int data_fd;
static int event_fd;
static pthread_barrier_t all_there;
static long nr_calls;
static long nr_setups;
static long nr_submits;
static long nr_wrong;

static __thread unsigned int seed;
static __thread sigjmp_buf fault_env;

static unsigned int roll(unsigned int n)
{
	return rand_r(&seed) % n;
}

static void say_result(const char *call, long ret)
{
	fprintf(stderr, "ioctx_soak: %s returned %ld (%s)\n", call, ret,
		error_text(ret));
}

/* Counts a call, and whether it returned something that it never may. */
static void check(bool right, const char *call, long ret)
{
	__atomic_fetch_add(&nr_calls, 1, __ATOMIC_RELAXED);
	if (right)
		return;
	__atomic_fetch_add(&nr_wrong, 1, __ATOMIC_RELAXED);
	say_result(call, ret);
}

/* Picks a place, returns what is held there, and the size that goes there. */
static aio_context_t pick(aio_context_t **place, struct ring_size **size)
{
	unsigned int i = roll(NR_HELD);

	*place = &held[i];
	*size = &sizes[i % ARRAY_SIZE(sizes)];
	return __atomic_load_n(*place, __ATOMIC_ACQUIRE);
}

static aio_context_t pick_ctx(void)
{
	return __atomic_load_n(&held[roll(NR_HELD)], __ATOMIC_ACQUIRE);
}

/* Exchanges what is held; who comes late destroys what it has. */
static void put(aio_context_t *place, aio_context_t old, aio_context_t new)
{
	if (!__atomic_compare_exchange_n(place, &old, new, false,
					 __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		sys_io_destroy(new);
}

static void do_setup(void)
{
	aio_context_t *place, new = 0;
	struct ring_size *size;
	long ret;

	if (pick(&place, &size))
		return;
	ret = sys_io_setup(size->nr_events, &new);
	check(!ret || ret == -EAGAIN || ret == -ENOMEM, "io_setup", ret);
	if (ret)
		return;
	__atomic_fetch_add(&nr_setups, 1, __ATOMIC_RELAXED);
	put(place, 0, new);
}

static void do_destroy(void)
{
	aio_context_t ctx = __atomic_exchange_n(&held[roll(NR_HELD)], 0,
						__ATOMIC_ACQ_REL);
	long ret = sys_io_destroy(ctx);

	check(!ret || ret == -EINVAL, "io_destroy", ret);
}

static void do_submit(void)
{
	struct iocb iocb, *iocbs[] = { &iocb };
	aio_context_t ctx = pick_ctx();
	char byte;
	long ret;

	if (roll(2))
		prep_poll(&iocb, event_fd, 1);
	else
		prep_read(&iocb, data_fd, &byte, 1, 1);
	ret = sys_io_submit(ctx, 1, iocbs);
	check(ret == 1 || ret == -EAGAIN || ret == -EINVAL || ret == -ENOMEM,
	      "io_submit", ret);
	if (ret != 1)
		return;
	__atomic_fetch_add(&nr_submits, 1, __ATOMIC_RELAXED);
	ret = sys_io_cancel(ctx, &iocb);
	check(ret == -EINPROGRESS || ret == -EINVAL || ret == -EAGAIN,
	      "io_cancel", ret);
}

static void do_reap(void)
{
	struct io_event ev[8];
	long ret;

	ret = sys_io_getevents(pick_ctx(), roll(2), 8, ev, roll(NSEC_PER_MSEC));
	check((ret >= 0 && ret <= 8) || ret == -EINVAL || ret == -EINTR ||
	      ret == -EFAULT, "io_getevents", ret);
}

static void do_wake_polls(void)
{
	__u64 one = 1;

	if (write(event_fd, &one, sizeof(one)) == sizeof(one) && roll(2))
		check(read(event_fd, &one, sizeof(one)) > 0 || errno == EAGAIN,
		      "read", -errno);
}

static void do_remap(void)
{
	aio_context_t *place, ctx;
	struct ring_size *size;
	size_t moved;
	void *area;

	ctx = pick(&place, &size);
	area = mmap(NULL, size->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		return;
	moved = roll(4) ? size->bytes : page_size();
	if (mremap((void *)ctx, moved, moved, MREMAP_MAYMOVE | MREMAP_FIXED,
		   area) == MAP_FAILED)
		munmap(area, size->bytes);
	else
		put(place, ctx, (uintptr_t)area);
}

static void do_unmap(void)
{
	struct ring_size *size;
	aio_context_t *place, ctx = pick(&place, &size);

	if (ctx && !roll(8))
		munmap((void *)ctx, size->bytes);
}

static void do_nonsense(void)
{
	aio_context_t ctx = pick_ctx();
	__u32 *word;

	if (!ctx)
		return;
	word = (__u32 *)ring_of(ctx) + roll(sizeof(struct aio_ring) / 4);
	__atomic_store_n(word, roll(2) ? roll(8) : roll(UINT_MAX), __ATOMIC_RELAXED);
}

static void do_fork(void)
{
	aio_context_t ctx = pick_ctx();
	int status;
	pid_t child;

	if (roll(16))
		return;
	child = fork();
	if (!child) {
		aio_context_t own = 0;
		long ret = sys_io_submit(ctx, 0, NULL);

		if (ret != -EINVAL) {
			say_result("io_submit in a child", ret);
			_exit(1);
		}
		sys_io_setup(1, &own);
		if (ctx)
			madvise((void *)ctx, page_size(), MADV_DONTNEED);
		_exit(0);
	}
	if (child > 0 && waitpid(child, &status, 0) == child)
		check(!status, "waitpid: the status of a child", status);
}

static void do_migrate(void)
{
	if (!roll(64))
		write_str("/proc/sys/vm/compact_memory", "1");
}

static void (*const deeds[])(void) = {
	do_setup, do_setup, do_destroy, do_submit, do_submit, do_reap,
	do_wake_polls, do_remap, do_unmap, do_nonsense, do_fork, do_migrate,
};

/* The ring of a context that another thread has destroyed is not there. */
static void on_fault(int sig)
{
	siglongjmp(fault_env, 1);
}

/* A busy machine may let a round come to its end before anything was done. */
static bool goes_on(void)
{
	return now_ns() < deadline || !__atomic_load_n(&nr_setups, __ATOMIC_RELAXED) ||
	       !__atomic_load_n(&nr_submits, __ATOMIC_RELAXED);
}

static void *work(void *arg)
{
	seed = (uintptr_t)arg;
	/* A stack must not come to lie where a stale handle points. */
	pthread_barrier_wait(&all_there);
	sigsetjmp(fault_env, 1);
	while (goes_on())
		deeds[roll(ARRAY_SIZE(deeds))]();
	return NULL;
}

/* Rounds up to pages: a stale handle must not unmap what is beside the ring. */
static int measure_rings(void)
{
	size_t page = page_size(), i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		aio_context_t ctx = 0;
		long ret = sys_io_setup(sizes[i].nr_events, &ctx);

		if (ret) {
			say_result("the first io_setup", ret);
			return 1;
		}
		sizes[i].bytes = (ring_bytes(ctx) + page - 1) / page * page;
		sys_io_destroy(ctx);
	}
	return 0;
}

/* One process with its contexts, which exit takes along. */
static int run_round(unsigned int first_seed)
{
	struct sigaction action = { .sa_handler = on_fault };
	pthread_t thread[NR_WORKERS];
	uintptr_t i;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	data_fd = memfd_create("soak", MFD_CLOEXEC);
	if (event_fd < 0 || data_fd < 0 || pwrite(data_fd, "data", 4, 0) != 4) {
		say_result("eventfd, memfd_create or pwrite", -errno);
		return 1;
	}
	if (measure_rings())
		return 1;
	pthread_barrier_init(&all_there, NULL, NR_WORKERS);
	for (i = 0; i < NR_WORKERS; i++) {
		int err = pthread_create(&thread[i], NULL, work,
					 (void *)(first_seed + i));

		if (err) {
			say_result("pthread_create", -err);
			return 1;
		}
	}
	for (i = 0; i < NR_WORKERS; i++)
		pthread_join(thread[i], NULL);
	printf("# seed %u: %ld calls (%ld contexts, %ld requests), %ld wrong\n",
	       first_seed, nr_calls, nr_setups, nr_submits, nr_wrong);
	fflush(stdout);
	return !!nr_wrong;
}

int main(int argc, char **argv)
{
	__s64 end = now_ns() + (argc > 1 ? atoi(argv[1]) : 0) * NSEC_PER_SEC;
	unsigned int first_seed = argc > 2 ? atoi(argv[2]) : 1;
	long nr = aio_nr(), slab = slab_bytes(context_slabs), left;
	int status, failed = 0;

	if (argc < 2 || atoi(argv[1]) < 1) {
		fprintf(stderr, "Usage: ioctx_soak SECONDS [SEED]\n");
		return 2;
	}
	for (; now_ns() < end; first_seed += NR_WORKERS) {
		deadline = now_ns() + ROUND_NS;
		if (!fork())
			_exit(run_round(first_seed));
		if (wait(&status) < 0 || status) {
			printf("seed %u ended with status %#x\n", first_seed, status);
			failed = 1;
			fflush(stdout);	/* or the next child says it again */
		}
		if (aio_nr() != nr) {
			printf("seed %u: aio-nr is %ld, was %ld\n", first_seed,
			       aio_nr(), nr);
			failed = 1;
		}
	}
	left = slab < 0 ? 0 : slab_bytes_settled(context_slabs, slab) - slab;
	printf("aio-nr %ld, was %ld; slab objects %+ld bytes\n", aio_nr(), nr, left);
	/* A program that others run meanwhile may hold a few files more. */
	return failed || aio_nr() != nr || left > 16384;
}
