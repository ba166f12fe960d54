#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# try.sh - the kselftests and the 512-context fio job on one kernel
#
# Usage: try.sh K
#
# A step of main.sh, which reads build/results/try-K: two lines, what became of
# the selftests; instructions per I/O and context switches of fio.
#
# Exit status: 0 all held, 1 something did not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 1; }
k=$1
mkdir -p "$build/results"
out=$build/results/try-$k
sum=$build/results/kselftest-$k.sum
cost=$build/results/fio-512-contexts-$k.tsv
rm -f "$out" "$sum" "$cost"
failed=0 rc=0

# Both at once: the tests mostly wait. What company does to the count, fio's
# context switches say.
child "$scripts/bench/fio.sh" "$k" 512-contexts &
fio=$!
child "$scripts/test/kselftest.sh" "$k" || rc=$?
p='' f='' s=0 x=0
[ ! -f "$sum" ] || read -r p f s x < "$sum"
case $rc in
0 | 1) tested="$p passed, $f failed" ;;
*) tested=$(verdict_of $rc) ;;
esac
[ "$rc" = 0 ] || failed=1
[ "$s" = 0 ] || tested+=", $s skipped"
[ "$x" = 0 ] || tested+=", $x as expected failed"

wait "$fio" || failed=1
printf '%s\n' "$tested" "$(awk -F '\t' '$2 == "per_io" { io = $4 } $2 == "fio.switches" { s = $4 }
	END { if (io) printf "%.0f %d", io, s }' "$cost" 2> /dev/null | grep . || echo failed)" > "$out"
exit $failed
