#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# mutate.sh - make mutate: bugs that nobody chose; does a test see each?
#
# Usage: [N=40] [SEED=1] [DIFFS=FOLDER] mutate.sh [--qemu] [NNN]...
#
# Has mutate.py draw N small changes to the lines of C that the series adds, and
# compiles what each changes. Those that compile to what was there before, for UML
# and for QEMU (series, series-debug, series-ia32) alike, are equivalent. The others
# are run under UML: KUnit and the selftests, the quick ones first, to the first
# that fails. GUESTS= (2) run while the next is built. NNN: these alone, again.
#
# --qemu is a step of its own: what survived UML is built as series, series-ia32 (if
# that is built here) and series-debug and booted, with the selftests, then KUnit.
# Where no series-debug is built on this base, 6.12's is taken, if the change applies
# to it.
#
# The changes are build/results/mutate/NNN.diff, the verdicts build/results/mutate.txt,
# with the counts at the end. A second run goes on behind those that are there, if
# seed and series are the same. DIFFS= has bugs of yours instead, *.diff, each of one
# file: build/results/diffs, diffs.txt. mutate-may-survive says why some survive:
# FUNCTION, OPERATOR, WHAT, WHY, with tabs. BUDGET= seconds after which none is begun,
# TIMEOUT= of a boot.
#
# Exit status: 0 all have verdicts, none survived; 1 not; 2 not run

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"
. "$scripts/test/mutate-code.sh"
. "$scripts/test/mutate-run.sh"

die_status=2
qemu=
[ "${1:-}" != --qemu ] || { qemu=--qemu; shift; }
[[ $* =~ ^[0-9\ ]*$ ]] || { usage >&2; exit 2; }
number=${N:-40} seed=${SEED:-1} tree=$trees/series results=$build/results/mutate
[[ $number$seed =~ ^[0-9]+$ ]] || die "N=$number SEED=$seed: not numbers"
give=(write "$tree" "$results" "$number" "$seed")
[ -z "${DIFFS:-}" ] || { results=$build/results/diffs give=(take "$DIFFS" "$build/results/diffs"); }
qtree=$trees/series qbase=$base
[ -f "$qtree/O-debug/.lab-stamp" ] || { qtree=$top/build/tree/series qbase=6.12; }
if [ -z "${LAB_MUTATE:-}" ]; then
	need unshare setpriv make gcc ccache git patch objcopy jq python3
	for file in "$tree/O-uml/.lab-config" "$build/kselftest/run_kselftest.sh"; do
		[ -f "$file" ] || die "no $(short "$file"): 'make uml BASE=$base' builds that"
	done
	ns=(unshare -m)
	[ "$(id -u)" = 0 ] || ns=(unshare -rm)
	"${ns[@]}" true || die 'no mounts of our own here, not run'
	LAB_MUTATE=1 exec setpriv --pdeathsig TERM "${ns[@]}" bash "$0" $qemu "$@"
fi
unset LAB_MUTATE

space 1500
work=$build/mutate verdicts=$results.txt log=$build/log/mutate.log
mkdir -p "$work" "$build/log" "$build/results"
exec 8> "$build/.lock-mutate"
flock -n 8 || die 'another mutate.sh is running'
# What is changed has to be the same; tests may have come
tip="# tip $(git -C "$tree" diff refs/heads/base HEAD -- '*.[ch]' ":!*tests/*" :!tools |
	sha1sum | cut -c 1-12) ${DIFFS:-seed $seed}"
if [ "$(head -n 1 "$verdicts" 2> /dev/null)" != "$tip" ]; then
	echo "$tip" > "$verdicts"
	: > "$work/codes"
fi
rm -rf "$results" "$work"/{over,tests}
python3 -B "$scripts/test/mutate.py" "${give[@]}"
number=$(wc -l < "$results/index")
for nn; do
	grep -q "^$nn	" "$results/index" || die "$nn: there are $number changes, 001 and so on"
done

# What takes longer than some seconds under UML goes last
cp -r "$build/kselftest" "$work/tests"
list=$build/kselftest/kselftest-list.txt slow='exit_wait|inflight|interrupt|memory|race|ring|table'
{ grep -vE ":($slow)" "$list"; grep -E ":($slow)" "$list"; } > "$work/tests/kselftest-list.txt"

for dir in "$tree" "$qtree"; do
	! mountpoint -q "$dir" || continue
	at=$work/over/$(sha1sum <<< "$dir" | cut -c 1-8)
	mkdir -p "$at/upper" "$at/work"
	mount -t overlay overlay -o "lowerdir=$dir,upperdir=$at/upper,workdir=$at/work" "$dir" ||
		die 'no overlay file system here, not run'
done
qodirs=()
for stamp in "$qtree"/O{,-debug,-ia32}/.lab-stamp; do
	[ ! -f "$stamp" ] || qodirs+=("${stamp%/*}")
done

# shellcheck disable=SC2046 # a list
trap 'kill $(jobs -p) 2> /dev/null || :' EXIT
trap 'exit 130' INT TERM HUP
if [ -n "$qemu" ]; then
	[[ -f $qtree/O/.lab-stamp && -f $qtree/O-debug/.lab-stamp ]] ||
		die 'series and series-debug are not built, not run in QEMU'
else
	compare_ia32
fi

# Those that may survive come last: each of them takes as long as all tests do.
given=$#
for known in '' yes; do
	while IFS=$'\t' read -r -u 3 nn place function operator what; do
		[ $given = 0 ] || [[ " $* " == *" $nn "* ]] || continue
		why=$(why_it_may)
		[ "${why:+yes}" = "$known" ] || continue
		[ $SECONDS -lt "${BUDGET:-999999}" ] || break 2
		judge
	done 3< "$results/index"
done
wait
python3 -B "$scripts/test/mutate.py" sum "$verdicts" --tidy
! grep -E '^[0-9]+ .* (SURVIVED|NOT RUN)' "$verdicts" > /dev/null || exit 1
[ "$(grep -c '^[0-9]' "$verdicts")" -ge "$number" ]
