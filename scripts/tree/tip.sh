#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tip.sh - make the commits of a tree, and print the last one's id
#
# Usage: tip.sh NAME
#
#   stock       the kernel as shipped
#   list        stock + patches/BASE/list
#   series      stock + patches/BASE/series, then the new files (see below)
#   from-list   list + patches/BASE/from-list, then the new files: the same tree
#   any other   patches/BASE/peers/NAME on list, or on the tree that the file BASE
#               in there names
#
# New files are kept whole in this repository, at their kernel paths; what a base
# needs otherwise, in patches/BASE/files.
# patches/BASE/hooks/files says which of them join the commit of which patch in
# patches/BASE/hooks: "PATCH PATH...", a line each.
#
# Commits are made beside any work tree, with git mailinfo and an index of
# their own: a patch that does not apply leaves nothing behind. Authors and
# dates come from the patches, so the ids are the same everywhere. The result
# is refs/lab/NAME; it is made again only when something that went in changed.
#
# Exit status: 0 done, 1 not (one line says which patch)

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 1; }
name=$1
known_tree "$name" || die "no such tree: $name (stock, list, series, or a folder in patches/$base/peers)"
[ -d "$trees/stock/.git" ] || die "no base yet: scripts/tree/prepare.sh makes it"
git=(git -C "$trees/stock")

dir=$patches/$name new_files=
case $name in
stock) "${git[@]}" rev-parse base; exit ;;
list) from=stock ;;
from-list) from=list new_files=1 ;;
series) from=stock new_files=1 ;;
*)
	from=list dir=$patches/peers/$name
	[ ! -f "$dir/BASE" ] || from=$(cat "$dir/BASE") ;;
esac
start=$("$scripts/tree/tip.sh" "$from")

shopt -s nullglob
mails=("$dir"/*.patch)
[ ${#mails[@]} -gt 0 ] || die "$name: no patch in $(short "$dir")"
hooks=()
[ -z "$new_files" ] || hooks=("$patches"/hooks/*.patch)

# paths HOOK - the new files that join it
paths()
{
	local list

	list=$(sed -n "s/^${1##*/}[[:space:]]\+//p" "$patches/hooks/files")
	[ -n "$list" ] || return 0
	# Without git (a tarball) programs that were built there have to be told
	# from sources in another way: no new file of the series may be executed.
	# shellcheck disable=SC2086 # a list
	git -C "$top" ls-files -co --exclude-standard -- $list 2> /dev/null ||
		(cd "$top" && find $list -type f ! -perm -u+x ! -name '*.o')
}

stamp=$("${git[@]}" rev-parse --absolute-git-dir)/lab-stamp-$name
sum=$({
	echo "$start"
	cat "$0" "${mails[@]}"
	for hook in "${hooks[@]}"; do
		cat "$hook"
		while read -r file; do
			home=$(home_of "$file")
			[ ! -f "$home" ] || stat -c '%A' "$home"
			[ ! -f "$home" ] || sha1sum "$home"
		done < <(paths "$hook")
	done
} | sha1sum)
if [ "$sum" = "$(cat "$stamp" 2> /dev/null)" ]; then
	"${git[@]}" rev-parse --verify -q "refs/lab/$name" && exit
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export GIT_INDEX_FILE=$tmp/index
export GIT_COMMITTER_NAME='AIO context-table lab' GIT_COMMITTER_EMAIL=lab@localhost
"${git[@]}" read-tree "$start"
tip=$start

# add_files HOOK - put its new files into the index
add_files()
{
	local file mode home

	while read -r file; do
		home=$(home_of "$file")
		[ -f "$home" ] || continue
		mode=100644
		[ ! -x "$home" ] || mode=100755
		printf '%s %s\t%s\n' "$mode" \
			"$("${git[@]}" hash-object -w "$home")" "$file"
	done < <(paths "$1") | "${git[@]}" update-index --add --index-info
}

# apply MAIL [HOOK] - what git am does
apply()
{
	local info

	info=$(git mailinfo "$tmp/msg" "$tmp/diff" < "$1" 2> /dev/null) ||
		die "$name: $(short "$1") is no mail of git format-patch"
	field() { sed -n "s/^$1: //p" <<< "$info"; }
	[ ! -s "$tmp/diff" ] || "${git[@]}" apply --cached --whitespace=nowarn "$tmp/diff" 2> "$tmp/err" ||
		die "$name: $(short "$1") does not apply to $from: $(head -n 1 "$tmp/err")"
	[ -z "${2:-}" ] || add_files "$2"
	GIT_AUTHOR_NAME=$(field Author) GIT_AUTHOR_EMAIL=$(field Email)
	GIT_AUTHOR_DATE=$(field Date)
	GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
	export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_DATE
	tip=$({ field Subject; echo; cat "$tmp/msg"; } | git stripspace |
		"${git[@]}" commit-tree -p "$tip" "$("${git[@]}" write-tree)")
}

for mail in "${mails[@]}"; do
	apply "$mail"
done
for hook in "${hooks[@]}"; do
	apply "$hook" "$hook"
done
"${git[@]}" update-ref "refs/lab/$name" "$tip"
echo "$sum" > "$stamp"
echo "$tip"
