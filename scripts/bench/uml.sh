#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench/uml.sh - make bench-uml: the calls in nanoseconds, on this processor
#
# Usage: bench/uml.sh
#
# Under UML a kernel is a program: what it does between two system calls runs on
# the processor itself, with its caches and its store buffer. Builds stock and
# series for UML and boots them in turn, ROUNDS= times each (default 5), on a
# machine that should have nothing else to do. What it leaves out: a system call
# and get_user() cost a multiple of what they do on a machine, so that only
# differences count; the threads of one process do not run at once. What a look-up
# takes without a system call, KUnit measures as series comes up, against a walk
# along a list (aio_bench_kunit.c). build/results/uml.md has the tables,
# build/results/uml/raw the rows.
#
# Exit status: 0 measured, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

rounds=${ROUNDS:-5}
[[ $rounds =~ ^[1-9][0-9]*$ ]] || die "ROUNDS=$rounds: not a number"
kernels=(stock series)
out=$build/results/uml
for name in "${kernels[@]}"; do
	child "$scripts/tree/tree.sh" --keep "$name"
	child "$scripts/kernel/uml.sh" "$name"
done
child "$scripts/test/kselftest.sh" --install series
rm -rf "$out"
mkdir -p "$out/raw" "$out/kunit"

# A processor that sleeps takes longer to wake up than a call takes: UML's processes
# wake each other at each system call. What runs when nothing else does keeps it up.
# shellcheck disable=SC2046 # a list
trap 'kill $(jobs -p) 2> /dev/null || :' EXIT
trap 'exit 130' INT TERM HUP
for ((cpu = 0; cpu < $(nproc); cpu++)); do
	setpriv --pdeathsig KILL chrt --idle 0 sh -c 'while :; do :; done' &
done

# measure NAME ROUND
measure()
{
	local run=$build/run/uml-bench-$1 rc=0 cpus=1

	! uml_has_smp "$1" || cpus=2
	run_uml "$1" "$run" "lab.run=$scripts/guest/uml-bench.sh" || rc=$?
	[ $rc != 124 ] || die "$1: timed out, see $(short "$run/console.log")"
	[ "$(cat "$run/out/status" 2> /dev/null)" = 0 ] ||
		die "$1: not measured: $(tail -n 1 "$run/out/tap"), see $(short "$run/console.log")"
	[ -z "$(kunit_complaint "$run/console.log")" ] ||
		die "$1: the kernel complained, see $(short "$run/console.log")"
	cp "$run/out/tap" "$out/raw/${cpus}cpu.calls.$1.$2.tsv"
	[ "$1" = stock ] || sed -n 's/.* # [a-z_]*: bench: //p' "$run/console.log" > "$out/kunit/$2"
}

for ((round = 1; round <= rounds; round++)); do
	for name in "${kernels[@]}"; do
		say BENCH "$name, round $round of $rounds"
		measure "$name" "$round"
	done
done
{
	release=$(cat "$trees/series/O-uml/include/config/kernel.release")
	echo "Linux ${release%%[-+]*}, UML, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $rounds boots each."
	echo
	python3 "$scripts/bench/uml.py" "$out"
} > "$build/results/uml.md.tmp"
mv "$build/results/uml.md.tmp" "$build/results/uml.md"
cat "$build/results/uml.md"
