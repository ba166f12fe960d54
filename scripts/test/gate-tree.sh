# SPDX-License-Identifier: GPL-2.0
# gate-tree.sh - a work tree to go through the commits in
#
# Usage: . gate-tree.sh (after lib.sh), then gate_tree
# shellcheck shell=bash disable=SC2154

stock=$trees/stock
gate=$trees/gate
git=(git -C "$stock")

# at COMMIT - have it checked out
at() { git -C "$gate" checkout -q --detach "$1"; }

# gmake ODIR TARGET...
gmake() { kmake "$gate" "$gate/$1" -s "${@:2}"; }

# commits RANGE - those that change code, the first one first
commits() { "${git[@]}" rev-list --reverse "$1" -- fs mm kernel include lib; }

# gate_tree - make build/tree/gate, at the base and configured in its O: the
# other trees stay as built. It is the caller's until that ends.
gate_tree()
{
	exec 6> "$build/.lock-gate"
	flock -n 6 || die "build/tree/gate is in use by another make test, check or bisect"
	if [ ! -f "$gate/Makefile" ]; then
		space 3000
		rm -rf "$gate" "$gate.tmp"
		"${git[@]}" worktree prune
		"${git[@]}" worktree add -q --detach "$gate.tmp" base
		"${git[@]}" worktree move "$gate.tmp" "$gate"
	fi
	at base
	"$scripts/kernel/config.sh" gate > /dev/null
}
