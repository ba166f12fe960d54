// SPDX-License-Identifier: GPL-2.0
/*
 * Many processes with contexts, and how they end
 *
 * Proves that fs.aio-nr is what they hold, and back where it began, when
 * - together they set up as many contexts as AIO_TEST_CONTEXTS says (default 4096;
 *   `make soak` has 100,000), then destroy them, exit with them, or are killed;
 * - memory does not suffice for that: io_setup(2) says ENOMEM, or the OOM killer
 *   comes, and nothing else goes wrong;
 * - fs.aio-max-nr does not suffice: it is used up to the last one, is never
 *   exceeded, and is all there again for the next;
 * - they are killed while they submit, time after time: each request that was
 *   taken is complete when its process is gone, and once;
 * - they fork without end, in a cgroup that is killed.
 *
 * What needs a cgroup is skipped without the options in config.mem.
 */

#include "aio_cgroup.h"
#include "aio_failure.h"

#include <sys/prctl.h>

#define NR_PROCESSES	64
/* What each of them tries to have, if not told otherwise */
#define NR_CTX		64
/* Of fs.aio-max-nr, where there are to be too few contexts */
#define LIMIT		1000

/* How a process ends that has contexts */
enum end {
	DESTROYS,
	EXITS,
	IS_KILLED,
	NR_ENDS,
};

/* Processes that all set contexts up, before the first of them ends */
struct crowd {
	pid_t child[NR_PROCESSES];
	int nr_children;
	/* What each tries to have */
	int nr_ctx;
	/* The error that is no failure here, besides which a process may be killed */
	int may_fail;
	bool in_group;
	/* End of file: all are ready, and all may end */
	int ready[2];
	int go[2];
	/* Shared by all, as the fixture is */
	long held;
	long refused;
	struct call_failure failure;
};

FIXTURE(crowd)
{
	struct aio_state state;
	struct crowd crowd;
	bool grouped;
};

FIXTURE_SETUP(crowd)
{
	save_aio_state(_metadata, &self->state);
}

FIXTURE_TEARDOWN_PARENT(crowd)
{
	if (self->grouped)
		rmdir(GROUP);
	check_aio_state(_metadata, &self->state);
}

static int contexts_wanted(void)
{
	const char *wanted = getenv("AIO_TEST_CONTEXTS");

	return wanted ? atoi(wanted) / NR_PROCESSES : NR_CTX;
}

static int set_up_some(struct crowd *c, aio_context_t *ctx)
{
	long ret;
	int nr;

	for (nr = 0; nr < c->nr_ctx; nr++) {
		ret = sys_io_setup(1, &ctx[nr]);
		if (ret) {
			check_result(&c->failure, ret == -c->may_fail, "io_setup", ret, nr);
			__atomic_fetch_add(&c->refused, 1, __ATOMIC_RELAXED);
			break;
		}
		__atomic_fetch_add(&c->held, 1, __ATOMIC_RELAXED);
	}
	return nr;
}

/* In a child, which never returns */
static void live(struct crowd *c, enum end end)
{
	aio_context_t *ctx;
	int nr, i;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(c->go[1]);
	close(c->ready[0]);
	if (c->in_group && !check_0(&c->failure, "cgroup.procs", join_group(), 0))
		_exit(1);
	ctx = calloc(c->nr_ctx, sizeof(*ctx));
	nr = ctx ? set_up_some(c, ctx) : 0;
	close(c->ready[1]);
	check_0(&c->failure, "read", result_of(read(c->go[0], &byte, 1)), 0);
	for (i = 0; end == DESTROYS && i < nr; i++)
		check_0(&c->failure, "io_destroy", sys_io_destroy(ctx[i]), i);
	while (end == IS_KILLED)
		pause();
	_exit(0);
}

/* Returns when each of them has what it gets, or is dead. */
static void gather(struct __test_metadata *const _metadata, struct crowd *c, int nr)
{
	pid_t child;
	char byte;
	int i;

	ASSERT_EQ(0, pipe(c->ready));
	ASSERT_EQ(0, pipe(c->go));
	for (i = 0; i < nr; i++) {
		child = fork();
		ASSERT_LE(0, child);
		if (!child)
			live(c, i % NR_ENDS);
		c->child[c->nr_children++] = child;
	}
	close(c->ready[1]);
	ASSERT_EQ(0, read(c->ready[0], &byte, 1));
}

