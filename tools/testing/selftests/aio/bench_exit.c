// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs when a process with contexts ends, and what a command costs
 */

#include "bench.h"

#include <sys/prctl.h>
#include <sys/resource.h>

/* Counts its rounds where all can see them. */
static void __attribute__((noinline)) spin(__u64 rounds)
{
	while (rounds--)
		shared[0]++;
}

/* Instructions in a round: the least, as interrupts only add to it. */
static double round_cost(void)
{
	double best = 0;

	if (!icount)
		return 0;
	for (int i = 0; i < 20; i++) {
		__u64 start = now();
		double cost;

		spin(100000);
		cost = (now() - start) / 100000.0;
		if (!i || cost < best)
			best = cost;
	}
	return (long)(best + 0.5);
}

/* Runs when nothing else wants to, and stops with its parent. */
static pid_t spinner;

static void start_spinner(void)
{
	struct sched_param param = {};

	if (!icount)
		return;
	spinner = fork();
	if (!spinner) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sched_setscheduler(0, SCHED_IDLE, &param);
		for (;;)
			spin(1UL << 40);
	}
}

static void stop_spinner(void)
{
	if (spinner) {
		kill(spinner, SIGKILL);
		waitpid(spinner, NULL, 0);
		spinner = 0;
	}
}

/* Waits until what was left to be done is done: the spinner has it all. */
static void quiesce(double per_round)
{
	if (!icount) {
		sleep_ns(NSEC_PER_SEC / 10);
		return;
	}
	for (int quiet = 0, i = 0; quiet < 3 && i < 1000; i++) {
		__u64 start = now(), rounds = shared[0];

		sleep_ns(20 * NSEC_PER_MSEC);
		if ((shared[0] - rounds) * per_round > (now() - start) * 0.99)
			quiet++;
		else
			quiet = 0;
	}
}

/* Stops where its parent can tell it to go on; contexts and requests are there. */
struct child {
	pid_t pid;
	int ready[2], go[2];
};

static struct child start_child(long nr, bool polls)
{
	struct child child;
	char c;

	if (pipe(child.ready) || pipe(child.go))
		die("pipe", -errno);
	child.pid = fork();
	if (!child.pid) {
		aio_context_t *ctx = setup_many(nr);
		struct iocb iocb;

		if (polls) {
			prep_idle_poll(&iocb);
			for (long i = 0; i < nr; i++)
				submit(ctx[i], &iocb);
		}
		free(ctx);
		if (write(child.ready[1], "", 1) != 1 || read(child.go[0], &c, 1) != 1)
			_exit(1);
		shared[2] = shared[0];
		shared[1] = now();
		_exit(0);
	}
	if (read(child.ready[0], &c, 1) != 1)
		die("read", -errno);
	return child;
}

static void forget_child(struct child *child)
{
	close(child->ready[0]);
	close(child->ready[1]);
	close(child->go[0]);
	close(child->go[1]);
}

static void tell_child(struct child *child)
{
	if (write(child->go[1], "", 1) != 1)
		die("write", -errno);
}

/*
 * From a child's exit_group(), or from SIGKILL while it has a poll in flight in
 * each context, until its parent has it back
 */
void do_exit(long nr, long count, bool killed)
{
	for (long i = 0; i < count; i++) {
		struct child child = start_child(nr, killed);

		sleep_ns(NSEC_PER_SEC / (icount ? 5 : 10));
		if (killed) {
			shared[1] = now();
			kill(child.pid, SIGKILL);
		} else {
			tell_child(&child);
		}
		waitpid(child.pid, NULL, 0);
		result_time(killed ? "kill" : "exit", now() - shared[1]);
		forget_child(&child);
	}
}

/* All that is done because of a child's exit_group(), then and later */
void do_exit_all(long nr, long count)
{
	double per_round = round_cost();

	start_spinner();
	for (long i = 0; i < count; i++) {
		struct child child = start_child(nr, false);
		__u64 rounds;

		quiesce(per_round);
		tell_child(&child);
		waitpid(child.pid, NULL, 0);
		quiesce(per_round);
		rounds = shared[0] - shared[2];
		result_cost("exit.all", now() - shared[1] - rounds * per_round);
		forget_child(&child);
	}
	stop_spinner();
}

/*
 * A command, from its start until it has been waited for: all that the system
 * did meanwhile, and what was charged to the command itself.
 */
void do_run(char **argv)
{
	double per_round = round_cost();
	__u64 start, rounds, time;
	struct rusage usage;
	int status;
	pid_t pid;

	start_spinner();
	start = now();
	rounds = shared[0];
	pid = fork();
	if (!pid) {
		execvp(argv[0], argv);
		die(argv[0], -errno);
	}
	wait4(pid, &status, 0, &usage);
	time = now() - start;
	rounds = shared[0] - rounds;
	result_cost("run", time - rounds * per_round);
	result_cost("run.cpu",
		    (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
		    (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3);
	stop_spinner();
	exit(status ? 1 : 0);
}
