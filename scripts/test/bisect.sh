#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bisect.sh - make bisect: does each commit boot and pass tests by itself?
#
# Usage: bisect.sh
#
# Builds each commit of the ways to the series, from stock and from the list,
# boots it and runs the test programs in which no kernel is expected to fail and
# that need no slab counts; two guests run while the next commit is built. A tree
# that was booted on the one way is not booted again on the other. JOBS= jobs.
#
# Exit status: 0 all do, 1 one does not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

need ccache qemu-system-x86_64
[ -x "$build/kselftest/run_kselftest.sh" ] || die "no selftests: 'make ready' installs them"
mkdir -p "$build/results" "$build/log"
. "$scripts/test/gate-tree.sh"
gate_tree
from_list=base
! known_tree from-list || from_list=$("$scripts/tree/tip.sh" from-list) || exit 1
series=$("$scripts/tree/tip.sh" series) || exit 1
verdicts=$build/results/bisect.txt
log=$build/log/bisect.log
guests=0
: > "$verdicts"
: > "$log"
# shellcheck disable=SC2046 # a list
trap 'kill $(jobs -p) 2> /dev/null || :' EXIT
trap 'exit 130' INT TERM HUP

# boot RUN-DIR NAME
boot()
{
	local said

	said=$(child "$scripts/test/mutant-boot.sh" "$1" '' setup_test lifetime_test) ||
		said="not booted, see $(short "$1")/boot.log"
	case $said in
	SURVIVED*) ok "$2 (${said#*: })" ;;
	*) not_ok "$2" "$said" ;;
	esac | tee -a "$verdicts"
}

{
	commits "base..$series" | sed 's/^/series /'
	commits "base..$from_list" | sed 's/^/from-list /'
} > "$build/results/bisect-commits"
declare -A seen
while read -r way id; do
	name="$way $("${git[@]}" log -1 --format='%h %s' "$id")"
	state=$("${git[@]}" rev-parse "$id^{tree}")
	if [ -n "${seen[$state]:-}" ]; then
		say SAME "$name: the tree of ${seen[$state]}"
		continue
	fi
	seen[$state]=$name
	at "$id"
	if ! gmake O bzImage >> "$log" 2>&1; then
		not_ok "$name" "does not build, see $(short "$log")" | tee -a "$verdicts"
		continue
	fi
	run=$build/run/bisect-${id:0:12}
	mkdir -p "$run"
	cp "$gate/O/arch/x86/boot/bzImage" "$run/"
	[ $guests -lt 2 ] || { wait -n || :; guests=$((guests - 1)); }
	boot "$run" "$name" &
	guests=$((guests + 1))
done < "$build/results/bisect-commits"
wait
! grep -q '^not ok ' "$verdicts"
