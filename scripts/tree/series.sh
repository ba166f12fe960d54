#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# series.sh - write the complete posting to build/series, a folder a part
#
# Usage: series.sh
#
# patches/BASE/parts names the parts, in the order to post them in, how many
# patches of patches/BASE/series each takes (the last has the new files), its
# version and its change-id, as b4 has it. From version 2 on the cover has to say
# what changed, after a line "Changes in vN:". For each:
#   build/series/N-PART/0000-cover-letter.txt	patches/BASE/cover-PART.txt
#						(subject, empty line, text),
#						the base, diffstat, Cc: of
#						get_maintainer.pl
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

# part N NAME FROM TO VERSION CHANGE-ID - one posting: the patches after FROM up to TO
part()
{
	local dir=$out.tmp/$1-$2 cover=$patches/cover-$2.txt version=

	[ -s "$cover" ] || die "no $(short "$cover")"
	[[ "$5 $6" =~ ^[1-9][0-9]*\ [0-9]{8}-[a-z0-9-]+-[0-9a-f]{12}$ ]] ||
		die "$(short "$patches")/parts: $2 has no version or no change-id"
	[ "$5" = 1 ] || version=" v$5"
	[ "$5" = 1 ] || grep -q "^Changes in v$5:" "$cover" ||
		die "$(short "$cover") does not say what changed in v$5"
	# The same posting gives the same files: the date is the last patch's.
	GIT_COMMITTER_DATE=$("${git[@]}" log -1 --format=%ad "$4")
	export GIT_COMMITTER_DATE
	"${git[@]}" format-patch -q -o "$dir" --zero-commit --no-signature -n \
		--subject-prefix="PATCH$version" --cover-letter --thread=shallow --base=base "$3..$4"
	# git's own date does not reach the message ids: they are made from the tip.
	sed -i -E "s/^((Message-Id|In-Reply-To|References): <.*)\.[0-9]+\.git\./\1.${4:0:12}.git./" \
		"$dir"/*.patch
	# One line a subject, however long: b4 0.12 does not read a folded one.
	sed -i -e ':more' -e '/^Subject: / { N; s/\n / /; t more' -e '}' "$dir"/*.patch
	cc=$(cd "$trees/stock" && perl scripts/get_maintainer.pl --nogit --nogit-fallback \
		--norolestats "$dir"/0*.patch 2> /dev/null | grep -v '^$' | paste -sd , | sed 's/,/, /g')
	awk -v cover="$cover" -v id="$6" -v cc="$cc" -v source="$source" '
	BEGIN {
		getline subject < cover
		getline skipped < cover
		while ((getline line < cover) > 0)
			text = text line "\n"
	}
	/^Subject: / { print "Cc: " cc }
	{ sub(/\*\*\* SUBJECT HERE \*\*\*/, subject) }
	/^base-commit: / { print; print "change-id: " id; next }
	/^\*\*\* BLURB HERE \*\*\*$/ { printf "%s\n%s\n", text, source; next }
	{ print }' "$dir/0000-cover-letter.patch" > "$dir/0000-cover-letter.txt"
	rm "$dir/0000-cover-letter.patch"
	cat "$dir/0000-cover-letter.txt" "$dir"/*.patch > "$dir/$2.mbx"
}

source="Based on $(base_says mainline), in Debian's source of it: $(base_says package) $(base_says version)"
source+=$'\n'"(sha256 of the tarball: $(base_says sha256))."
n=0 at=0 from=base
while read -r name size version id; do
	n=$((n + 1))
	[ "$size" != rest ] || size=$((${#ids[@]} - at))
	at=$((at + size))
	if [ "$size" -lt 1 ] || [ "$at" -gt ${#ids[@]} ]; then
		die "$(short "$patches")/parts: $name wants $size patches, which are not there"
	fi
	part $n "$name" "$from" "${ids[at - 1]}" "${version:-}" "${id:-}"
	from=${ids[at - 1]}
done < <(grep -v '^#' "$patches/parts")
[ "$at" = ${#ids[@]} ] || die "$(short "$patches")/parts: $((${#ids[@]} - at)) patches are in no part"
mv "$out.tmp" "$out"
say SERIES "$(short "$out"): $at patches in $n parts"
