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
	row("`io_setup()` when only the last of 30,000 slots is free", "setup", "setup.refill")
	split("1 30000", n, " ")
	for (i = 1; i in n; i++)
		boots("exit with " commas(n[i]) " context" (i > 1 ? "s" : ""), \
			"exit-" n[i], "exit.all")
	columns_with("lookup-1-preempt", "lookup")
	print "\nWith CONFIG_PREEMPT=y instead:\n"
	head("instructions")
	split("1 512 30000", n, " ")
	for (i = 1; i in n; i++)
		row("look-up, " commas(n[i]) " context" (i > 1 ? "s" : ""), \
			"lookup-" n[i] "-preempt", "lookup", 1)
	columns(kernels)
	print "\nIn virtual milliseconds, waiting included:\n"
	head("ms")
	time("`io_destroy()`, idle, one thread", "destroy-alone", "destroy")
	for (i = 1; i in n; i++)
		time("exit with " commas(n[i]) " context" (i > 1 ? "s" : ""), "exit-" n[i], "exit")
	ends_section()
}

function memory_section(    n, i, what)
{
	head("bytes")
	row("`struct mm_struct`", "memory", "mm_struct")
	row("`struct task_struct`", "memory", "task_struct")
	row("`struct kioctx`", "memory", "kioctx")
	row("`struct kioctx_cpu`", "memory", "kioctx_cpu")
	split("1 5 100 30000", n, " ")
	for (i = 1; i in n; i++)
		row("index of " commas(n[i]) " context" (i > 1 ? "s" : ""), "memory", "index." n[i])
	row("`fs/aio.o`, text", "memory", "text.aio")
	row("`lib/percpu-refcount.o`, text", "memory", "text.percpu-refcount")
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
		time("`io_destroy()`, idle, ms, virtual", "destroy-alone", "destroy")
		time("`io_destroy()`, a poll in flight, ms, virtual", "destroy-poll", "destroy")
		time("exit with one idle context, ms, virtual", "exit-1", "exit")
		time("exit with 30,000, ms, virtual", "exit-30000", "exit")
		row("`io_destroy()`, ms, " cpu[nr_cpus] " CPUs, " fact["wall-clock"], \
			"destroy-alone", "destroy." cpu[nr_cpus] "cpu.mean", 2)
	}
}
