#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kunit.sh - run the KUnit tests of the series, on UML or in a lab kernel
#
# Usage: kunit.sh [K | --kernel FILE]
#
# Without K: kunit.py of build/tree/series, with fs/tests/.kunitconfig, on UML:
# no QEMU, and one CPU. With K, a flavour of series: boots it and lets it run
# what it has built in, on all its CPUs. Prints "ok kunit-NAME" or "not ok ..." a
# test. The whole output is build/results/kunit.log, build/run/kunit-K, or in
# kunit/ beside FILE.
#
# Exit status: 0 all passed, 1 not, 4 there are none

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

# verdicts LOG WORD - of the KTAP that a kernel printed
verdicts()
{
	local log

	log=$(short "$1")
	tr -d '\r' < "$1" | sed -E 's/^\[ *[0-9.]+\]//' |
		sed -nE 's/^ {4,}(not )?ok [0-9]+ ([^ #]+)(.*)/\1ok '"$2"'-\2\3/p' |
		sed -E '/^not ok/ s|([^ ]+)$|\1: see '"$log"'|'
}

# whole LOG - did all suites that were planned come to their end?
whole()
{
	tr -d '\r' < "$1" | sed -E 's/^\[ *[0-9.]+\] //' |
		awk '/^1\.\.[0-9]+$/ { plan = substr($1, 4) } /^(not )?ok [0-9]+ / { n++ } END { exit !(plan && n == plan) }'
}

if [ $# != 0 ]; then
	run=$build/run/kunit-$1
	# Two mutants may run at a time.
	[ "$1" != --kernel ] || run=$(dirname "$2")/kunit
	mkdir -p "$run"
	rc=0
	# 125: a test that waits for a warning gets one
	"$scripts/boot/boot" --run "$run" --timeout "${TIMEOUT:-600}" --append "kunit.enable=1 loglevel=7" "$@" -- \
		true > "$run/boot.log" 2>&1 || rc=$?
	[ $rc != 2 ] || { not_ok kunit-smp "$(tail -n 1 "$run/boot.log")"; exit 1; }
	found=$(verdicts "$run/console.log" "kunit-smp")
	[ -z "$found" ] || printf '%s\n' "$found"
	# One test waits for a warning; there must be no other complaint.
	bad=$("$scripts/boot/console-badness.sh" "$run/console.log" |
		grep -vE 'WARNING: .* percpu_ref_exit' | head -n 1) || :
	if [ -n "$bad" ] || ! whole "$run/console.log" ||
		{ [ $rc != 0 ] && ! grep -q 'command ended with status 0' "$run/boot.log"; }; then
		not_ok kunit-smp "${bad:-$(tail -n 1 "$run/boot.log")}"
		exit 1
	fi
	grep -q '^not ok ' <<< "$found" && exit 1
	exit 0
fi

src=$trees/series
[ -f "$src/fs/tests/aio_kunit.c" ] || exit 4
config=$src/fs/tests/.kunitconfig
mkdir -p "$build/kunit" "$build/results"
if [ ! -f "$config" ]; then
	config=$build/kunit/aio.kunitconfig
	printf 'CONFIG_%s=y\n' KUNIT BLOCK AIO AIO_KUNIT_TEST > "$config"
fi
log=$build/results/kunit.log
rc=0
(
	flock 9
	cd "$src" && tools/testing/kunit/kunit.py run --raw_output \
		--build_dir="$build/kunit" --kunitconfig="$config" --jobs="${JOBS:-$(nproc)}" \
		--timeout=300 --make_options "CC=$scripts/kernel/cc gcc"
) > "$log" 2>&1 < /dev/null 9> "$build/.lock-kunit" || rc=$?

verdicts "$log" kunit
if ! grep -qE '^ +ok [0-9]+ ' "$log"; then
	not_ok kunit "no test passed, see $(short "$log"): $(grep -m 1 -E 'error|ERROR' "$log" || tail -n 1 "$log")"
	exit 1
fi
! grep -qE '^ *not ok ' "$log" || exit 1
whole "$log" || { not_ok kunit "broke off, see $(short "$log")"; exit 1; }
exit "$rc"