/* Has them end, each in its way. */
static void dismiss(struct __test_metadata *const _metadata, struct crowd *c)
{
	int i, status;
	bool killed;

	close(c->go[1]);
	for (i = 0; i < c->nr_children; i++)
		if (i % NR_ENDS == IS_KILLED)
			ASSERT_EQ(0, kill(c->child[i], SIGKILL));
	for (i = 0; i < c->nr_children; i++) {
		status = wait_for_child(_metadata, c->child[i]);
		killed = i % NR_ENDS == IS_KILLED ||
			 (status && c->may_fail == ENOMEM);
		EXPECT_EQ(killed ? SIGKILL : 0, status);
	}
	expect_no_failure(_metadata, &c->failure);
}

TEST_F_TIMEOUT(crowd, holds_what_it_was_given, 600)
{
	struct crowd *c = &self->crowd;

	c->nr_ctx = contexts_wanted();
	if (!make_room(NR_PROCESSES * c->nr_ctx))
		SKIP(return, "no room below fs.aio-max-nr");
	gather(_metadata, c, NR_PROCESSES);
	EXPECT_EQ(NR_PROCESSES * c->nr_ctx, c->held);
	EXPECT_EQ(self->state.nr + c->held, aio_nr());
	dismiss(_metadata, c);
	EXPECT_EQ(self->state.nr, aio_nr());
}

/*
 * A context has a page of events at least: half of that, and 64 KiB a process. With
 * many more, it takes minutes to find that no ring can be reclaimed.
 */
TEST_F_TIMEOUT(crowd, without_memory_gets_no_more_than_that, 600)
{
	const long wanted = NR_PROCESSES * NR_CTX;
	struct crowd *c = &self->crowd;

	c->nr_ctx = NR_CTX;
	self->grouped = make_group("memory");
	if (!self->grouped)
		SKIP(return, "no memory cgroup of our own: see config.mem");
	if (!make_room(wanted))
		SKIP(return, "no room below fs.aio-max-nr");
	ASSERT_EQ(0, write_long(GROUP "/memory.max",
				NR_PROCESSES * 65536L + wanted / 2 * page_size()));
	c->in_group = true;
	c->may_fail = ENOMEM;
	gather(_metadata, c, NR_PROCESSES);
	EXPECT_LT(0, c->held);
	EXPECT_GT(wanted, c->held);
	TH_LOG("%ld of %ld contexts were set up", c->held, wanted);
	dismiss(_metadata, c);
	EXPECT_EQ(self->state.nr, aio_nr());
}

TEST_F_TIMEOUT(crowd, uses_the_limit_up_and_gives_it_back, 180)
{
	struct crowd *c = &self->crowd;
	aio_context_t ctx[LIMIT] = {};
	const int nr = 16;
	int i;

	if (write_long(AIO_MAX_NR_PATH, self->state.nr + LIMIT))
		SKIP(return, "cannot set fs.aio-max-nr");
	c->nr_ctx = LIMIT + 1;
	c->may_fail = EAGAIN;
	gather(_metadata, c, nr);
	EXPECT_EQ(LIMIT, c->held);
	EXPECT_EQ(nr, c->refused);
	EXPECT_EQ(self->state.nr + LIMIT, aio_nr());
	dismiss(_metadata, c);
	setup_ctxs(_metadata, ctx, LIMIT, 1);
	for (i = 0; i < LIMIT; i++)
		ASSERT_EQ(0, sys_io_destroy(ctx[i]));
}

#define NR_VICTIMS	8
#define NR_VICTIM_CTX	4
#define VICTIM_EVENTS	1024

FIXTURE(storm)
{
	struct aio_state state;
	int efd;
	int fds[2];
	/* Requests whose io_submit(2) has returned, by all victims */
	long submitted;
};

FIXTURE_SETUP(storm)
{
	save_aio_state(_metadata, &self->state);
	if (!make_room(NR_VICTIMS * NR_VICTIM_CTX * VICTIM_EVENTS))
		SKIP(return, "no room below fs.aio-max-nr");
	self->efd = open_eventfd(_metadata, EFD_NONBLOCK);
	ASSERT_EQ(0, pipe(self->fds));
}

FIXTURE_TEARDOWN_PARENT(storm)
{
	check_aio_state(_metadata, &self->state);
}

/* In a child: polls that nothing completes but the end of the process */
static void submit_until_killed(int polled_fd, int efd, long *submitted)
{
	aio_context_t ctx[NR_VICTIM_CTX] = {};
	struct iocb iocb, *iocbs[] = { &iocb };
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prep_poll(&iocb, polled_fd, 1);
	count_completion(&iocb, efd);
	for (i = 0; i < NR_VICTIM_CTX; i++)
		if (sys_io_setup(VICTIM_EVENTS, &ctx[i]))
			_exit(1);
	for (i = 0;; i = (i + 1) % NR_VICTIM_CTX)
		if (sys_io_submit(ctx[i], 1, iocbs) == 1)
			__atomic_fetch_add(submitted, 1, __ATOMIC_RELAXED);
		else
			sched_yield();
}

