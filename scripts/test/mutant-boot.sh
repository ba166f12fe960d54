#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# mutant-boot.sh - does a test kill this kernel? a step of mutants.sh
#
# Usage: mutant-boot.sh RUN-DIR APPEND [TEST...]
#
# Boots RUN-DIR/bzImage, which it removes, with APPEND on its command line, runs
# the test programs (default: all; kunit: the kernel's own suites) and prints one
# line: "killed by TEST", "killed in TEST, died: CONSOLE LINE", "killed in TEST,
# timed out", or "SURVIVED: the counts". The guest is ended by the first test
# that fails. One that comes to no test and complains of nothing may be the fault of
# a busy machine: it is booted again, and must not come to one again. TIMEOUT=
# seconds a boot (default 300), MEM= of the guest (default 1G: KASAN makes a pass
# over all of it at every boot), TRIES= boots at most until a test fails (default
# 1): races go on for 2 seconds in the first, 6 in the second, 10 in the third; TESTS=
# the folder of the installed selftests.
#
# Exit status: 0 there is a verdict, 2 there is none

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# -ge 2 ] || { usage >&2; exit 2; }
export MEM=${MEM:-1G}
run=$1 append=$2
shift 2
if [ "$*" = kunit ]; then
	rc=0
	out=$("$scripts/test/kunit.sh" --kernel "$run/bzImage") || rc=$?
	rm -f "$run/bzImage"
	failed=$(sed -n '/^not ok kunit-smp-/ { s/^not ok //; s/: see .*//; p; q }' <<< "$out")
	died=$(sed -nE 's/^not ok kunit-smp: ([0-9]+:\[.*|.*kernel died.*)/\1/p' <<< "$out")
	if [ $rc != 0 ] && [ -z "$failed$died" ]; then
		tail -n 1 <<< "$out" > "$run/boot.log"
		exit 2
	fi
	[ -n "$failed" ] || [ -z "$died" ] || { echo "killed under KUnit, died: $died"; exit 0; }
	echo "${failed:+killed by }${failed:-SURVIVED: KUnit}"
	exit 0
fi
only=()
for prog; do only+=(-t "aio:$prog"); done
ktap_reader mutant series "$run/sum"
live=(-v live=1)
! awk -W version 2>&1 < /dev/null | grep -q mawk || live+=(-W interactive)

# boot - set rc, and first, the first test that fails; false if none began
boot()
{
	local line boot

	first='' rc=0
	: > "$run/tap"
	# no_timer_check: a starved guest would panic before its first program
	"$scripts/boot/boot" --run "$run" --timeout "${TIMEOUT:-300}" \
		--append "no_timer_check${append:+ $append}" --kernel "$run/bzImage" -- \
		env AIO_TEST_SECONDS=$((4 * try - 2)) \
		"$scripts/guest/tests.sh" "${TESTS:-$build/kselftest}" -o 280 "${only[@]}" > "$run/tap" 2> "$run/boot.log" &
	boot=$!
	while read -r line; do
		[[ $line != 'not ok'* ]] || { first=${line#*: }; break; }
	done < <(tail -n +1 -s 0.3 --pid=$boot -f "$run/tap" |
		"${read_tap[@]}" "${live[@]}" /dev/stdin)
	[ -z "$first" ] || kill $boot 2> /dev/null || :
	wait $boot || rc=$?
	at=$(sed -n 's/^# #  RUN  *\([^ ]*\).*/\1/p' "$run/tap" | tail -n 1)
	[ -n "$at" ] || [[ $(complaint) =~ (BUG|Oops|WARNING) ]]
}

# complaint - the console's first; "BUG" without a colon is what slab_debug finds
complaint()
{
	{ grep -m 1 -a '\] BUG [a-z]' "$run/console.log" ||
		"$scripts/boot/console-badness.sh" "$run/console.log" | head -n 1; } |
		sed -E 's/^[0-9]+://; s/^\[[ 0-9.]*\] //'
}

timely=1
for ((try = 1; try <= ${TRIES:-1}; try++)); do
	boot || boot || timely=
	at=${at:-the boot}
	[ -f "$run/console.log" ] || exit 2
	bad=$(complaint) || :
	nth=$([ $try = 1 ] || echo ", boot $try")
	if [ -n "$first$bad" ] || [ "$rc" != 0 ]; then break; fi
done
rm -f "$run/bzImage"

if [ -n "$first" ]; then
	echo "killed by $first${bad:+ ($bad)}$nth"
elif [ "$rc" = 2 ] || [ "$timely/$rc" = /124 ]; then
	exit 2
elif [ -n "$bad" ]; then
	echo "killed in $at, died: $bad$nth"
elif [ "$rc" = 124 ]; then
	echo "killed in $at, timed out$nth"
elif [ "$rc" = 125 ]; then
	echo "killed in $at, died: $(tail -n 1 "$run/boot.log")"
elif counts=$("${read_tap[@]}" "$run/tap"); then
	echo "SURVIVED: $(tail -n 1 <<< "$counts" | sed 's/^[^:]*: //')$nth"
else
	echo "killed by $(sed -n '/not ok/ { s/.*not ok *mutant: //p; q }' <<< "$counts")$nth"
fi
