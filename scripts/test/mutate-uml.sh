#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# mutate-uml.sh - does a test kill this kernel for UML? a step of mutate.sh
#
# Usage: mutate-uml.sh RUN-DIR TESTS
#
# Runs RUN-DIR/linux, which it removes, as uml.sh does, with the selftests that
# are installed in TESTS, and prints one line: "killed by TEST", "killed in TEST,
# died: CONSOLE LINE", "timed out in TEST", or "SURVIVED: the counts". It is
# ended by the first test that fails. TIMEOUT= seconds it may take (default 600),
# IDLE= seconds it may be silent (default 60: a selftest that hangs is ended by
# its harness before, and has a name then).
#
# Exit status: 0 there is a verdict, 2 there is none

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 2 ] || { usage >&2; exit 2; }
run=$1 tests=$2 console=$1/console.log tap=$1/out/tap
rm -rf "$run/out"
mkdir -p "$run/out"
: > "$console"
: > "$tap"
uml_words series
ktap_reader uml series "$run/sum"

# UML's processes are many, and are not all its children: a namespace ends them.
# shellcheck disable=SC2016 # the other shell expands it
setpriv --pdeathsig KILL unshare --pid --fork --kill-child bash -c '"$@"; exit $?' uml \
	"$run/linux" "${uml[@]}" "lab.out=$run/out" "lab.tests=$tests" \
	> "$console" 2>&1 < /dev/null &
pid=$!

# first - the first test that failed
first()
{
	sed -nE '/^ *not ok [0-9]+ / { s/^ *not ok [0-9]+ ([^ ]+).*/kunit-\1/p; q }' "$console" |
		grep -a . || "${read_tap[@]}" -v live=1 "$tap" | sed -n '/^  not ok /{ s/^[^:]*: //p; q }'
}

# at - the last one that began, or the one after that which ended last
at()
{
	sed -n 's/^# #  RUN  *\([^ ]*\).*/\1/p' "$tap" | tail -n 1 | grep . ||
		sed -nE 's/^ *ok [0-9]+ ([^ ]+).*/KUnit, after \1/p' "$console" | tail -n 1 | grep -a . ||
		echo 'the boot'
}

idle=0 late='' said=''
while kill -0 $pid 2> /dev/null; do
	sleep 1
	[ -z "$(first)$(kunit_complaint "$console")" ] || break
	now=$(stat -c %s "$console" "$tap" | xargs)
	if [ "$now" = "$said" ]; then idle=$((idle + 1)); else idle=0; fi
	said=$now
	if [ $idle -ge "${IDLE:-60}" ] || [ $SECONDS -ge "${TIMEOUT:-600}" ]; then
		late=1
		break
	fi
done
# The rest of the line, and what a dying kernel has to say
[ -n "$late" ] || sleep 0.5
exec 4>&2 2> /dev/null	# bash says whom it saw killed
kill -KILL $pid || :
wait $pid || :
exec 2>&4 4>&-
rm -f "$run/linux"

failed=$(first) || :
bad=$(kunit_complaint "$console" | sed -E 's/^[0-9]+://; s/^\[[ 0-9.]*\] //')
if [ -n "$failed" ]; then
	echo "killed by $failed${bad:+ ($bad)}"
elif [ -n "$bad" ]; then
	echo "killed in $(at), died: $bad"
elif [ -n "$late" ]; then
	echo "timed out in $(at)"
elif [ ! -s "$console" ]; then
	exit 2
elif [ ! -f "$run/out/status" ]; then
	echo "killed in $(at), died: $(tail -n 1 "$console")"
elif ! "$scripts/test/kunit-verdicts.sh" "$console" kunit > "$run/kunit"; then
	echo 'killed under KUnit, which did not come to its end'
elif counts=$("${read_tap[@]}" "$tap"); then
	echo "SURVIVED: UML, $(tail -n 1 <<< "$counts" | sed 's/^[^:]*: //')"
else
	echo "killed by $(sed -n '/not ok/ { s/.*not ok *uml: //p; q }' <<< "$counts")"
fi