/* Each is killed in a system call, or after it, before it has counted. */
TEST_F_TIMEOUT(storm, of_kills_completes_what_was_submitted, 180)
{
	__s64 deadline = test_deadline();
	pid_t victim[NR_VICTIMS];
	long round, i;
	__u64 done;

	for (round = 0; now_ns() < deadline; round++) {
		self->submitted = 0;
		for (i = 0; i < NR_VICTIMS; i++) {
			victim[i] = fork();
			ASSERT_LE(0, victim[i]);
			if (!victim[i])
				submit_until_killed(self->fds[0], self->efd,
						    &self->submitted);
		}
		sleep_ns(rand() % (50 * NSEC_PER_MSEC));
		for (i = 0; i < NR_VICTIMS; i++)
			ASSERT_EQ(0, kill(victim[i], SIGKILL));
		for (i = 0; i < NR_VICTIMS; i++)
			ASSERT_EQ(SIGKILL, wait_for_child(_metadata, victim[i]));
		if (read(self->efd, &done, sizeof(done)) < 0)
			done = 0;
		ASSERT_LE(self->submitted, (long)done);
		ASSERT_GE(self->submitted + NR_VICTIMS, (long)done);
		ASSERT_EQ(self->state.nr, aio_nr());
	}
	TH_LOG("%ld rounds", round);
}

FIXTURE(fork_bomb)
{
	struct aio_state state;
	bool grouped;
	int fds[2];
	/* Contexts that were set up, and forks that were refused */
	long setups;
	long refused;
};

FIXTURE_SETUP(fork_bomb)
{
	save_aio_state(_metadata, &self->state);
	self->grouped = make_group("pids");
	if (!self->grouped || write_str(GROUP "/pids.max", "64"))
		SKIP(return, "no cgroup with pids.max of our own: see config.mem");
	ASSERT_EQ(0, pipe(self->fds));
}

FIXTURE_TEARDOWN_PARENT(fork_bomb)
{
	if (self->grouped) {
		write_str(GROUP "/cgroup.kill", "1");
		rmdir(GROUP);
	}
	check_aio_state(_metadata, &self->state);
}

/* In a child, and soon in many: half of them end when there are too many. */
static void set_up_and_fork(int polled_fd, long *setups, long *refused)
{
	struct iocb iocb, *iocbs[] = { &iocb };
	aio_context_t ctx;
	pid_t child;

	signal(SIGCHLD, SIG_IGN);
	prep_poll(&iocb, polled_fd, 1);
	for (;;) {
		ctx = 0;
		if (!sys_io_setup(1, &ctx)) {
			__atomic_fetch_add(setups, 1, __ATOMIC_RELAXED);
			sys_io_submit(ctx, 1, iocbs);
		}
		child = fork();
		if (child < 0) {
			__atomic_fetch_add(refused, 1, __ATOMIC_RELAXED);
			if (getpid() % 2)
				_exit(0);
		}
	}
}

static bool group_is_populated(void)
{
	FILE *file = fopen(GROUP "/cgroup.events", "r");
	int populated = 1;

	if (!file)
		return false;
	if (fscanf(file, "populated %d", &populated) != 1)
		populated = 1;
	fclose(file);
	return populated;
}

TEST_F_TIMEOUT(fork_bomb, leaves_no_context_when_killed, 180)
{
	__s64 end = test_deadline();
	pid_t child;

	/* Zombies whose parent is gone would fill the group. */
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		if (join_group())
			_exit(1);
		set_up_and_fork(self->fds[0], &self->setups, &self->refused);
	}
	while (now_ns() < end)
		if (waitpid(-1, NULL, WNOHANG) <= 0)
			sleep_ns(NSEC_PER_MSEC);
	ASSERT_EQ(0, write_str(GROUP "/cgroup.kill", "1"));
	while (group_is_populated())
		sleep_ns(10 * NSEC_PER_MSEC);
	EXPECT_LT(0, self->setups);
	EXPECT_LT(0, self->refused);
	TH_LOG("%ld contexts, %ld forks refused", self->setups, self->refused);
	EXPECT_EQ(self->state.nr, aio_nr());
}

TEST_HARNESS_MAIN
