# SPDX-License-Identifier: GPL-2.0
# bench-report.awk - what the parts of the report share
#
# Usage: awk -v kernels="list ..." -v quick= -f bench-report.awk -f PART.awk \
#	facts.tsv bench.tsv

BEGIN {
	FS = "\t"
	columns(kernels)
}

FNR == NR { fact[$1] = $2; facts[++nr_facts] = $1; next }
FNR == 1 { next }
{ figure[$1, $2, $3] = $5 }
# A fio job is judged by its first boot, or by the median of three, which comes after
$3 == "per_io" || $3 == "per_io.median" { figure[$1, $2, "judged"] = $5 }
$1 == "profile" { symbol[$2, substr($3, 1, 2)] = substr($3, 4) "\t" $5 }
$5 == "missing" {
	if ($3 ~ /^icount\.run/)
		lost[$2, substr($3, 11)]
	sub(/\.run.*/, "", $3)
	what = $1 ", " $3
	if (!(what in missing_on))
		missing[++nr_missing] = what
	if (!runs[what, $2]++)
		missing_on[what] = missing_on[what] " " $2
}

# What there is, or what there is not
function get(job, kernel, metric)
{
	return (job, kernel, metric) in figure ? figure[job, kernel, metric] : ""
}

# The tables that follow have a column for each of these kernels that is asked for
function columns(some,    i, n, s)
{
	n = split(some, s, " ")
	nr_kernels = 0
	for (i = 1; i <= n; i++)
		if (index(" " kernels " ", " " s[i] " "))
			name[++nr_kernels] = s[i]
}

# For those that have this figure, or for all if none has it
function columns_with(job, metric,    i, some)
{
	for (i = 1; i <= nr_kernels; i++)
		if (get(job, name[i], metric) != "")
			some = some " " name[i]
	if (some != "")
		columns(some)
}

# Has any kernel this figure?
function any(job, metric,    i)
{
	for (i = 1; i <= nr_kernels; i++)
		if (get(job, name[i], metric) != "")
			return 1
	return 0
}

function commas(x,    s, sign)
{
	s = sprintf("%.0f", x)
	while (match(s, /[0-9][0-9][0-9][0-9]($|,)/))
		s = substr(s, 1, RSTART) "," substr(s, RSTART + 1)
	return s
}

# number(value, digits) - thousands get commas, and what is not there a word
function number(x, digits)
{
	if (x == "")
		return "missing"
	return digits ? sprintf("%." digits "f", x) : commas(x)
}

function ratio(a, b, digits)
{
	return a == "" || b == "" || b == 0 ? "missing" : sprintf("%." digits "f", a / b)
}

function head(first,    i, line, rule)
{
	line = "| " first " |"
	rule = "| --- |"
	for (i = 1; i <= nr_kernels; i++) {
		line = line " " name[i] " |"
		rule = rule " ---: |"
	}
	print line "\n" rule
}

# A figure of every kernel; with run, of that boot, which most are not to have
function row(label, job, metric, digits, run,    i, x, line)
{
	line = "| " label (run ? ", boot " run : "") " |"
	for (i = 1; i <= nr_kernels; i++) {
		x = get(job, name[i], metric (run ? ".run" run : ""))
		line = line " " (run && x == "" && !((name[i], run) in lost) ? "-" : number(x, digits)) " |"
	}
	print line
}

# The same over that of another kernel
function rel(label, job, metric, base, digits,    i, line)
{
	line = "| " label " |"
	for (i = 1; i <= nr_kernels; i++)
		line = line " " ratio(get(job, name[i], metric), get(job, base, metric), digits) " |"
	print line
}

# A percentage with a star where Welch's t-test says that it is one
function star(job, kernel, pre, base,    x, p)
{
	x = get(job, kernel, pre "of_" base)
	p = get(job, kernel, pre "p_" base)
	if (kernel == base)
		return "100.00"
	return x == "" ? "missing" : x (p != "" && p < 0.05 ? "*" : "")
}

# Mean, spread and percentage of wall clocks, a table for each number of CPUs, of
# the kernels that were run by the clock
function wall(job, metric,    i, k, n, c, pre, line)
{
	for (c = 1; c <= nr_cpus; c++) {
		pre = metric "." cpu[c] "cpu."
		columns_with(job, pre "mean")
		print "\n" cpu[c] " CPU" (cpu[c] > 1 ? "s" : "") ", " fact["wall-clock"] ":\n"
		head("")
		row("mean, ms", job, pre "mean", metric == "run_time" ? 0 : 3)
		row("%rsd", job, pre "rsd", 2)
		line = "| % of list |"
		for (i = 1; i <= nr_kernels; i++)
			line = line " " star(job, name[i], pre, "list") " |"
		print line
		row("guests", job, pre "runs")
		columns(kernels)
	}
}
