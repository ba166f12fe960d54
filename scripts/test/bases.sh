#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bases.sh - do the series of two bases still differ as they are meant to?
#
# Usage: bases.sh [--record]
#
# A gate of make test. Pairs the patches of 6.12 and 7.3 by their names and
# compares messages, added and removed lines; context and line numbers are the
# base's own affair. The difference has to be patches/7.3/against-6.12.diff, so
# that a change of one series that the other needs as well is not forgotten.
# --record writes that file: look at what git diff says of it before you commit.
#
# Exit status: 0 as recorded, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

recorded=$top/patches/7.3/against-6.12.diff
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# essence DIR OUT - message, added and removed lines of each patch, by its name
essence()
{
	local mail name

	mkdir -p "$2"
	for mail in "$1"/series/*.patch "$1"/hooks/*.patch; do
		name=${mail##*/}
		awk '
		/^Subject: / { message = 1 }
		/^---$/ && message { message = 0; print; next }
		message { print; next }
		/^diff --git / { print; next }
		/^(\+\+\+|---) / { next }
		/^[-+]/' "$mail" > "$2/${name#*-}"
	done
}

essence "$top/patches/6.12" "$tmp/6.12"
essence "$top/patches/7.3" "$tmp/7.3"
cp "$top/patches/6.12/parts" "$tmp/6.12/"
cp "$top/patches/7.3/parts" "$tmp/7.3/"
(cd "$tmp" && diff -rNu 6.12 7.3 | sed -E 's/^(---|\+\+\+) ([^\t]*)\t.*/\1 \2/; /^diff -rNu /d') > "$tmp/now" || :
if [ "${1:-}" = --record ]; then
	cp "$tmp/now" "$recorded"
	say RECORD "$(short "$recorded"), $(grep -c '^--- ' "$recorded") patches differ"
	exit 0
fi
[ -f "$recorded" ] || { not_ok bases "no $(short "$recorded")"; exit 1; }
if diff -u "$recorded" "$tmp/now" > "$tmp/diff"; then
	ok "bases ($(grep -c '^--- ' "$recorded") patches of 7.3 differ from 6.12's, as recorded)"
else
	cp "$tmp/diff" "$build/results/gate-bases.log"
	not_ok bases "6.12 and 7.3 differ in another way than recorded, see $(short "$build/results/gate-bases.log")"
	exit 1
fi
