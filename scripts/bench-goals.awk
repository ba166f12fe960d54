# SPDX-License-Identifier: GPL-2.0
# bench-goals.awk - the table of what the series set out to reach
#
# Usage: see bench-report.awk

# One row: what, a cell for each kernel, what table had to reach, whether it did
function goal(what, cell, must, ok,    i, line)
{
	for (i = 1; i <= 4; i++)
		line = line " " cell[i] " |"
	# QUICK does not ask for all
	if (quick && line !~ /[0-9]/)
		return
	if (line ~ /missing/)
		ok = "missing"
	else if (ok != "")
		ok = ok ? "yes" : "**no**"
	print "| " what " |" line " " must " | " ok " |"
}

# What stands in place of a figure that is not there, or for which nothing was run
function none(job, kernel)
{
	return kernel == "slot0" || (kernel == "list" && job ~ /-preempt$/) ? "-" : "missing"
}

# of(WHAT, JOB, METRIC, BASE, MOST, SCALE, UNIT, MUST) - the part of another kernel's
# figure; with a unit, also the figures, times scale
function of(what, job, metric, base, most, scale, unit, must, fit,    i, r, v, cell)
{
	for (i = 1; i <= 4; i++) {
		v = get(job, column[i], metric)
		r = ratio(v, get(job, base, metric), 6)
		if (r == "missing")
			cell[i] = v == "" ? none(job, column[i]) : r
		else if (r += 0)
			cell[i] = (column[i] == base ? 1 : \
				sprintf(r < 0.01 ? "%.5f" : r < 10 ? "%.4f" : "%.1f", r)) \
				(unit ? " (" quantity(v * scale) " " unit ")" : "")
	}
	goal(what, cell, must ? must : most == "" ? "" : most " or less", \
		most == "" ? "" : r + 0 <= most && (fit == "" || fit))
}

# Figures as they are; most: the number, or the kernel whose figure it is
function at_most(what, job, metric, digits, most,    i, v, cell)
{
	for (i = 1; i <= 4; i++) {
		v = get(job, column[i], metric)
		cell[i] = v == "" ? none(job, column[i]) : number(v, digits)
	}
	if (most == "stock")
		goal(what, cell, "not above stock", v + 0 <= get(job, "stock", metric) + 0)
	else
		goal(what, cell, most " or less", v + 0 <= most + (most < 1 ? 0 : 0.49))
}

# Three digits that count
function quantity(x)
{
	return x >= 100 ? commas(x) : sprintf(x >= 10 ? "%.1f" : x >= 1 ? "%.2f" : "%.4f", x)
}

function ends(    i, n, s)
{
	split("1 512 30000", n, " ")
	split("0.01 0.06 0.70", s, " ")
	for (i = 1; i in n; i++)
		of("exit with " commas(n[i]) " idle context" (i > 1 ? "s" : "") " (virtual)", \
			"exit-" n[i], "exit", "stock", s[i], 1e-6, "ms")
	of("exit with 30,000 contexts (instructions)", "exit-30000", "exit.all", "stock", 1.0049, \
		1, "", "1.00 or less")
	of("SIGKILL, 16 contexts with a poll in flight each (virtual)", "kill", "kill", "stock", 0.6, 1e-6, "ms")
	of("the same, 2 CPUs (" clock ")", "kill", "kill.2cpu.p50", "stock", 0.6, 1, "ms")
	split("alone|asleep|other|poll|read|inside", n, "|")
	split("one thread|a second thread asleep|by a thread that did not make it|" \
		"a poll in flight|a read in flight, beyond its 1 ms|a thread in `io_getevents()`", s, "|")
	for (i = 1; i in n; i++)
		of("`io_destroy()`, " (i <= 3 ? "idle, " : "") s[i] " (virtual)", "destroy-" n[i], \
			"destroy", "stock", i <= 3 ? 0.0005 : 0.55, 1e-6, "ms")
	for (i = 1; i in n; i++)
		of("`io_destroy()`, " (i <= 3 ? "idle, " : "") s[i] ", 2 CPUs (" clock ")", \
			"destroy-" n[i], "destroy.2cpu.p50", "stock", i <= 3 ? 0.02 : 0.55, 1, "ms")
	of("worst `io_destroy()`, SCHED_FIFO hogs, 2 CPUs (" clock ")", "destroy-hogs", \
		"destroy.2cpu.p100", "stock", 1, 1, "ms", "not above stock")
	split("alone busy asleep spinning", n, " ")
	split("idle|busy|idle, and 3 threads asleep|busy with threads", s, "|")
	for (i = 1; i in n; i++) {
		at_most("interrupts an `io_destroy()`, TLB's left out, 3 other CPUs " s[i], \
			"interrupts-" n[i], "interrupts", 2, 0.1)
		at_most("how often it sleeps, 3 other CPUs " s[i], "interrupts-" n[i], "switches", 2, 0.05)
	}
}

END {
	split("stock list slot0 table", column, " ")
	clock = fact["wall-clock"]
	print "| what | stock | list | slot0 | table | goal | reached |"
	print "| --- | ---: | ---: | ---: | ---: | --- | --- |"
	split("1 512 30000", n, " ")
	for (i = 1; i in n; i++)
		at_most("a look-up with " commas(n[i]) " context" (i > 1 ? "s" : "") " (instructions)", \
			"lookup-" n[i], "lookup", 1, 76)
	for (i = 1; i in n; i++)
		at_most("the same with " commas(n[i]) ", PREEMPT", "lookup-" n[i] "-preempt", "lookup", 1, 85)
	t = get("512-contexts", "table", "judged")
	of("512 contexts, fio, an I/O, of list (instructions)", "512-contexts", "judged", "list", 0.740, \
		1, "", "0.740 or less, and below stock", t < get("512-contexts", "stock", "judged"))
	of("one context, fio, an I/O, of list (instructions)", "1-context", "judged", "list", 1.0025)
	split("100 1000 10000 30000", n, " ")
	for (i = 1; i in n; i++)
		of("`io_setup()` number " commas(n[i]) ", of list (instructions)", "setup", "setup." n[i], \
			"list", n[i] == 30000 ? 1.01 : 1.05)
	of("`io_setup()` when only the last of 30,000 slots is free, of list (instructions)", \
		"setup", "setup.refill", "list", "", 1, "in all")
	ends()
	split("mm_struct kioctx index.1 index.5 index.100 index.30000", n, " ")
	split("`struct mm_struct`|`struct kioctx`|index of 1 context|index of 5 contexts|" \
		"index of 100 contexts|index of 30,000 contexts", s, "|")
	for (i = 1; i in n; i++)
		at_most(s[i] ", bytes", "memory", n[i], 0, "stock")
	t = get("limit", "table", "limit")
	cell[1] = number(get("limit", "stock", "limit"))
	cell[2] = number(get("limit", "list", "limit"))
	cell[3] = "-"
	cell[4] = number(t)
	goal("contexts of one process (" commas(limit) " were tried)", cell, "no limit", t + 0 >= limit)
	t = ratio(get("512-contexts", "bound", "judged"), get("512-contexts", "list", "judged"), 4)
	if (t != "missing")
		print "\nWith no look-up at all (bound), 512 contexts are at " t " of the list."
}
