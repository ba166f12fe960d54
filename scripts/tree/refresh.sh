#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# refresh.sh - turn the commits in the prepared trees back into patches/
#
# Usage: refresh.sh
#
# build/tree/list, series and from-list (if it is there) give the patches in the
# folders of patches/BASE of the same names. What from-list shares with series
# are links, which follow when a patch is renumbered, inserted or removed. A new
# file of this repository that a commit touches is copied back to its home; what
# else such a commit changes is written to the patch in patches/BASE/hooks that
# the file belongs to. Nothing is written before all of it could be read.
# Unchanged commits give unchanged files, byte for byte.
#
# Exit status: 0 done, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

git=(git -C "$trees/stock" -c core.abbrev=12)
format=("${git[@]}" format-patch -q --zero-commit -N --no-signature)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Which hook a new file belongs to: path (file or folder) to hook
declare -A home
while read -r hook paths; do
	for path in $paths; do
		home[$path]=$hook
	done
done < <(grep -v '^#' "$patches/hooks/files")

# hook_of FILE - empty if it is not one of the new files
hook_of()
{
	local path=$1

	until [ "$path" = . ]; do
		[ -z "${home[$path]:-}" ] || { echo "${home[$path]}"; return; }
		path=$(dirname "$path")
	done
}

# take NAME START - sort the commits of a tree
take()
{
	local id file hook mine rest subject n=1

	git -C "$trees/$1" update-index -q --refresh > /dev/null || :
	git -C "$trees/$1" diff-index --quiet HEAD ||
		die "build/tree/$1 has changes that are not committed"
	# Commits of the lab's own came from patches/: nothing to take back, and
	# patches/ may be ahead of them by now.
	[ "$(git -C "$trees/$1" rev-parse HEAD)" != "$("${git[@]}" rev-parse "refs/lab/tree/$1")" ] ||
		return 0
	mkdir -p "$tmp/$1"
	git -C "$trees/$1" merge-base --is-ancestor "$2" HEAD ||
		die "build/tree/$1 does not start from $2: rebase it"
	for id in $(git -C "$trees/$1" rev-list --reverse "$2..HEAD"); do
		hook='' mine=() rest=()
		while read -r file; do
			if [ -n "$(hook_of "$file")" ]; then
				hook=$(hook_of "$file")
				mine+=("$file")
			else
				rest+=("$file")
			fi
		done < <("${git[@]}" diff-tree --no-commit-id --name-only -r "$id")
		subject=$("${git[@]}" log -1 --format=%f "$id")
		if [ -z "$hook" ]; then
			# A hook without a new file is known by its subject.
			for file in "$patches"/hooks/????-"${subject:0:52}"*.patch; do
				[ ! -f "$file" ] || hook=${file##*/}
			done
		fi
		if [ -z "$hook" ]; then
			"${format[@]}" -o "$tmp/$1" --start-number $n -1 "$id"
			n=$((n + 1))
			continue
		fi
		printf '%s\n' "${mine[@]}" >> "$tmp/new-$1"
		[ ${#rest[@]} = 0 ] ||
			"${format[@]}" --stdout -1 "$id" -- "${rest[@]}" > "$tmp/hooks/$hook"
	done
}

start_of_from_list()
{
	local id

	for id in "$(git -C "$trees/list" rev-parse HEAD)" refs/lab/list; do
		! git -C "$trees/from-list" merge-base --is-ancestor "$id" HEAD || { echo "$id"; return; }
	done
	die "build/tree/from-list does not start from the list: rebase it on build/tree/list"
}

mkdir -p "$tmp/hooks"
[ -d "$trees/stock/.git" ] || die "no tree is prepared: 'make trees' does"
for name in list series from-list; do
	[ -f "$trees/$name/Makefile" ] || continue
	start=base
	[ $name != from-list ] || start=$(start_of_from_list)
	take $name "$start"
done

# put DIR - replace its patches by the new ones
put()
{
	[ -d "$tmp/$1" ] || return 0
	say REFRESH "$(short "$patches")/$1"
	rm -f "$patches/$1"/*.patch
	cp "$tmp/$1"/*.patch "$patches/$1/" 2> /dev/null || say REFRESH "$1 has no patch left"
}

for name in list series from-list; do
	put $name
done
"$scripts/tree/relink.sh"
! compgen -G "$tmp/hooks/*.patch" > /dev/null || cp "$tmp"/hooks/*.patch "$patches/hooks/"

for name in series from-list; do
	[ -f "$tmp/new-$name" ] || continue
	while read -r file; do
		# Only what was changed in the tree: the file here may be newer.
		[ -n "$file" ] || continue
		"${git[@]}" cat-file blob "refs/lab/tree/$name:$file" > "$tmp/was" 2> /dev/null || :
		! cmp -s "$trees/$name/$file" "$tmp/was" || continue
		to=$(home_of "$file")
		! cmp -s "$trees/$name/$file" "$to" || continue
		say REFRESH "$(short "$to"), from $(short "$trees")/$name"
		if [ -f "$trees/$name/$file" ]; then
			mkdir -p "$(dirname "$to")"
			cp -p "$trees/$name/$file" "$to"
		else
			rm -f "$to"
		fi
	done < <(sort -u "$tmp/new-$name")
done
