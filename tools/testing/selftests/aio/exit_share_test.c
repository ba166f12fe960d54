// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a process with many contexts holds nobody up
 *
 * Proves that whoever is more urgent runs while exit ends the contexts, on a kernel
 * that is not preempted. One that is needs no proof.
 */

#include "aio_common.h"

#include <sys/utsname.h>

#define NR_CTX	10000

/* PREEMPT, PREEMPT_RT, PREEMPT_LAZY; PREEMPT_DYNAMIC is what it was booted with. */
static bool is_preempted(void)
{
	struct utsname name;
	char model[64] = "";
	int fd;

	if (uname(&name) || !strstr(name.version, "PREEMPT"))
		return false;
	if (!strstr(name.version, "PREEMPT_DYNAMIC"))
		return true;
	fd = open("/sys/kernel/debug/sched/preempt", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, model, sizeof(model) - 1) < 0)
		model[0] = '\0';
	close(fd);
	return !strstr(model, "(none)") && !strstr(model, "(voluntary)");
}

FIXTURE(exit_of_many)
{
	struct aio_state state;
};

FIXTURE_SETUP(exit_of_many)
{
	save_aio_state(_metadata, &self->state);
	if (is_preempted())
		SKIP(return, "a kernel that is preempted");
	if (!make_room(NR_CTX))
		SKIP(return, "no room below fs.aio-max-nr");
}

FIXTURE_TEARDOWN_PARENT(exit_of_many)
{
	check_aio_state(_metadata, &self->state);
}

/* In a child: says when it has them, and exits. */
static void set_up_and_exit(struct __test_metadata *const _metadata, int said)
{
	const struct sched_param normal = {};
	int i;

	ASSERT_EQ(0, sched_setscheduler(0, SCHED_OTHER, &normal));
	for (i = 0; i < NR_CTX; i++)
		setup_ctx(_metadata, 1);
	ASSERT_EQ(1, write(said, "", 1));
	_exit(0);
}

/* On the child's CPU: is some of what it has ever seen to be gone, and some not? */
static bool is_seen_half_way(pid_t child, long before)
{
	bool seen = false;
	long left;

	while (!waitpid(child, NULL, WNOHANG)) {
		left = aio_nr() - before;
		seen = seen || (left > 0 && left < NR_CTX);
		sleep_ns(NSEC_PER_MSEC / 10);
	}
	return seen;
}

TEST_F_TIMEOUT(exit_of_many, lets_others_run, 300)
{
	const struct sched_param first = { .sched_priority = 1 };
	int said[2], round;
	bool seen = false;
	pid_t child;
	char byte;

	ASSERT_EQ(0, pipe(said));
	pin_to_cpu(0);
	/* A host with other guests may hold up everybody */
	for (round = 0; round < 3 && !seen; round++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			set_up_and_exit(_metadata, said[1]);
		if (sched_setscheduler(0, SCHED_FIFO, &first))
			SKIP(return, "cannot be more urgent than another process");
		ASSERT_EQ(1, read(said[0], &byte, 1));
		seen = is_seen_half_way(child, self->state.nr);
	}
	EXPECT_TRUE(seen);
}

TEST_HARNESS_MAIN
