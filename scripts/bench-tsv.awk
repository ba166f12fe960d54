# SPDX-License-Identifier: GPL-2.0
# bench-tsv.awk - from the rows of all guests to one figure a row
#
# Usage: awk -v kernels="list stock ..." -v what=emulated -f bench-stats.awk \
#	-f bench-tsv.awk raw/MODE.PART.KERNEL.RUN.tsv ...
#
# Reads "JOB METRIC UNIT VALUE", prints "JOB KERNEL METRIC UNIT VALUE".
# Of several values in one guest: the median, where the clock counts instructions.
# What a flavour of a kernel did is that kernel's: NAME-FLAVOUR's JOB is NAME's
# JOB-FLAVOUR.
# Wall clocks: mean and relative standard deviation over the guests, the
# percentage of list, and Welch's p; of the calls' latencies the distribution.

function out(job, kernel, metric, unit, value)
{
	printf "%s\t%s\t%s\t%s\t%s\n", job, kernel, metric, unit, value
}

BEGIN { FS = OFS = "\t" }

FNR == 1 {
	sub(/.*\//, "", FILENAME)
	split(FILENAME, part, ".")
	mode = part[1]
	kernel = part[3]
	flavour = ""
	if (match(kernel, /-/)) {
		flavour = substr(kernel, RSTART)
		kernel = substr(kernel, 1, RSTART - 1)
	}
	run = part[4]
}

{ $1 = $1 flavour }

# Rows that are neither counts nor times: as they are
$3 !~ /^(instructions|virtual ns|ns|ms)$/ { if (run == 1) out($1, kernel, $2, $3, $4); next }
mode == "icount" && $3 !~ /^(instructions|virtual ns)$/ { next }

{
	key = mode SUBSEP $1 SUBSEP $2
	if (!(key in unit)) {
		unit[key] = $3
		keys[++nr_keys] = key
	}
	k = key SUBSEP kernel
	r = k SUBSEP run
	if (!(r in nr_in_run))
		runs[k, ++nr_runs[k]] = run
	value[r, ++nr_in_run[r]] = $3 == "ns" ? $4 / 1e6 : $4
}

# The middle one, or two, of a[1] to a[n]
function median(a, n)
{
	sort(a, n)
	return (a[int((n + 1) / 2)] + a[int((n + 2) / 2)]) / 2
}

# One that is lost leaves its number to nobody else.
function counts(key, kernel,    i, j, n, a, b, id, r, run)
{
	split(key, id, SUBSEP)
	for (i = 1; i <= nr_runs[key, kernel]; i++) {
		run = runs[key, kernel, i]
		r = key SUBSEP kernel SUBSEP run
		n = nr_in_run[r]
		for (j = 1; j <= n; j++)
			a[j] = value[r, j] + 0
		b[i] = median(a, n)
		out(id[2], kernel, id[3] (run > 1 ? ".run" run : ""), unit[key], b[i])
	}
	if (i > 3)
		out(id[2], kernel, id[3] ".median", unit[key], median(b, i - 1))
}

function moments(key, kernel,    i, j, r, s, all, n)
{
	n = nr_runs[key, kernel]
	mean[kernel] = var[kernel] = all = 0
	for (i = 1; i <= n; i++) {
		r = key SUBSEP kernel SUBSEP runs[key, kernel, i]
		s[i] = 0
		for (j = 1; j <= nr_in_run[r]; j++) {
			s[i] += value[r, j] / nr_in_run[r]
			dist[++all] = value[r, j]
		}
		mean[kernel] += s[i] / n
	}
	for (i = 1; i <= n; i++)
		var[kernel] += (s[i] - mean[kernel]) ^ 2 / (n > 1 ? n - 1 : 1)
	return all
}

function clocks(key,    id, i, k, n, all, pre, p, q)
{
	split(key, id, SUBSEP)
	pre = id[3] "." id[1] "."
	for (i = 1; i <= nr_kernels; i++) {
		k = name[i]
		n = nr_runs[key, k]
		if (!n)
			continue
		all = moments(key, k)
		out(id[2], k, pre "mean", "ms " what, sprintf("%.4f", mean[k]))
		out(id[2], k, pre "rsd", "%", sprintf("%.2f", 100 * sqrt(var[k]) / mean[k]))
		out(id[2], k, pre "runs", "guests", n)
		if (all > n) {
			sort(dist, all)
			split("0 5 25 50 75 95 100", p, " ")
			for (q = 1; q in p; q++)
				out(id[2], k, pre "p" p[q], "ms " what, \
					sprintf("%.4f", dist[1 + int(p[q] / 100 * (all - 1) + 0.5)]))
		}
	}
	for (i = 1; i <= nr_kernels; i++) {
		k = name[i]
		for (q in against) {
			if (!nr_runs[key, k] || !nr_runs[key, q] || k == q)
				continue
			out(id[2], k, pre "of_" q, "%", sprintf("%.2f", 100 * mean[k] / mean[q]))
			out(id[2], k, pre "p_" q, "probability", sprintf("%.4f", \
				welch(mean[k], var[k], nr_runs[key, k], \
				mean[q], var[q], nr_runs[key, q])))
		}
	}
}

END {
	nr_kernels = split(kernels, name, " ")
	against["list"] = against["stock"] = 1
	for (i = 1; i <= nr_keys; i++) {
		if (index(keys[i], "icount" SUBSEP) != 1) {
			clocks(keys[i])
			continue
		}
		for (j = 1; j <= nr_kernels; j++)
			if (nr_runs[keys[i], name[j]])
				counts(keys[i], name[j])
	}
}
