# SPDX-License-Identifier: GPL-2.0
# bench-ends.awk - the tables of io_destroy() and exit
#
# Usage: see bench-report.awk

# A time that the counting clock took, in ms
function time(label, job, metric,    i, line, x)
{
	line = "| " label " |"
	for (i = 1; i <= nr_kernels; i++) {
		x = get(job, name[i], metric)
		line = line " " number(x == "" ? "" : x / 1e6, 4) " |"
	}
	print line
}

function ends_section(    i, n, s)
{
	columns_with("destroy-poll", "destroy")
	print "\nThe same, where there is more than one thread and an idle context:\n"
	head("ms")
	split("asleep|other|poll|read|inside", n, "|")
	split("idle, a second thread asleep|idle, by a thread that did not make it|" \
		"a poll in flight|a read in flight, beyond its 1 ms|a thread in `io_getevents()`", s, "|")
	for (i = 1; i in n; i++)
		time("`io_destroy()`, " s[i], "destroy-" n[i], "destroy")
	time("SIGKILL, 16 contexts with a poll in flight each", "kill", "kill")
	columns_with("among", "destroy.1")
	split("1 4 16 64 512 4096 30000", n, " ")
	for (i = 1; i in n; i++)
		time("exit with " commas(n[i]) " context" (i > 1 ? "s" : ""), "exit-" n[i], "exit")
	for (i = 1; i in n; i++)
		time("`io_destroy()` beside " commas(n[i]), "among", "destroy." n[i])
	columns(kernels)
}

function destroy_section(    q, p, n, s)
{
	wall("destroy-alone", "destroy")
	print "\nDistribution over all calls with " cpu[nr_cpus] " CPUs, ms, " fact["wall-clock"] ":\n"
	columns_with("destroy-alone", "destroy." cpu[nr_cpus] "cpu.mean")
	head("percentile")
	split("0 5 25 50 75 95 100", p, " ")
	for (q = 1; q in p; q++)
		row(p[q], "destroy-alone", "destroy." cpu[nr_cpus] "cpu.p" p[q], 3)
	columns(kernels)
	columns_with("destroy-poll", "destroy.2cpu.mean")
	print "\nWhere there is more than one thread and an idle context, 2 CPUs, ms, " fact["wall-clock"] ":\n"
	head("median, and worst")
	split("asleep other poll read inside hogs", n, " ")
	for (q = 1; q in n; q++) {
		row(n[q], "destroy-" n[q], "destroy.2cpu.p50", 3)
		row(n[q] ", worst", "destroy-" n[q], "destroy.2cpu.p100", 3)
	}
	row("SIGKILL", "kill", "kill.2cpu.p50", 3)
	columns(kernels)
	columns_with("interrupts-alone", "interrupts")
	print "\nFor each of a row of calls on idle contexts, 4 CPUs (emulated on fewer):\n"
	head("")
	split("alone busy asleep spinning", p, " ")
	for (q = 1; q in p; q++) {
		row(p[q] ", interrupts but for the TLB", "interrupts-" p[q], "interrupts", 2)
		row(p[q] ", interrupts for the TLB", "interrupts-" p[q], "interrupts.tlb", 2)
		row(p[q] ", interrupts but for the TLB, in as long without a call", "interrupts-" p[q], \
			"interrupts.quiet", 2)
		row(p[q] ", wake-ups", "interrupts-" p[q], "interrupts.resched", 2)
		row(p[q] ", times asleep", "interrupts-" p[q], "switches", 2)
		row(p[q] ", ms", "interrupts-" p[q], "destroy.4cpu.mean", 3)
	}
	columns(kernels)
	print "\nExit of a process with one idle context:"
	wall("exit-1", "exit")
}
