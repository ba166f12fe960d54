#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check-config.sh - did every line of the config fragments really stick?
#
# Usage: check-config.sh FINAL FRAGMENT...
#
# kconfig drops a requested option silently when something it depends on is
# not there. Compares each line of the fragments (of a symbol named twice, the
# last) with FINAL, and lists those that did not make it.
#
# Exit status: 0 all there, 1 some are not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# -ge 2 ] || { usage >&2; exit 1; }
final=$1
shift
[ -r "$final" ] || die "$final: no such .config"

# CONFIG_X=n, "# CONFIG_X is not set" and no line at all are the same answer.
awk '
function parse(line)
{
	if (line ~ /^# CONFIG_[A-Za-z0-9_]+ is not set/) {
		split(line, word, " ")
		sym = word[2]
		val = "n"
		return 1
	}
	if (line !~ /^CONFIG_[A-Za-z0-9_]+=/)
		return 0
	sym = substr(line, 1, index(line, "=") - 1)
	val = substr(line, index(line, "=") + 1)
	return 1
}
FNR == 1 { nr_file++ }
!parse($0) { next }
nr_file == 1 { have[sym] = val; next }
{ want[sym] = val; from[sym] = FILENAME }
END {
	for (sym in want) {
		seen = sym in have ? have[sym] : "n"
		if (seen == want[sym])
			continue
		printf "%s: wanted %s=%s, got %s\n", from[sym], sym, want[sym], seen
		bad = 1
	}
	exit bad
}' "$final" "$@"
