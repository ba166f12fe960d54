#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# gates-compile.sh - the gates of make test that compile, but build no kernel
#
# Usage: gates-compile.sh
#
# Each commit of the series, and of the way from the list, compiles what the
# series touches, with CONFIG_AIO=y and =n; the last one all of fs/ and mm/ with =n;
# and it has no warning of W=1 or of sparse that the base has not. Details are in
# build/results/gate-NAME.log.
#
# Exit status: 0 all held, 1 some did not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

need sparse ccache
mkdir -p "$build/results" "$build/log"
. "$scripts/test/gate-tree.sh"
gate_tree
series=$("$scripts/tree/tip.sh" series) || exit 1
from_list=
! known_tree from-list || from_list=$("$scripts/tree/tip.sh" from-list) || exit 1
bad=0

mkdir -p "$gate/O-noaio" "$gate/O-warn"
cp "$gate/O/.config" "$gate/O-warn/.config"
sed '/CONFIG_AIO[ =]/d' "$gate/O/.config" > "$gate/O-noaio/.config"
echo '# CONFIG_AIO is not set' >> "$gate/O-noaio/.config"
for odir in O-noaio O-warn; do
	gmake $odir olddefconfig
done
grep -q '^# CONFIG_AIO is not set' "$gate/O-noaio/.config" || die "CONFIG_AIO=n does not stick"

# What the series changes, as objects; a header counts through who includes it.
mapfile -t objects < <("${git[@]}" diff --name-only base "$series" -- \
	'fs/*.c' 'mm/*.c' 'kernel/*.c' 'lib/*.c' ':!fs/tests' ':!*_kunit.c' | sed 's/c$/o/')
objects+=(fs/aio.o kernel/fork.o mm/debug.o)
mapfile -t objects < <(printf '%s\n' "${objects[@]}" | sort -u)
mapfile -t without < <(printf '%s\n' "${objects[@]}" | grep -v '^fs/aio\.o$')

# each NAME COMMITS... - do they all compile?
each()
{
	local log=$build/results/gate-bisect-$1.log id n=0

	: > "$log"
	for id in "${@:2}"; do
		at "$id"
		n=$((n + 1))
		if ! gmake O "${objects[@]}" >> "$log" 2>&1 ||
			! gmake O-noaio "${without[@]}" >> "$log" 2>&1; then
			not_ok "bisect-$1" "$("${git[@]}" log -1 --format=%s "$id") does not compile, see $(short "$log")"
			bad=1
			return
		fi
	done
	ok "bisect-$1 ($n commits, CONFIG_AIO=y and =n)"
}

mapfile -t ids < <(commits "base..$series")
each series "${ids[@]}"
at "$series"
if gmake O-noaio fs/ mm/ > "$build/results/gate-aio-n.log" 2>&1; then
	ok 'aio-n (all of fs/ and mm/)'
else
	not_ok aio-n "see $(short "$build/results/gate-aio-n.log")"
	bad=1
fi

# Warnings, without line numbers, of the base and of the series
for id in base "$series"; do
	at "$id"
	for kind in w1 sparse; do
		log=$build/results/gate-$kind-$([ "$id" = base ] && echo base || echo series).log
		for object in "${objects[@]}"; do rm -f "$gate/O-warn/$object"; done
		case $kind in
		w1) gmake O-warn W=1 "${objects[@]}" > "$log" 2>&1 ;;
		sparse) gmake O-warn C=2 CF=-D__CHECK_ENDIAN__ "${objects[@]}" > "$log" 2>&1 ;;
		esac || { echo "error: make failed" >> "$log"; }
		grep -E '(warning|error):' "$log" | sed -E 's/:[0-9]+(:[0-9]+)?:/:/g' |
			sort > "$log.sorted" || :
	done
done
for kind in w1 sparse; do
	log=$build/results/gate-$kind
	comm -13 "$log-base.log.sorted" "$log-series.log.sorted" > "$log.log"
	n=$(wc -l < "$log.log")
	if grep -q 'sparse is not available' "$log-series.log"; then
		say SKIP "sparse: $(sparse --version) is too old for Linux $base"
	elif [ "$n" = 0 ]; then
		ok "$kind (no new warning in ${objects[*]})"
	else
		not_ok "$kind" "$n new, the first: $(head -n 1 "$log.log")"
		bad=1
	fi
done

if [ -n "$from_list" ]; then
	mapfile -t ids < <(commits "base..$from_list")
	each from-list "${ids[@]}"
fi
exit $bad
