#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# matrix.sh - make matrix: the series under every kind of kernel
#
# Usage: matrix.sh [FLAVOUR]...
#
# Builds series in each flavour that has a kernel/configs/aio_FLAVOUR.config
# (build.sh checks the final .config against it), boots it and runs the
# selftests; ends with a table, kept in build/results/matrix.txt. What differs
# stands in the fragment, after a "#": "Packages:" that it wants, "Compiler:",
# "Tests:" compiler options of the selftests, "Run: no" (built only), "Run:
# boot" (booted, and io_setup(2) must say ENOSYS) or "Run: objects" (what the
# series changes is compiled). With "Arch:" it is another architecture, for
# arch.sh, which runs KUnit as well.
#
# Of KCSAN's reports those count that kcsan-races.sh prints. TIMEOUT= seconds a
# guest (default 2400).
#
# Exit status: 0 all held, 1 something did not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[[ ${1:-} != -* ]] || { usage; exit 1; }
export TIMEOUT=${TIMEOUT:-2400}
results=$build/results
mkdir -p "$results" "$build/log"
table=$results/matrix.txt
[ $# != 0 ] || set -- debug mem kasan kcsan rt up ia32 clang noaio i386 arm64 s390
bad=0

# row FLAVOUR ARCHITECTURE VERDICT
row()
{
	printf '%-8s %-26s %s\n' "$@" >> "$table"
	say MATRIX "$1: $3"
	[[ $3 == [a-z0-9]* ]] || bad=1
}

# selftests FLAVOUR - prints the verdict, in capitals if it is a failure
selftests()
{
	local k=series-$1 rc=0 p f s x counts found log=$build/log/matrix-$1.log
	local run=("$scripts/test/kselftest.sh" "$k") kunit

	[ -z "$(flavour_says Arch "$1")" ] || run=("$scripts/test/arch.sh" "$1")
	rm -f "$results/kselftest-$k.sum"
	child "${run[@]}" > "$log" 2>&1 || rc=$?
	[ -f "$results/kselftest-$k.sum" ] || { echo "NOT RUN: $(tail -n 1 "$log")"; return; }
	read -r p f s x < "$results/kselftest-$k.sum"
	counts="$p passed, $f failed, $s skipped, $x expected failures"
	kunit=$(grep -c "^ok kunit-$1-" "$log") || :
	[ "$kunit" = 0 ] || counts+="; KUnit: $kunit passed, $(grep -c "^not ok kunit-$1-" "$log" || :) failed"
	if [ "$1" = kcsan ] && [ $rc = 125 ]; then
		if found=$("$scripts/boot/kcsan-races.sh" "$k" "$build/run/kselftest-$k/console.log"); then
			rc=0
		fi
		counts+="; $(head -n 1 <<< "$found")"
		[ "$f" = 0 ] || rc=1
	fi
	case $rc in
	0) echo "$counts" ;;
	*) echo "$(verdict_of $rc | tr '[:lower:]' '[:upper:]'): $counts" ;;
	esac
}

# no_aio FLAVOUR - a kernel that knows nothing of AIO, and boots
no_aio()
{
	local said rc=0

	# 206 is io_setup(2) on x86-64, 38 is ENOSYS.
	# shellcheck disable=SC2016 # perl's dollars
	said=$(child "$scripts/boot/boot" "series-$1" -- perl -e \
		'my $c = pack("Q", 0); print syscall(206, 1, $c), " ", $! + 0, " ", -e "/proc/sys/fs/aio-nr" ? 1 : 0' \
		2> "$build/log/matrix-$1.log") || rc=$?
	if [ "$rc/$said" = '0/-1 38 0' ]; then echo 'boots, io_setup() says ENOSYS'; else
		echo "FAILED: status $rc, io_setup() says '$said'"; fi
}

# objects FLAVOUR
objects()
{
	local log=$build/log/matrix-$1.log

	if child "$scripts/test/arch.sh" "$1" > "$log" 2>&1; then echo 'compiled, no more'; else
		echo "DOES NOT COMPILE: $(tail -n 1 "$log")"; fi
}

for f; do
	[ -f "$top/kernel/configs/aio_$f.config" ] || die "no such flavour: $f"
done
: > "$table"
for f; do
	# arch.sh builds what it boots.
	if [ -z "$(flavour_says Arch "$f")" ] && ! child "$scripts/kernel/build.sh" "series-$f"; then
		row "$f" - "DOES NOT BUILD: see build/log/*-series-$f.log"
		continue
	fi
	case $(flavour_says Run "$f") in
	no) verdict='built, not booted' ;;
	objects) verdict=$(objects "$f") ;;
	boot) verdict=$(no_aio "$f") ;;
	*) verdict=$(selftests "$f") ;;
	esac
	what=$(flavour_says Arch "$f")
	row "$f" "${what:-x86-64}" "$verdict"
done
echo
cat "$table"
exit $bad
