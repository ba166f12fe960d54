#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# series.sh - write the complete posting to build/series
#
# Usage: series.sh
#
# The stock route, then the commits with the new files; numbered, as mails.
#   build/series/0000-cover-letter.txt	patches/6.12/cover.txt (subject, empty
#					line, text), diffstat, base-commit:
#   build/series/NNNN-*.patch		for git am build/series/*.patch
#   build/series/series.mbx		all of it, for b4 am -m
#
# Exit status: 0 written, 1 not

set -euo pipefail
. "$(dirname "$0")/lib.sh"

cover=$patches/cover.txt
[ -s "$cover" ] || die "no $(short "$cover")"
tip=$("$scripts/tip.sh" route) || exit 1
git=(git -C "$trees/stock" -c core.abbrev=12)
out=$build/series
rm -rf "$out" "$out.tmp"
mkdir -p "$out.tmp"

# The same posting gives the same files: the date is the last patch's.
GIT_COMMITTER_DATE=$("${git[@]}" log -1 --format=%ad "$tip")
export GIT_COMMITTER_DATE
# git's own date does not reach the message ids: they are made from the tip.
"${git[@]}" format-patch -q -o "$out.tmp" --zero-commit --no-signature -n \
	--cover-letter --thread=shallow --base=base "base..$tip"
sed -i -E "s/^((Message-Id|In-Reply-To|References): <.*)\.[0-9]+\.git\./\1.${tip:0:12}.git./" \
	"$out.tmp"/*.patch
# One line a subject, however long: b4 0.12 does not read a folded one.
sed -i -e ':more' -e '/^Subject: / { N; s/\n / /; t more' -e '}' "$out.tmp"/*.patch
awk -v cover="$cover" '
BEGIN {
	getline subject < cover
	getline skipped < cover
	while ((getline line < cover) > 0)
		text = text line "\n"
}
{ sub(/\*\*\* SUBJECT HERE \*\*\*/, subject) }
/^\*\*\* BLURB HERE \*\*\*$/ { printf "%s", text; next }
{ print }' "$out.tmp/0000-cover-letter.patch" > "$out.tmp/0000-cover-letter.txt"
rm "$out.tmp/0000-cover-letter.patch"
cat "$out.tmp/0000-cover-letter.txt" "$out.tmp"/*.patch > "$out.tmp/series.mbx"
mv "$out.tmp" "$out"
say SERIES "build/series: $(find "$out" -name '*.patch' | wc -l) patches and a cover letter"
