#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# applies.sh - which patches apply to this source? patch by patch
#
# Usage: applies.sh [NAME]
#
# For a source that is not the one that patches/BASE names: a newer package, or
# KSRC=. NAME is a folder in patches/BASE (default: series), its patches are tried
# in their order on build/tree/stock, beside its work tree; one that does not apply
# is left out, and what leans on it will not apply either. A line each.
#
# Exit status: 0 all apply, 1 some do not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[[ $# -le 1 && ${1:-} != -* ]] || { usage >&2; exit 1; }
name=${1:-series} bad=0
[ -d "$trees/stock/.git" ] || die "no base yet: scripts/tree/prepare.sh makes it"
shopt -s nullglob
mails=("$patches/$name"/*.patch)
[ ${#mails[@]} -gt 0 ] || die "no patch in $(short "$patches/$name")"
[ "$name" != series ] || mails+=("$patches"/hooks/*.patch)
GIT_INDEX_FILE=$(mktemp)
export GIT_INDEX_FILE
trap 'rm -f "$GIT_INDEX_FILE"' EXIT
git=(git -C "$trees/stock")
"${git[@]}" read-tree base
for mail in "${mails[@]}"; do
	# git apply wants a patch; that one of the hooks is empty is no failure
	if ! grep -q '^diff --git' "$mail" ||
	   said=$("${git[@]}" apply --cached --whitespace=nowarn "$mail" 2>&1); then
		ok "applies-$(basename "$mail" .patch)"
	else
		not_ok "applies-$(basename "$mail" .patch)" "${said%%$'\n'*}"
		bad=1
	fi
done
exit $bad
