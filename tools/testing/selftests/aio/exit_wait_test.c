// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a process does not wait for its idle contexts
 *
 * Proves that exit, of one thread or several, and exec(2) sleep no more often
 * with contexts than without.
 *
 * Counts voluntary context switches, as times would depend on the machine.
 * Kernels as shipped sleep once more, for grace periods.
 */

#include "aio_wait.h"

#include <linux/elf.h>
#include <stddef.h>

#if __SIZEOF_POINTER__ == 8
#define elf_hdr		elf64_hdr
#define elf_phdr	elf64_phdr
#else
#define elf_hdr		elf32_hdr
#define elf_phdr	elf32_phdr
#endif

#define NR_SAMPLES	9

/* The ways in which a process can leave its contexts behind. */
enum way {
	LEAVE_EXIT,
	LEAVE_EXIT_THREADED,
	LEAVE_EXEC,
};

FIXTURE(leaving)
{
	struct aio_state state;
	/* Shared with children */
	long *before;
	int exe;
};

FIXTURE_VARIANT(leaving)
{
	enum way way;
};

FIXTURE_VARIANT_ADD(leaving, by_exit) {
	.way = LEAVE_EXIT,
};

FIXTURE_VARIANT_ADD(leaving, by_exit_with_a_thread) {
	.way = LEAVE_EXIT_THREADED,
};

FIXTURE_VARIANT_ADD(leaving, by_exec) {
	.way = LEAVE_EXEC,
};

/*
 * Makes a program that has no interpreter and nothing at its entry point: it
 * dies at once, and nothing of it has to be read from a disk. The header is of
 * this program, so that the machine is right.
 */
static int make_program(struct __test_metadata *const _metadata)
{
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int exe = memfd_create("crash", MFD_CLOEXEC);
	struct {
		struct elf_hdr ehdr;
		struct elf_phdr phdr;
	} head;

	ASSERT_EQ(sizeof(head.ehdr), read(self, &head.ehdr, sizeof(head.ehdr)));
	close(self);
	head.ehdr.e_type = ET_EXEC;
	head.ehdr.e_entry = 0;
	head.ehdr.e_phoff = offsetof(typeof(head), phdr);
	head.ehdr.e_phnum = 1;
	head.ehdr.e_shnum = 0;
	head.phdr = (struct elf_phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R,
		.p_vaddr = 1 << 24,
		.p_filesz = sizeof(head),
		.p_memsz = sizeof(head),
		.p_align = page_size(),
	};
	ASSERT_EQ(sizeof(head), write(exe, &head, sizeof(head)));
	return exe;
}

FIXTURE_SETUP(leaving)
{
	save_aio_state(_metadata, &self->state);
	self->before = map_shared(_metadata, page_size());
	self->exe = make_program(_metadata);
}

FIXTURE_TEARDOWN_PARENT(leaving)
{
	check_aio_state(_metadata, &self->state);
}

/* A child with so many contexts, which ends and says how often it had slept. */
static void set_up_and_leave(struct __test_metadata *const _metadata,
			     enum way way, int nr, long *before, int exe)
{
	const struct rlimit no_core = {};
	aio_context_t ctx[NR_CALLS];
	struct companion c = {};

	pin_to_cpu(0);
	setup_ctxs(_metadata, ctx, nr, 1);
	if (way == LEAVE_EXIT_THREADED)
		start_thread(_metadata, &c, sleep_in_read, 'S');
	setrlimit(RLIMIT_CORE, &no_core);
	*before = sleeps(RUSAGE_SELF);
	if (way == LEAVE_EXEC)
		fexecve(exe, (char *[]){ "crash", NULL }, (char *[]){ NULL });
	_exit(way == LEAVE_EXEC);
}

/* How often a child slept from when it left its contexts until it was no more. */
static long sleeps_when_leaving(struct __test_metadata *const _metadata,
				enum way way, int nr, long *before, int exe)
{
	struct rusage usage;
	siginfo_t info;
	int status;
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child)
		set_up_and_leave(_metadata, way, nr, before, exe);
	ASSERT_EQ(0, waitid(P_PID, child, &info, WEXITED | WNOWAIT));
	/* It counts once more when it is scheduled away for good. */
	sleep_ns(20 * NSEC_PER_MSEC);
	ASSERT_EQ(child, wait4(child, &status, 0, &usage));
	ASSERT_EQ(way == LEAVE_EXEC ? SIGSEGV : 0, status);
	return usage.ru_nvcsw - *before;
}

static int compare_longs(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

TEST_F_TIMEOUT(leaving, does_not_sleep_for_contexts, 120)
{
	static const int nr[] = { 0, 1, 64 };
	long sample[ARRAY_SIZE(nr)][NR_SAMPLES];
	int i, j;

	for (j = 0; j < NR_SAMPLES; j++)
		for (i = 0; i < ARRAY_SIZE(nr); i++)
			sample[i][j] = sleeps_when_leaving(_metadata, variant->way,
							   nr[i], self->before,
							   self->exe);
	for (i = 0; i < ARRAY_SIZE(nr); i++)
		qsort(sample[i], NR_SAMPLES, sizeof(long), compare_longs);
	for (i = 1; i < ARRAY_SIZE(nr); i++) {
		EXPECT_EQ(sample[0][NR_SAMPLES / 2], sample[i][NR_SAMPLES / 2])
		{
			TH_LOG("%d contexts: slept %ld (%ld to %ld) times", nr[i],
			       sample[i][NR_SAMPLES / 2], sample[i][0],
			       sample[i][NR_SAMPLES - 1]);
		}
	}
}

TEST_HARNESS_MAIN
