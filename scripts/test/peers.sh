#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers.sh - make peers: other people's tests of AIO, on stock and on series
#
# Usage: peers.sh [K...]
#
# libaio's own harness (from Debian's source package, fetched from this
# machine's mirror), stress-ng's aiol stressor, fio with --verify on ext2, and
# trinity restricted to the io_* calls, on K (default: stock and series). All
# kernels must come to the same verdict on each. Trinity also runs on
# series-debug, under KASAN, unless it is not built. build/results/peers-K.txt
# has a line a test, build/run/peers-K what they said. SECONDS_EACH= bounds
# stress-ng and trinity (default 60), SEED= is trinity's (default 1).
#
# Exit status: 0 the same verdicts, 1 not, or a kernel died or complained

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

libaio=$build/libaio
seconds=${SECONDS_EACH:-60} seed=${SEED:-1}
bad=0

fetch_libaio()
{
	local dir=$build/libaio.tmp

	"$scripts/tree/fetch-deb.sh" "$dir" bookworm deb-src libaio &&
	tar -C "$dir" --strip-components=1 -xf "$dir"/libaio_*.orig.tar.gz &&
	make -C "$dir/src" &&
	make -C "$dir/harness" all testdir/rofile testdir/rwfile testdir/wofile ext2.img \
		testdir.ext2 testdir.enospc &&
	mv "$dir" "$libaio"
}

mkdir -p "$build/log" "$build/results"
"$scripts/install-deps.sh" stress-ng trinity
if [ ! -d "$libaio" ]; then
	say FETCH "libaio's source package, and its harness"
	fetch_libaio > "$build/log/libaio.log" 2>&1 ||
		die "libaio's harness could not be had: see $(short "$build/log/libaio.log")"
fi

# run K WHAT... - boots K for these tests
run()
{
	local k=$1 rc=0 run=$build/run/peers-$1

	mkdir -p "$run"
	child "$scripts/boot/boot" --run "$run" --timeout 1800 "$k" -- \
		"$scripts/guest/peers.sh" "$libaio" "$seconds" "$seed" "${@:2}" \
		> "$build/results/peers-$k.txt" || rc=$?
	[ $rc = 0 ] || { not_ok "peers-$k" "$(verdict_of $rc), see $(short "$run/console.log")"; bad=1; }
	for what in "${@:2}"; do
		grep -q "^$what.* pass$" "$build/results/peers-$k.txt" ||
			{ not_ok "peers-$k" "nothing of $what passed"; bad=1; }
	done
}

[ $# != 0 ] || set -- stock series
for k; do
	child "$scripts/tree/tree.sh" --keep "${k%%-*}"
	child "$scripts/kernel/build.sh" "$k"
	run "$k" libaio stress fio trinity
done
printf '%-36s %s\n' test "$*"
while read -r test _; do
	verdicts=()
	for k; do
		verdicts+=("$(sed -n "s/^$test //p" "$build/results/peers-$k.txt")")
	done
	same=
	[ "$(printf '%s\n' "${verdicts[@]}" | sort -u | wc -l)" = 1 ] || { same=' DIFFERENT'; bad=1; }
	printf '%-36s %s%s\n' "$test" "${verdicts[*]}" "$same"
done < "$build/results/peers-$1.txt"
if [ -f "$trees/series/O-debug/.lab-stamp" ]; then
	child "$scripts/kernel/build.sh" series-debug
	run series-debug trinity
	sed 's/^/series-debug, KASAN: /' "$build/results/peers-series-debug.txt"
else
	say SKIP 'trinity under KASAN: series-debug is not built'
fi
exit $bad
