#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# litmus.sh - make litmus: is the ordering of the series what it should be?
#
# Usage: litmus.sh [TEST.litmus]...
#
# Runs herd7 on Documentation/litmus-tests/aio (default: all) against the memory
# model of build/tree/series, and compares each answer with the test's "Result:".
# Prints "ok litmus-NAME" or "not ok ..." a test; build/results/litmus.log has
# what herd7 said.
#
# herd7 is $HERD7, or what is in PATH, or the package of Debian's unstable suite,
# which is fetched from this machine's own mirror and unpacked below build/herd
# with the libraries that it wants: nothing is installed.
#
# Exit status: 0 all as they should be, 1 not, 4 no herd7: not run

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

model=$trees/series/tools/memory-model
[ -f "$model/linux-kernel.cfg" ] || die "build/tree/series is missing: 'make trees'"

fetch_herd()
{
	local dir=$build/herd.tmp deb

	"$scripts/tree/fetch-deb.sh" "$dir" unstable deb herdtools7 libc6 libgmp10 || return 1
	for deb in "$dir"/*.deb; do
		dpkg -x "$deb" "$dir/root" || return 1
	done
	rm -rf "$build/herd" "$dir"/*.deb
	mv "$dir" "$build/herd"
}

find_herd()
{
	local root=$build/herd/root

	herd=("${HERD7:-$(command -v herd7 || :)}")
	[ -z "${herd[0]}" ] || return 0
	if [ ! -d "$root" ]; then
		say FETCH 'herdtools7, of the unstable suite' >&2
		fetch_herd > "$build/log/herd.log" 2>&1 || return 1
	fi
	herd=("$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu"
		"$root/usr/bin/herd7" -set-libdir "$root/usr/share/herdtools7/herd")
}

[ $# != 0 ] || set -- "$top"/Documentation/litmus-tests/aio/*.litmus
for test; do
	[ -f "$test" ] || die "$test: no such litmus test"
done
mkdir -p "$build/log" "$build/results"
log=$build/results/litmus.log
if ! find_herd; then
	say SKIP "litmus tests: no herd7 to be had, see $(short "$build/log/herd.log")" >&2
	exit 4
fi

rc=0
: > "$log"
for test; do
	name=litmus-$(basename "$test" .litmus)
	want=$(sed -n 's/^ \* Result: //p' "$test")
	test=$(realpath "$test")
	said=$(cd "$model" && timeout 60 "${herd[@]}" -conf linux-kernel.cfg "$test" 2>&1) || :
	printf '%s\n' "$said" >> "$log"
	got=$(sed -n 's/^Observation [^ ]* \([^ ]*\) .*/\1/p' <<< "$said")
	if [ "$want" = Never ] && grep -q '^Flag' <<< "$said"; then
		got="Never, but $(grep -m 1 '^Flag' <<< "$said")"
	fi
	if [ -n "$want" ] && [ "$got" = "$want" ]; then
		ok "$name ($got)"
	else
		not_ok "$name" "herd7 says '${got:-nothing}', should be '$want', see $(short "$log")"
		rc=1
	fi
done
exit $rc
