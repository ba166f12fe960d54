#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# meta.sh - make meta: does the lab turn red, and for the right reason?
#
# Usage: meta.sh [NAME]...
#
# Runs tests/meta/NAME.sh (default: all). Each breaks something on purpose and
# says with expect what a step of the lab must then say. They run where mounts
# are their own, with build/results and build/run empty, and boot the series kernel as it is
# built. Prints "ok meta-NAME" or "not ok ..." a test; their output is in
# build/log/meta-NAME.log.
#
# Exit status: 0 all held, 1 not, 2 could not start

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

die_status=2
[[ ${1:-} != -* ]] || { usage; exit 2; }
if [ -z "${LAB_META:-}" ]; then
	[ -f "$trees/series/O/.lab-stamp" ] || die "series is not built: 'scripts/kernel/build.sh series' does"
	ns=(unshare -m)
	[ "$(id -u)" = 0 ] || ns=(unshare -rm)
	"${ns[@]}" true || die 'no mounts of our own here, not run'
	LAB_META=1 exec setpriv --pdeathsig TERM "${ns[@]}" bash "$0" "$@"
fi
unset LAB_META

mkdir -p "$build/log" "$build/results" "$build/run" "$build/meta"
mount -t tmpfs tmpfs "$build/results"
mount -t tmpfs tmpfs "$build/run"
mount -t tmpfs tmpfs "$build/meta"
meta=$build/meta

# shellcheck disable=SC2317 # the tests call it
# expect STATUS PATTERN COMMAND... - it must end so, and give that reason
expect()
{
	local want=$1 pattern=$2 out rc=0

	shift 2
	out=$("$@" 2>&1 < /dev/null) || rc=$?
	printf '%s\n%s\nstatus %d\n' "$*" "$out" "$rc" >> "$log"
	if [ "$rc" != "$want" ]; then
		echo "status $rc, should be $want: $(tail -n 1 <<< "$out")"
		exit 1
	fi
	if ! grep -qE -e "$pattern" <<< "$out"; then
		echo "does not say '$pattern': $(tail -n 1 <<< "$out")"
		exit 1
	fi
}

# shellcheck disable=SC2317
# flavour NAME LINE - for this test series-NAME is a kernel with LINE in its .config
flavour()
{
	cp -r "$top/kernel/configs" "$meta/configs"
	echo "$2" > "$meta/configs/aio_$1.config"
	mount --bind "$meta/configs" "$top/kernel/configs"
}

# shellcheck disable=SC2317
# selftests LINE... - for this test the selftests are one that says these lines
selftests()
{
	local dir=$meta/kselftest

	mkdir -p "$dir/aio"
	cp -r "$build/kselftest/kselftest" "$build/kselftest/run_kselftest.sh" "$dir/"
	echo 'aio:broken' > "$dir/kselftest-list.txt"
	echo 'timeout=5' > "$dir/aio/settings"
	printf '%s\n' '#!/bin/sh' "$@" > "$dir/aio/broken"
	chmod +x "$dir/aio/broken"
	export LAB_KSELFTEST=$dir
}

# shellcheck disable=SC2046 # names without spaces
[ $# != 0 ] || set -- $(basename -s .sh "$top"/tests/meta/*.sh)
rc=0
for name; do
	[ -f "$top/tests/meta/$name.sh" ] || die "no such test: $name"
	log=$build/log/meta-$name.log
	: > "$log"
	if why=$(
		# shellcheck source=/dev/null
		. "$top/tests/meta/$name.sh"
	); then
		ok "meta-$name"
	else
		not_ok "meta-$name" "${why:-ended early}, see $(short "$log")"
		rc=1
	fi
	# What a test that failed left behind
	for at in "$top/kernel/configs" "$trees/series/O-lie" "$patches"; do
		! mountpoint -q "$at" || umount "$at"
	done
	[ -d "$meta" ] || umount "$build"
	rm -rf "${meta:?}"/*
done
exit $rc
