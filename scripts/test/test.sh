#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# test.sh - make test: every gate and every test, one count at the end
#
# Usage: test.sh [--static]
#
# --static: only the gates, and KUnit on UML (make check). All verdicts are
# kept in build/results/test.txt, "ok NAME" or "not ok NAME: reason" a line.
#
# Exit status: 0 nothing failed, 1 something did

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 0 ] || [ "$*" = --static ] || { usage >&2; exit 1; }
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
	"$@" | tee -a "$verdicts" || rc=$?
	[ $rc != 0 ] || return 0
	grep -q '^not ok ' <(tail -n "+$((before + 1))" "$verdicts") ||
		not_ok "$(basename "${*: -1}" .sh)" "ended with status $rc" | tee -a "$verdicts"
}

# maybe NAME SCRIPT... - a step that may end with 4: it cannot be done here
maybe()
{
	local out rc=0

	out=$(child "${@:2}") || rc=$?
	if [ $rc = 4 ]; then
		skipped=$((skipped + 1))
		say SKIP "$1"
		return
	fi
	[ $rc = 0 ] || grep -q '^not ok ' <<< "$out" || out+=$'\n'"not ok $1: ended with status $rc"
	tee -a "$verdicts" <<< "$out"
}

# kernel K - build it, and run the selftests on it
kernel()
{
	local k=$1 rc=0 p f s x

	if ! child "$scripts/kernel/build.sh" "$k"; then
		not_ok "build-$k" "see build/log/build-$k.log" | tee -a "$verdicts"
		return
	fi
	ok "build-$k" | tee -a "$verdicts"
	TIMEOUT=${TIMEOUT:-2400} child "$scripts/test/kselftest.sh" "$k" || rc=$?
	case $rc in
	0 | 1) ok "kernel-$k survived the selftests" ;;
	*) not_ok "kernel-$k" "$(verdict_of $rc), see build/run/kselftest-$k/console.log" ;;
	esac | tee -a "$verdicts"
	if [ ! -f "$build/results/kselftest-$k.sum" ]; then
		[ $rc != 1 ] || not_ok "selftests-$k" 'none ran' | tee -a "$verdicts"
		return
	fi
	read -r p f s x < "$build/results/kselftest-$k.sum"
	# An expected failure is shown by kselftest.sh, and is neither here.
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s + x))
}

# mutants - a verdict for each; TIMEOUT is for the selftests. All of them take
# half an hour: here as many as fit into 40 minutes for everything, beginning
# with another one at each commit. make mutants runs them all.
mutants()
{
	local name words all n rc=0

	mapfile -t all < <(cd "$top/patches/mutants" && printf '%s\n' *.patch | sed 's/\.patch$//')
	n=$(git -C "$top" rev-parse --short=7 HEAD 2> /dev/null || echo 0)
	n=$((1 + 0x$n % (${#all[@]} - 1)))
	: > "$build/results/mutants.txt"
	TIMEOUT='' BUDGET=$((2400 - (SECONDS - start))) child "$scripts/test/mutants.sh" --killable \
		00-no-bug "${all[@]:n}" "${all[@]:1:n - 1}" > "$build/log/mutants.log" 2>&1 || rc=$?
	while read -r name words; do
		case $words in
		killed* | 'survived, as it may: it has no bug') ok "mutant-$name ($words)" ;;
		'not run: '*) say SKIP "mutant-$name" ;;
		*) not_ok "mutant-$name" "$words" ;;
		esac
	done < "$build/results/mutants.txt"
	[ $rc = 0 ] || not_ok mutants "ended with status $rc: $(tail -n 1 "$build/log/mutants.log")"
}

# mainline - on 7.3 the series applies, each commit compiles, and UML's tests hold
mainline()
{
	local b=7.3 rc script

	if ! BASE=$b child "$scripts/tree/prepare.sh"; then
		skipped=$((skipped + 1))
		say SKIP "$b: its source could not be had"
		return
	fi
	if ! BASE=$b child "$scripts/tree/tree.sh" --keep series; then
		{ not_ok "$b-applies" 'as follows'; BASE=$b child "$scripts/tree/applies.sh" || :; } | tee -a "$verdicts"
		return
	fi
	ok "$b-applies" | tee -a "$verdicts"
	for script in gates-compile.sh uml.sh; do
		rc=0
		BASE=$b child "$scripts/test/$script" > "$build/log/$b-$script.log" || rc=$?
		sed -E "s/^(ok|not ok) /\1 $b-/; /^(  skip|  xfail|  BUILT|  CONFIG)/d" "$build/log/$b-$script.log" |
			tee -a "$verdicts"
		[ $rc = 0 ] || grep -q '^not ok' "$build/log/$b-$script.log" ||
			not_ok "$b-$script" "$(verdict_of $rc), see build/log/$b-$script.log" | tee -a "$verdicts"
	done
}

# part NAME COMMAND... - one of those above, and how long it took
part()
{
	local begun=$SECONDS

	"${@:2}"
	say TIME "$1: $((SECONDS - begun)) s"
}

part gates-text step child "$scripts/test/gates-text.sh"
part gates-compile step child "$scripts/test/gates-compile.sh"
part kunit maybe kunit "$scripts/test/kunit.sh"
if [ "${1:-}" != --static ]; then
	part series kernel series
	part series-debug kernel series-debug
	part kunit-smp maybe kunit-smp "$scripts/test/kunit.sh" series-debug
	part litmus maybe litmus "$scripts/test/litmus.sh"
	part meta step child "$scripts/test/meta.sh"
	[ "$base" != 6.12 ] || part 7.3 mainline
	part mutants step mutants
fi

passed=$((passed + $(grep -c '^ok ' "$verdicts" || :)))
failed=$((failed + $(grep -c '^not ok ' "$verdicts" || :)))
skipped=$((skipped + $(grep -c '^  SKIP ' "$verdicts" || :)))
grep '^not ok ' "$verdicts" || :
say TIME "$(((SECONDS - start) / 60)) min $(((SECONDS - start) % 60)) s"
printf '%d passed, %d failed%s\n' $passed $failed "$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
