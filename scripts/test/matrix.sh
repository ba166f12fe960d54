#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# matrix.sh - make matrix: the series under every kind of kernel
#
# Usage: matrix.sh [FLAVOUR | arm64]...
#
# Builds series in each flavour that has a kernel/configs/aio_FLAVOUR.config
# (build.sh checks the final .config against it), boots it and runs the
# selftests; ends with a table, kept in build/results/matrix.txt. What differs
# stands in the fragment, after a "#": "Packages:" that it wants, "Compiler:",
# "Tests:" compiler options of the selftests, "Run: no" (built only) or "Run:
# boot" (booted, and io_setup(2) must say ENOSYS). arm64 is built with Debian's
# cross compiler, not booted.
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
[ $# != 0 ] || set -- debug kasan kcsan up ia32 clang noaio i386 arm64
bad=0

# row FLAVOUR OBJECTS VERDICT
row()
{
	printf '%-8s %-26s %s\n' "$@" >> "$table"
	say MATRIX "$1: $3"
	[[ $3 == [a-z0-9]* ]] || bad=1
}

# selftests FLAVOUR - prints the verdict, in capitals if it is a failure
selftests()
{
	local k=series-$1 rc=0 p f s x counts found

	child "$scripts/test/kselftest.sh" "$k" > "$build/log/matrix-$1.log" 2>&1 || rc=$?
	[ -f "$results/kselftest-$k.sum" ] || { echo "NOT RUN: $(tail -n 1 "$build/log/matrix-$1.log")"; return; }
	read -r p f s x < "$results/kselftest-$k.sum"
	counts="$p passed, $f failed, $s skipped, $x expected failures"
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

arm64()
{
	local tree=$trees/series odir=$trees/series/O-arm64 log=$build/log/matrix-arm64.log
	local compiler=aarch64-linux-gnu-gcc
	local make=(kmake "$tree" "$odir" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-)

	mkdir -p "$odir"
	printf 'CONFIG_%s=y\n' AIO BLOCK COMPACTION EPOLL EVENTFD MIGRATION PROC_FS SHMEM SMP SYSCTL \
		> "$odir/fragment"
	{
		"${make[@]}" tinyconfig && (cd "$odir" &&
			"$tree/scripts/kconfig/merge_config.sh" -m .config fragment) &&
		"${make[@]}" olddefconfig && "$scripts/kernel/check-config.sh" "$odir/.config" "$odir/fragment" &&
		"${make[@]}" Image
	} > "$log" 2>&1 < /dev/null || { echo "DOES NOT BUILD: see $(short "$log")"; return; }
	echo 'built (Image), not booted'
}

for f; do
	[ "$f" = arm64 ] || [ -f "$top/kernel/configs/aio_$f.config" ] || die "no such flavour: $f"
done
: > "$table"
for f; do
	if [ "$f" = arm64 ]; then
		"$scripts/install-deps.sh" gcc-aarch64-linux-gnu
		row arm64 'tinyconfig + AIO' "$(arm64)"
		continue
	fi
	if ! child "$scripts/kernel/build.sh" "series-$f"; then
		row "$f" - "DOES NOT BUILD: see build/log/*-series-$f.log"
		continue
	fi
	case $(flavour_says Run "$f") in
	no) verdict='built, not booted' ;;
	boot) verdict=$(no_aio "$f") ;;
	*) verdict=$(selftests "$f") ;;
	esac
	row "$f" "$(cat "$build/log/objects-$f" 2> /dev/null || echo '?') objects" "$verdict"
done
echo
cat "$table"
exit $bad
