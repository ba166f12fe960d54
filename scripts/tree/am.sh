#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# am.sh - apply the code of the series to a kernel tree of yours
#
# Usage: am.sh DIR
#
# DIR is the top of a clean git work tree. Its version picks the base, 6.12 or
# 7.3; if its fs/aio.c has the list, the patches are those of from-list.
# All of them apply, or the tree is left as it was.
#
# Exit status: 0 applied, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"
# A tree of the user's: the user's own settings count.
unset GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM

[ -n "${1:-}" ] || die 'which tree? make am TREE=DIR'
need git
dir=$(realpath -e "$1" 2> /dev/null) || die "TREE=$1: no such directory"
git=(git -C "$dir")

[ "$("${git[@]}" rev-parse --show-toplevel 2> /dev/null)" = "$dir" ] ||
	die "$1 is not the top of a git work tree"
[ -f "$dir/fs/aio.c" ] || die "$1 is no kernel tree: it has no fs/aio.c"
for state in rebase-apply rebase-merge MERGE_HEAD; do
	[ ! -e "$("${git[@]}" rev-parse --path-format=absolute --git-path $state)" ] ||
		die "$1 is in the middle of an am, a rebase or a merge"
done
[ -z "$("${git[@]}" status --porcelain -uno)" ] ||
	die "$1 has changes that are not committed"
"${git[@]}" config user.email > /dev/null ||
	export GIT_COMMITTER_NAME=${USER:-root} GIT_COMMITTER_EMAIL=${USER:-root}@localhost

of_makefile() { sed -n "s/^$1 = //p" "$dir/Makefile"; }
version=$(of_makefile VERSION).$(of_makefile PATCHLEVEL)
mapfile -t bases < <(cd "$top/patches" && printf '%s\n' */BASE | sed 's|/BASE||' | sort -V)
patches=$top/patches/$version
if [ ! -f "$patches/BASE" ]; then
	# The first base that is not older, or else the last one
	nearest=$(printf '%s\n' "${bases[@]}" "$version" | sort -V | sed -n "/^$version$/ { n; p }")
	die "$1 is Linux $version: there are patches for ${bases[*]}, the nearest are those of ${nearest:-${bases[-1]}}"
fi
way=series
! grep -q ioctx_list "$dir/fs/aio.c" || way=from-list
[ -d "$patches/$way" ] || die "$1 has the list, and $(short "$patches") no patches for it"
shopt -s nullglob
mails=("$patches/$way"/*.patch)
[ ${#mails[@]} -gt 0 ] || die "no patch in $(short "$patches/$way")"

say AM "$(short "$patches/$way"), ${#mails[@]} patches, to $dir"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! "${git[@]}" am -q -3 "${mails[@]}" > "$log" 2>&1; then
	failed=$("${git[@]}" rev-parse --git-path rebase-apply/next)
	failed=$(cat "$dir/$failed" 2> /dev/null || cat "$failed" 2> /dev/null || echo 1)
	"${git[@]}" am --abort > /dev/null 2>&1 || :
	grep -m 3 -E '^(error|fatal|CONFLICT)' "$log" >&2 || :
	die "$(short "${mails[failed - 1]}") does not apply to $1; the tree is as it was"
fi
say AM "done: $("${git[@]}" log -1 --format='%h %s')"
