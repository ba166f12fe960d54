# SPDX-License-Identifier: GPL-2.0
# gate-tree.sh - a work tree to go through the commits in
#
# Usage: . gate-tree.sh (after lib.sh)
#
# Makes build/tree/gate, at the base and configured in its O, so that the other
# trees stay as built. Sets gate and git, and defines what is below.
# shellcheck shell=bash disable=SC2154

stock=$trees/stock
gate=$trees/gate
git=(git -C "$stock")

# at COMMIT - have it checked out
at() { git -C "$gate" checkout -q --detach "$1"; }

# kmake ODIR TARGET...
kmake()
{
	local odir=$gate/$1

	make -s -C "$gate" O="$odir" -j "${JOBS:-$(nproc)}" "CC=$scripts/cc gcc" \
		"HOSTCC=ccache gcc" "${@:2}" < /dev/null
}

# commits RANGE - those that change code, the first one first
commits() { "${git[@]}" rev-list --reverse "$1" -- fs mm kernel include lib; }

if [ ! -f "$gate/Makefile" ]; then
	space 3000
	rm -rf "$gate"
	"${git[@]}" worktree prune
	"${git[@]}" worktree add -q --detach "$gate.tmp" base
	"${git[@]}" worktree move "$gate.tmp" "$gate"
fi
at base
"$scripts/config.sh" gate > /dev/null
