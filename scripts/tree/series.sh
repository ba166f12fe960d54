#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# series.sh - write the complete posting to build/series, a folder a part
#
# Usage: series.sh
#
# patches/6.12/parts names the parts, in the order to post them in, and how many
# patches of patches/6.12/series each takes; the last has the new files. For each:
#   build/series/N-PART/0000-cover-letter.txt	patches/6.12/cover-PART.txt
#						(subject, empty line, text),
#						diffstat, base-commit:
#   build/series/N-PART/NNNN-*.patch		for git am, after the parts before
#   build/series/N-PART/PART.mbx		all of it, for b4 am -m
#
# Exit status: 0 written, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

tip=$("$scripts/tree/tip.sh" series) || exit 1
git=(git -C "$trees/stock" -c core.abbrev=12)
out=$build/series
rm -rf "$out" "$out.tmp"
mkdir -p "$out.tmp"
mapfile -t ids < <("${git[@]}" rev-list --reverse "base..$tip")

# part N NAME FROM TO - one posting, with the patches after FROM up to TO
part()
{
	local dir=$out.tmp/$1-$2 cover=$patches/cover-$2.txt

	[ -s "$cover" ] || die "no $(short "$cover")"
	# The same posting gives the same files: the date is the last patch's.
	GIT_COMMITTER_DATE=$("${git[@]}" log -1 --format=%ad "$4")
	export GIT_COMMITTER_DATE
	"${git[@]}" format-patch -q -o "$dir" --zero-commit --no-signature -n \
		--cover-letter --thread=shallow --base=base "$3..$4"
	# git's own date does not reach the message ids: they are made from the tip.
	sed -i -E "s/^((Message-Id|In-Reply-To|References): <.*)\.[0-9]+\.git\./\1.${4:0:12}.git./" \
		"$dir"/*.patch
	# One line a subject, however long: b4 0.12 does not read a folded one.
	sed -i -e ':more' -e '/^Subject: / { N; s/\n / /; t more' -e '}' "$dir"/*.patch
	awk -v cover="$cover" '
	BEGIN {
		getline subject < cover
		getline skipped < cover
		while ((getline line < cover) > 0)
			text = text line "\n"
	}
	{ sub(/\*\*\* SUBJECT HERE \*\*\*/, subject) }
	/^\*\*\* BLURB HERE \*\*\*$/ { printf "%s", text; next }
	{ print }' "$dir/0000-cover-letter.patch" > "$dir/0000-cover-letter.txt"
	rm "$dir/0000-cover-letter.patch"
	cat "$dir/0000-cover-letter.txt" "$dir"/*.patch > "$dir/$2.mbx"
}

n=0 at=0 from=base
while read -r name size; do
	n=$((n + 1))
	[ "$size" != rest ] || size=$((${#ids[@]} - at))
	at=$((at + size))
	if [ "$size" -lt 1 ] || [ "$at" -gt ${#ids[@]} ]; then
		die "patches/6.12/parts: $name wants $size patches, which are not there"
	fi
	part $n "$name" "$from" "${ids[at - 1]}"
	from=${ids[at - 1]}
done < <(grep -v '^#' "$patches/parts")
[ "$at" = ${#ids[@]} ] || die "patches/6.12/parts: $((${#ids[@]} - at)) patches are in no part"
mv "$out.tmp" "$out"
say SERIES "build/series: $at patches in $n parts"
