#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench-tsv.sh - write bench.tsv from the raw results; a step of bench.sh
#
# Usage: bench-tsv.sh RESULTS KERNELS
#
# One figure a row: job, kernel, metric, unit, value. RESULTS/expected names
# every guest there should be ("MODE PART KERNEL RUN", a line each); one that
# left no result is a row of its own with the value "missing".
#
# Exit status: 0 nothing is missing, 1 something is

set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# = 2 ] || { usage >&2; exit 1; }
results=$1 kernels=$2
what=$(awk -F '\t' '$1 == "wall-clock" { print $2 }' "$results/facts.tsv")

files=() missing=()
while read -r mode part k run; do
	raw=$results/raw/$mode.$part.$k.$run.tsv
	if [ -f "$raw" ]; then
		files+=("$raw")
	else
		missing+=("$part"$'\t'"$k"$'\t'"$mode.run$run"$'\t'-$'\t'missing)
	fi
done < "$results/expected"
{
	printf 'job\tkernel\tmetric\tunit\tvalue\n'
	[ ${#files[@]} = 0 ] || awk -v "kernels=$kernels" -v "what=$what" \
		-f "$scripts/bench-stats.awk" -f "$scripts/bench-tsv.awk" "${files[@]}"
	"$scripts/bench/sizes.sh" "$kernels"
	[ ${#missing[@]} = 0 ] || printf '%s\n' "${missing[@]}"
} > "$results/bench.tsv.new"
mv "$results/bench.tsv.new" "$results/bench.tsv"
say TSV "$(short "$results/bench.tsv"): $(($(wc -l < "$results/bench.tsv") - 1)) figures"
[ ${#missing[@]} = 0 ] || {
	say MISSING "${#missing[@]} of $((${#missing[@]} + ${#files[@]})) guests left no result"
	exit 1
}
