#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# tree.sh - bring build/tree/NAME up to date with patches/ and the new files
#
# Usage: tree.sh [--keep] NAME
#
# NAME as in tip.sh. Only the files that differ are written, so that a build
# goes on from where it was. Work of yours in the tree (commits, or changes not
# committed) is never overwritten: without --keep that is an error, with it the
# tree is left as it is.
#
# Exit status: 0 the tree is there, 1 it is not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

keep=
[ "${1:-}" != --keep ] || { keep=1; shift; }
[ $# = 1 ] || { usage >&2; exit 1; }
name=$1
known_tree "$name" || die "no such tree: $name (stock, list, series, or a folder in patches/$base/peers)"

"$scripts/tree/prepare.sh"
[ "$name" != stock ] || exit 0
tree=$trees/$name
git=(git -C "$trees/stock")

# have - the commit that this script last put there
have=$("${git[@]}" rev-parse -q --verify "refs/lab/tree/$name" || :)
if [ -n "$have" ] && [ -f "$tree/Makefile" ]; then
	git -C "$tree" update-index -q --refresh > /dev/null || :
	head=$(git -C "$tree" rev-parse 'HEAD^{tree}')
	work=
	git -C "$tree" diff-index --quiet HEAD || work=changes
	if [ -z "$work" ] && [ "$head" != "$("${git[@]}" rev-parse "$have^{tree}")" ]; then
		# After make refresh, the patches say what the commits said.
		tip=$("$scripts/tree/tip.sh" "$name") || exit 1
		[ "$head" = "$("${git[@]}" rev-parse "$tip^{tree}")" ] || work=commits
	fi
	if [ -n "$work" ] && [ -n "$keep" ]; then
		say TREE "$name, with your $work"
		exit 0
	fi
	[ -z "$work" ] || die "build/tree/$name has $work of yours: commit them and \
'make refresh' takes them into patches/, 'git -C build/tree/$name checkout -f refs/lab/$name' drops them"
fi

tip=$("$scripts/tree/tip.sh" "$name") || exit 1
if [ ! -f "$tree/Makefile" ] || [ -z "$have" ]; then
	space 3000
	say TREE "$name: checking out $(printf '%.12s' "$tip")"
	rm -rf "$tree" "$trees/.$name.tmp"
	"${git[@]}" worktree prune
	"${git[@]}" worktree add -q --detach "$trees/.$name.tmp" "$tip"
	"${git[@]}" worktree move "$trees/.$name.tmp" "$tree"
elif [ "$(git -C "$tree" rev-parse HEAD)" != "$tip" ]; then
	say TREE "$name: to $(printf '%.12s' "$tip")"
	git -C "$tree" checkout -q --detach "$tip"
fi
"${git[@]}" update-ref "refs/lab/tree/$name" "$tip"
