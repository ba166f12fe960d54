#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test.sh - make test: every gate and every test, one count at the end
#
# Usage: test.sh [--static]
#
# --static: only the gates that build no kernel (make check). All verdicts are
# kept in build/results/test.txt, "ok NAME" or "not ok NAME: reason" a line.
#
# Exit status: 0 nothing failed, 1 something did

set -euo pipefail
. "$(dirname "$0")/lib.sh"

verdicts=$build/results/test.txt
mkdir -p "$build/results"
: > "$verdicts"
passed=0 failed=0 skipped=0
start=$SECONDS

# step SCRIPT... - run it; it prints verdicts, and at least one
step()
{
	local before rc=0

	before=$(wc -l < "$verdicts")
	setpriv --pdeathsig TERM "$@" | tee -a "$verdicts" || rc=$?
	[ $rc != 0 ] || return 0
	grep -q '^not ok ' <(tail -n "+$((before + 1))" "$verdicts") ||
		not_ok "$(basename "$1" .sh)" "ended with status $rc" | tee -a "$verdicts"
}

# kernel K - build it, and run the selftests on it
kernel()
{
	local k=$1 rc=0 p f s x

	if ! child "$scripts/build.sh" "$k"; then
		not_ok "build-$k" "see build/log/build-$k.log" | tee -a "$verdicts"
		return
	fi
	ok "build-$k" | tee -a "$verdicts"
	TIMEOUT=${TIMEOUT:-1200} child "$scripts/kselftest.sh" "$k" || rc=$?
	case $rc in
	0) ok "kernel-$k survived the selftests" ;;
	1) ok "kernel-$k survived the selftests" ;;
	124) not_ok "kernel-$k" "timed out" ;;
	125) not_ok "kernel-$k" "died or complained, see build/run/kselftest-$k/console.log" ;;
	*) not_ok "kernel-$k" "could not run the selftests" ;;
	esac | tee -a "$verdicts"
	[ -f "$build/results/kselftest-$k.sum" ] || return 0
	read -r p f s x < "$build/results/kselftest-$k.sum"
	# An expected failure is shown by kselftest.sh, and is neither here.
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s + x))
}

step "$scripts/gates-text.sh"
step "$scripts/gates-compile.sh"
if [ "${1:-}" != --static ]; then
	rc=0
	kunit=$(setpriv --pdeathsig TERM "$scripts/kunit.sh") || rc=$?
	if [ $rc = 4 ]; then
		skipped=$((skipped + 1))
		say SKIP "KUnit: build/tree/table has no fs/tests/aio_kunit.c"
	else
		[ -n "$kunit" ] || kunit="not ok kunit: ended with status $rc"
		tee -a "$verdicts" <<< "$kunit"
	fi
	kernel table
	kernel table-debug
fi

passed=$((passed + $(grep -c '^ok ' "$verdicts" || :)))
failed=$((failed + $(grep -c '^not ok ' "$verdicts" || :)))
grep '^not ok ' "$verdicts" || :
say TIME "$(((SECONDS - start) / 60)) min $(((SECONDS - start) % 60)) s"
printf '%d passed, %d failed%s\n' $passed $failed "$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
