#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kunit-verdicts.sh - what KUnit said on a console, as kunit.py reads it
#
# Usage: kunit-verdicts.sh CONSOLE WORD [JSON]
#
# Prints "ok WORD-NAME" or "not ok WORD-NAME: see CONSOLE" a test. With JSON, a
# file of kunit.py, that is what is printed, and CONSOLE is only named.
#
# Exit status: 1 a console on which a test failed, or KUnit did not come to its
# end; else 0

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# -ge 2 ] || { usage >&2; exit 1; }
console=$1 word=$2
json=${3:-$(mktemp)}
[ $# = 3 ] || trap 'rm -f "$json" "$json.ktap"' EXIT
rc=0
if [ $# = 2 ]; then
	tr -d '\r' < "$console" > "$json.ktap"
	"$trees/series/tools/testing/kunit/kunit.py" parse --json="$json" "$json.ktap" > /dev/null 2>&1 || rc=1
fi
[ ! -s "$json" ] || jq -r --arg log "$(short "$console")" --arg word "$word" '
	def tests: .test_cases[], (.sub_groups[] | tests);
	tests | { PASS: "ok \($word)-\(.name)", SKIP: "ok \($word)-\(.name) # SKIP" }[.status] //
		"not ok \($word)-\(.name): see \($log)"' "$json"
exit $rc
