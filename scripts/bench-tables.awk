# SPDX-License-Identifier: GPL-2.0
# bench-tables.awk - all figures of the report, and the thread's beside them
#
# Usage: see bench-report.awk; SECTION says which part is printed

# A row for every boot
function boots(label, job, metric, digits,    n)
{
	row(label, job, metric, digits)
	for (n = 2; any(job, metric ".run" n); n++)
		row(label, job, metric, digits, n)
}

function fio_section(    i, job)
{
	head("instructions per I/O")
	split("512-contexts 1-context depth32 direct-read", job, " ")
	for (i = 1; i <= 4; i++) {
		if (i <= 2)
			boots(job[i], job[i], "per_io", 1)
		else
			row(job[i], job[i], "per_io", 1)
		rel("of list", job[i], "per_io", "list", 4)
		if (any(job[i], "per_io.median"))
			rel("of list, medians of the boots", job[i], "judged", "list", 4)
	}
	print "\nThe thread's ratios of run time, radix to list, on one core: 0.6612 with 512"
	print "contexts, 1.0087 with one."
}

function sweep_section(    n)
{
	head("contexts")
	for (n = 1; n <= 1024; n *= 2)
		row(n, "sweep-" n, "per_io", 0)
}

function calls_section(    i, n)
{
	head("instructions")
	split("1 512 30000", n, " ")
	for (i = 1; i in n; i++)
		boots("look-up, " commas(n[i]) " context" (i > 1 ? "s" : ""), \
			"lookup-" n[i], "lookup", 1)
	split("1 100 1000 10000 30000", n, " ")
	for (i = 1; i in n; i++)
		boots("`io_setup()` number " commas(n[i]), "setup", "setup." n[i])
	row("`io_setup()`, mean of 30,050", "setup", "setup.mean")
	row("`io_setup()`, worst of 30,050", "setup", "setup.worst")
	split("1 30000", n, " ")
	for (i = 1; i in n; i++)
		boots("exit with " commas(n[i]) " context" (i > 1 ? "s" : ""), \
			"exit-" n[i], "exit.all")
}

function destroy_section(    q, p)
{
	wall("destroy", "destroy")
	print "\nDistribution over all calls with " cpu[nr_cpus] " CPUs, ms, " fact["wall-clock"] ":\n"
	head("percentile")
	split("0 5 25 50 75 95 100", p, " ")
	for (q = 1; q in p; q++)
		row(p[q], "destroy", "destroy." cpu[nr_cpus] "cpu.p" p[q], 3)
	print "\nInterrupts that CPUs send each other because of io_destroy(), one after the"
	print "other, 8 CPUs (emulated on fewer), all others idle or all others busy:\n"
	head("")
	split("idle busy", p, " ")
	for (q = 1; q in p; q++) {
		row(p[q] ", interrupts a call", "interrupts", p[q] ".call", 2)
		row(p[q] ", interrupts a second", "interrupts", p[q] ".second")
		row(p[q] ", median of the calls, ms", "interrupts", p[q] ".median", 3)
	}
	print "\nExit of a process with one idle context:"
	wall("exit-1", "exit")
}

function memory_section(    n, i, what)
{
	head("bytes")
	row("`struct mm_struct`", "memory", "mm_struct")
	row("`struct task_struct`", "memory", "task_struct")
	split("1 5 100 30000", n, " ")
	for (i = 1; i in n; i++)
		row("index of " commas(n[i]) " context" (i > 1 ? "s" : ""), "memory", "index." n[i])
	print "\nMeasured, in kB, while a process holds so many contexts of one event:\n"
	head("kB")
	split("100 30000", n, " ")
	split("MemFree Slab VmallocUsed Percpu", what, " ")
	for (i = 1; i in n; i++)
		for (j = 1; j in what; j++)
			row(what[j] ", " commas(n[i]), "memory-" n[i], what[j])
}

# " KERNEL (runs)" of each kernel that lacks some of this part
function runs_missing(what,    n, i, k, text)
{
	n = split(missing_on[what], k, " ")
	for (i = 1; i <= n; i++)
		text = text (i > 1 ? ", " : " ") k[i] " (" runs[what, k[i]] ")"
	return text
}

END {
	nr_cpus = split(cpus, cpu, " ")
	if (SECTION == "wall") wall_section()
	if (SECTION == "fio") fio_section()
	if (SECTION == "sweep") sweep_section()
	if (SECTION == "calls") calls_section()
	if (SECTION == "destroy") destroy_section()
	if (SECTION == "profile") profile_section()
	if (SECTION == "memory") memory_section()
	if (SECTION == "facts")
		for (i = 1; i <= nr_facts; i++)
			print "| " facts[i] " | `" fact[facts[i]] "` |"
	if (SECTION == "missing")
		for (i = 1; i <= nr_missing; i++)
			print "* " missing[i] ":" runs_missing(missing[i])
	if (SECTION == "brief") {
		head("")
		rel("512 contexts, instructions per I/O, of list", "512-contexts", "judged", "list", 3)
		rel("one context, instructions per I/O, of list", "1-context", "judged", "list", 4)
		row("look-up among 30,000, instructions", "lookup-30000", "lookup")
		row("`io_setup()` number 30,000, instructions", "setup", "setup.30000")
		row("`io_destroy()`, ms, " cpu[nr_cpus] " CPUs, " fact["wall-clock"], \
			"destroy", "destroy." cpu[nr_cpus] "cpu.mean", 2)
	}
}
