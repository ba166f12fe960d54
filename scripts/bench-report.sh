#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench-report.sh - write the report and its plots from bench.tsv
#
# Usage: bench-report.sh [RESULTS]
#
# RESULTS (default: build/results) gets report.md and the plots beside it. The
# words are in Documentation/results/template.md, where a line "@NAME" stands for
# a table. KERNELS as in bench.sh.
#
# Exit status: 0 written, 1 not

set -euo pipefail
. "$(dirname "$0")/lib.sh"

results=${1:-$build/results}
[ -f "$results/bench.tsv" ] || die "no $(short "$results")/bench.tsv: 'make bench' first"
kernels=${KERNELS:-list radix xarray v3 stock slot0 table bound}
cpus=$(cut -f 3 "$results/bench.tsv" | sed -n 's/^run_time\.\([0-9]*\)cpu\.mean$/\1/p' | sort -nu | xargs)
out=$results/report.md

section()
{
	local program=bench-tables.awk

	[ "$1" != goals ] || program=bench-goals.awk
	awk -v SECTION="$1" -v "kernels=$kernels" -v "cpus=${cpus:-1 2}" -v limit=300000 \
		-v "quick=${QUICK:-}" \
		-f "$scripts/bench-report.awk" -f "$scripts/bench-thread.awk" \
		-f "$scripts/bench-ends.awk" -f "$scripts/$program" \
		"$results/facts.tsv" "$results/bench.tsv"
}

while IFS= read -r line; do
	case $line in
	@missing)
		text=$(section missing)
		[ -z "$text" ] || printf '## Missing\n\n%s\n\n' "$text" ;;
	@v3)
		awk -F '\t' '{ printf "| %s | %s | %s |\n", $1, $2, $3 ? "`" $3 "`" : "" }' \
			"$results/v3.tsv" 2> /dev/null || echo '| missing | | |' ;;
	@*) section "${line#@}" ;;
	*) printf '%s\n' "$line" ;;
	esac
done < "$top/Documentation/results/template.md" > "$out.new"
mv "$out.new" "$out"
"$scripts/bench-plot.sh" "$results" "$kernels"
"$scripts/bench-plot-ends.sh" "$results" "$kernels"
section brief > "$results/brief.md"
say REPORT "$(short "$out")"
