# SPDX-License-Identifier: GPL-2.0
# bench-goals.awk - the table of what the series set out to reach
#
# Usage: see bench-report.awk

# One row: what, stock, list, table, what it had to reach, whether it did
function goal(what, stock, list, table, must, ok)
{
	if (stock == "missing" || list == "missing" || table == "missing")
		ok = "missing"
	else if (ok != "")
		ok = ok ? "yes" : "**no**"
	printf "| %s | %s | %s | %s | %s | %s |\n", what, stock, list, table, must, ok
}

function over(job, kernel, metric, base, digits)
{
	return ratio(get(job, kernel, metric), get(job, base, metric), digits)
}

function setup_rise(kernel)
{
	return ratio(get("setup", kernel, "setup.30000"), get("setup", kernel, "setup.100"), 2)
}

END {
	print "| what | stock | list | table | goal | reached |"
	print "| --- | ---: | ---: | ---: | --- | --- |"
	split("100 1000 10000 30000", n, " ")
	goal("`io_setup()` number 30,000 against number 100 (instructions)", \
		setup_rise("stock") " x", setup_rise("list") " x", setup_rise("table") " x", "see below", "")
	for (i = 1; i in n; i++) {
		t = over("setup", "table", "setup." n[i], "list", 3)
		goal("`io_setup()` number " commas(n[i]) ", against list (instructions)", \
			over("setup", "stock", "setup." n[i], "list", 3), "1", t, \
			"1.05 or less", t <= 1.05)
	}
	t = over("destroy", "table", "destroy.2cpu.mean", "stock", 4)
	goal("`io_destroy()` of an idle context, 2 CPUs, against stock (" fact["wall-clock"] ")", \
		"1 (" number(get("destroy", "stock", "destroy.2cpu.mean"), 1) " ms)", \
		over("destroy", "list", "destroy.2cpu.mean", "stock", 2), \
		t " (" number(get("destroy", "table", "destroy.2cpu.mean"), 2) " ms)", \
		"0.02 or less", t <= 0.02)
	t = over("1-context", "table", "judged", "list", 4)
	goal("one context, fio, an I/O (instructions)", \
		over("1-context", "stock", "judged", "list", 4), "1", t, "1.001 or less", t <= 1.001)
	t = over("512-contexts", "table", "judged", "list", 4)
	goal("512 contexts, fio, an I/O (instructions)", \
		over("512-contexts", "stock", "judged", "list", 4), "1", t, "0.740 or less", t <= 0.74)
	split("1 512 30000", n, " ")
	for (i = 1; i in n; i++) {
		job = "lookup-" n[i]
		base = i == 1 ? "list" : "stock"
		more = i == 1 ? 3 : 4
		t = get(job, "table", "lookup")
		goal("a look-up with " commas(n[i]) " context" (i > 1 ? "s" : "") " (instructions)", \
			number(get(job, "stock", "lookup"), 1), \
			number(get(job, "list", "lookup"), i == 1), number(t, 1), \
			base " + " more " or less", t - get(job, base, "lookup") <= more + 0.05)
	}
	t = over("exit-1", "table", "exit.2cpu.mean", "stock", 3)
	goal("exit with one context, 2 CPUs, against stock (" fact["wall-clock"] ")", "1", \
		over("exit-1", "list", "exit.2cpu.mean", "stock", 3), t, "0.6 or less", t <= 0.6)
	t = over("exit-30000", "table", "exit.all", "stock", 3)
	goal("exit with 30,000 contexts, against stock (instructions)", "1", \
		over("exit-30000", "list", "exit.all", "stock", 3), t, "1.00 or less", t <= 1.0049)
	t = get("limit", "table", "limit")
	goal("contexts of one process (" commas(limit) " were tried)", \
		number(get("limit", "stock", "limit")), number(get("limit", "list", "limit")), \
		number(t), "no limit", t >= limit)
	t = over("512-contexts", "bound", "judged", "list", 4)
	if (t != "missing")
		print "\nWith no look-up at all (bound), 512 contexts are at " t " of the list."
}
