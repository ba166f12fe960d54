#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# gates-text.sh - the gates of make test that compile nothing
#
# Usage: gates-text.sh
#
# Prints "ok NAME" or "not ok NAME: reason" a gate; details are in
# build/results/gate-NAME.log.
#
# Exit status: 0 all held, 1 some did not

# shellcheck disable=SC2317 # gate() calls the functions by name
set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

results=$build/results
mkdir -p "$results"
stock=$trees/stock
git=(git -C "$stock")
bad=0
gate()
{
	local log=$results/gate-$1.log

	if ("$2" > "$log" 2>&1); then
		ok "$1"
	else
		not_ok "$1" "$(tail -n 1 "$log") (all of it: $(short "$log"))"
		bad=1
	fi
}

shell_scripts()
{
	local file shell=()

	while read -r file; do
		[ "$(wc -l < "$file")" -lt 150 ] || [[ $file = *.py ]] ||
			{ echo "$(short "$file") has 150 lines or more"; return 1; }
		grep -q '^\(# \)*SPDX-License-Identifier: GPL-2.0' "$file" || [[ $file = *-allowed ]] ||
			{ echo "$(short "$file") has no SPDX line"; return 1; }
		! head -n 3 "$file" | grep -qE '^#!.*bash|shellcheck shell=bash' || shell+=("$file")
		[[ $file != *.sh ]] || shell+=("$file")
	done < <(find "$scripts" "$top/tests/meta" "$top/.ci/run" -type f ! -name '*.pyc' ! -name README)
	shellcheck "${shell[@]}"
}

# The figures of make bench; Debian's python3 has the modules
bench_report()
{
	"$scripts/install-deps.sh" --bench > /dev/null &&
		/usr/bin/python3 -B -m unittest discover -s "$scripts/bench"
}

mutate_py() { /usr/bin/python3 -B -m unittest discover -s "$scripts/test"; }

# From the list and from stock, the patches end in the same tree.
routes_agree()
{
	local from_list series

	from_list=$("$scripts/tree/tip.sh" from-list) && series=$("$scripts/tree/tip.sh" series) || return 1
	"${git[@]}" rev-parse "$from_list^{tree}" "$series^{tree}"
	"${git[@]}" diff --stat "$from_list" "$series"
	"${git[@]}" diff --quiet "$from_list" "$series" || { echo "the two ways end in different trees"; return 1; }
}

# git am, as a user runs it, on a clean base; in a work tree with little in it
series_applies()
{
	local work=$trees/.am want got rc=0

	want=$("${git[@]}" rev-parse "$("$scripts/tree/tip.sh" series)^{tree}")
	rm -rf "$work"
	"${git[@]}" worktree prune
	"${git[@]}" worktree add -q --no-checkout --detach "$work" base
	git -C "$work" sparse-checkout set --cone mm
	git -C "$work" checkout -q
	git -C "$work" am -q "$build"/series/*/*.patch || rc=1
	got=$(git -C "$work" rev-parse 'HEAD^{tree}')
	"${git[@]}" worktree remove --force "$work"
	[ "$rc" = 0 ] || { echo "git am failed"; return 1; }
	[ "$got" = "$want" ] || { echo "git am gives tree $got, the lab has $want"; return 1; }
	grep -q "^base-commit: $("${git[@]}" rev-parse base)" "$build/series/1-fixes/0000-cover-letter.txt" ||
		{ echo "the cover letter has no base-commit"; return 1; }
}

# No new complaint about a kernel-doc comment
kernel_doc()
{
	local tip file tmp

	tip=$("$scripts/tree/tip.sh" series) || return 1
	tmp=$(mktemp -d)
	while read -r file; do
		for id in base "$tip"; do
			mkdir -p "$tmp/$id/$(dirname "$file")"
			"${git[@]}" show "$id:$file" > "$tmp/$id/$file" 2> /dev/null || : > "$tmp/$id/$file"
			(cd "$tmp/$id" && perl "$stock/scripts/kernel-doc" -none "$file" 2>&1) |
				sed 's/:[0-9]*:/:/' >> "$tmp/$id.txt" || :
		done
	done < <("${git[@]}" diff --name-only --diff-filter=AM base "$tip" -- '*.c' '*.h')
	comm -13 <(sort "$tmp/base.txt") <(sort "$tmp/$tip.txt") > "$tmp/new"
	cat "$tmp/new"
	file=$(wc -l < "$tmp/new")
	rm -rf "$tmp"
	[ "$file" = 0 ]
}

"$scripts/tree/series.sh" > /dev/null
gate checkpatch "$scripts/test/checkpatch.sh"
gate shellcheck shell_scripts
gate bench-report bench_report
gate mutate-py mutate_py
! known_tree from-list || gate routes-agree routes_agree
gate series-applies series_applies
gate kernel-doc kernel_doc
"$scripts/bench/check-report.sh" || bad=1
"$scripts/test/bases.sh" || bad=1
exit $bad
