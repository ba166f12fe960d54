// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to destroy a context, in whatever scene
 */

#include "bench.h"

#include <sys/prctl.h>

static const char *scene = "alone";
static int disk = -1;
static __s64 disk_ns;
static char *block;
static struct iocb iocb;

static bool in_scene(const char *name)
{
	return !strcmp(scene, name);
}

static void *other_thread(void *unused)
{
	for (;;)
		if (in_scene("asleep"))
			pause();
	return unused;
}

static void other_process(int cpu)
{
	struct sched_param param = { .sched_priority = 10 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (in_scene("busy"))
		for (;;)
			;
	pin_to_cpu(cpu);
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		die("sched_setscheduler", -errno);
	for (;;) {
		__u64 start = now();

		while (now() - start < 190 * NSEC_PER_MSEC)
			;
		sleep_ns(10 * NSEC_PER_MSEC);
	}
}

void set_scene(const char *name)
{
	struct sched_param param = { .sched_priority = 20 };
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int threads = cpus > 1 ? cpus - 1 : 1;
	pthread_t thread;

	scene = name;
	if (in_scene("asleep") || in_scene("spinning"))
		for (int i = 0; i < threads; i++)
			pthread_create(&thread, NULL, other_thread, NULL);
	if (in_scene("hogs") && sched_setscheduler(0, SCHED_FIFO, &param))
		die("sched_setscheduler", -errno);
	if (in_scene("busy") || in_scene("hogs"))
		for (int i = in_scene("busy"); i < cpus; i++)
			if (!fork())
				other_process(i);
	sleep_ns(NSEC_PER_SEC / 5);
}

void read_from_disk(const char *path, __s64 ns)
{
	disk = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (disk < 0 || posix_memalign((void **)&block, 4096, 4096))
		die(path, -errno);
	disk_ns = ns;
}

static void *get_events(void *ctx)
{
	struct io_event event;

	sys_io_getevents(*(aio_context_t *)ctx, 1, 1, &event, -1);
	return NULL;
}

struct call {
	aio_context_t ctx;
	__u64 time;
	long switches;
};

static void *destroy(void *arg)
{
	struct call *call = arg;
	__u64 start;
	long err;

	/* The set-up's own leftovers are not part of it; hogs are met anywhere */
	sleep_ns((20 + (in_scene("hogs") ? random() % 200 : 0)) * NSEC_PER_MSEC);
	if (disk >= 0)
		submit(call->ctx, &iocb);
	call->switches = switches();
	start = now();
	err = sys_io_destroy(call->ctx);
	call->time = now() - start;
	call->switches = switches() - call->switches;
	if (err)
		die("io_destroy", err);
	return NULL;
}

void do_destroy(long count, const char *name)
{
	double clock = clock_cost() + disk_ns, worst = 0;
	long sum = 0;

	set_scene(name);
	if (disk >= 0)
		prep_read(&iocb, disk, block, 512, 0);
	else if (in_scene("poll"))
		prep_idle_poll(&iocb);
	for (long i = 0; i < count; i++) {
		struct call call = { .ctx = must_setup() };
		pthread_t thread;

		if (in_scene("inside"))
			pthread_create(&thread, NULL, get_events, &call.ctx);
		else if (in_scene("poll"))
			submit(call.ctx, &iocb);
		if (in_scene("other"))
			pthread_create(&thread, NULL, destroy, &call);
		else
			destroy(&call);
		if (in_scene("inside") || in_scene("other"))
			pthread_join(thread, NULL);
		sum += call.switches;
		result_time("destroy", call.time - clock);
		if (call.time - clock > worst)
			worst = call.time - clock;
	}
	result_time("destroy.worst", worst);
	if (icount)
		result("switches", "a call", (double)sum / count);
}

/* One more context than there are others, while there are more and more others */
void do_among(long max, long count)
{
	static const long number[] = { 1, 4, 16, 64, 512, 4096, 30000 };
	__u64 *time = calloc(count, sizeof(*time));
	double clock = clock_cost();
	long others = 0;
	char name[32];

	for (size_t i = 0; i < sizeof(number) / sizeof(number[0]); i++) {
		if (number[i] > max)
			break;
		for (; others < number[i]; others++)
			must_setup();
		for (long j = 0; j < count; j++) {
			struct call call = { .ctx = must_setup() };

			destroy(&call);
			time[j] = call.time;
		}
		snprintf(name, sizeof(name), "destroy.%ld", number[i]);
		result_time(name, median(time, count) - clock);
	}
}
