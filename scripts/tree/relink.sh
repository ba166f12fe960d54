#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# relink.sh - let from-list share its last patches with series; a step of refresh.sh
#
# Usage: relink.sh
#
# A patch of patches/BASE/from-list that is the same as one of series becomes a
# link to it. Links follow when a patch of series was renumbered, inserted or
# removed: they are those of series from the first one on that is linked to and
# still there.
#
# Exit status: 0

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

shopt -s nullglob
# slug FILE - its name without the number
slug() { local name=${1##*/}; echo "${name#*-}"; }

n=0 links=() first=''
for mail in "$patches"/from-list/*.patch; do
	for twin in "$patches"/series/*.patch; do
		[ -L "$mail" ] || ! cmp -s "$mail" "$twin" || ln -sf "../series/${twin##*/}" "$mail"
	done
	if [ -L "$mail" ]; then
		links+=("$(slug "$mail")")
		rm "$mail"
	else
		n=$((n + 1))
	fi
done
for mail in "$patches"/series/*.patch; do
	[[ -n $first || " ${links[*]} " == *" $(slug "$mail") "* ]] || continue
	first=$mail n=$((n + 1))
	ln -s "../series/${mail##*/}" "$(printf '%s/%04d-%s' "$patches/from-list" $n "$(slug "$mail")")"
done
