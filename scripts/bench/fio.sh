#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fio.sh - what does one I/O cost on a kernel of the lab, in instructions?
#
# Usage: fio.sh K JOB
#
# JOB is 512-contexts or 1-context, of tools/testing/fio, run as make bench runs
# it: one emulated CPU, a guest clock that counts instructions, 1 ns each, and
# what fio takes until its threads begin taken off. Counts come out the same
# again and again; neither caches nor other CPUs are in them. LOOPS= goes over the
# files so often, which gives another figure; TIMEOUT= is the seconds it may take
# (default 900). The result is build/results/fio-JOB-K.tsv, and one line here.
#
# Exit status: 0 measured, 1 not, 124 timed out, 125 the kernel died or
# complained, 2 could not start

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 2 ] || { usage >&2; exit 2; }
k=$1 job=$2
die_status=2
[[ $job =~ ^(512-contexts|1-context)$ ]] || die "no such job: $job (512-contexts, 1-context)"
need fio jq mke2fs gcc
results=$build/results
run=$build/run/fio-$job-$k
tsv=$results/fio-$job-$k.tsv
mkdir -p "$results" "$run"
rm -f "$tsv"
start=$SECONDS
"$scripts/bench/bin.sh" "$build/bench-bin-$k"
. "$scripts/bench/loops.sh"
"$scripts/boot/boot" --icount --run "$run" --timeout "${TIMEOUT:-900}" "$k" -- \
	env "LOOPS_1=$LOOPS_1" "LOOPS_512=$LOOPS_512" \
	"$scripts/guest/bench.sh" icount "$job" "$build/bench-bin-$k" > "$tsv.new"
die_status=1
each=$(awk -F '\t' '$2 == "per_io" { printf "%.0f", $4 }' "$tsv.new")
[ -n "$each" ] || die "$k: fio left no figure, see $(short "$tsv.new")"
mv "$tsv.new" "$tsv"
switches=$(awk -F '\t' '$2 == "fio.switches" { print $4 }' "$tsv")
say FIO "$k, $job: $each instructions per I/O, $switches context switches ($((SECONDS - start)) s)"
