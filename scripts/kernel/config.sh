#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# config.sh - write the .config of a kernel, and check that it is what was asked
#
# Usage: config.sh NAME[-FLAVOUR]
#
# tinyconfig + kernel/configs/aio_lab.config + the selftests' config +
# base-BASE.config, if there is one; for a flavour also aio_FLAVOUR.config, the
# selftests' config.FLAVOUR, and the KUnit suites of the tree, which run at boot
# only if told to (kunit.sh). The .config
# is touched only when it changes, so nothing is rebuilt for nothing.
#
# Exit status: 0 done (or nothing to do), 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 1; }
split_k "$1"
[ -f "$tree/Kconfig" ] || die "no such tree: $(short "$tree")"

selftest=$top/tools/testing/selftests/aio
frags=("$top/kernel/configs/aio_lab.config")
[ ! -f "$selftest/config" ] || frags+=("$selftest/config")
[ ! -f "$top/kernel/configs/base-$base.config" ] || frags+=("$top/kernel/configs/base-$base.config")
if [ -n "$flavour" ]; then
	frags+=("$top/kernel/configs/aio_$flavour.config")
	[ ! -f "$selftest/config.$flavour" ] ||
		frags+=("$selftest/config.$flavour")
fi

# Suites of KUnit: what fs/tests/.kunitconfig has for UML does not all fit here.
suites=$tree/fs/tests/.kunitconfig
if [ -n "$flavour" ] && [ -f "$suites" ] && [ -z "$(flavour_says Run "$flavour")" ]; then
	mkdir -p "$build/log"
	frags+=("$build/log/kunit-suites.config")
	{
		echo CONFIG_RUNTIME_TESTING_MENU=y
		grep -E '^CONFIG_[A-Z_]+_KUNIT_TEST=y' "$suites"
	} > "${frags[-1]}"
fi

# What the result depends on: the fragments, the tree, and the compiler.
sum=$({
	cat "${frags[@]}" "$0"
	git -C "$tree" rev-parse HEAD
	"$compiler" --version
} | sha1sum)
mkdir -p "$odir"
if [ -f "$odir/.config" ] && [ "$sum" = "$(cat "$odir/.lab-config" 2> /dev/null)" ]; then
	exit 0
fi
rm -f "$odir/.lab-config"

say CONFIG "$1"
log=$build/log/config-$1.log
mkdir -p "$build/log"
new=.config.new

{
	rm -f "$odir/$new"* &&
	kmake "$tree" "$odir" "KCONFIG_CONFIG=$new" tinyconfig &&
	# It works where it stands, and its last file wins.
	(cd "$odir" && KCONFIG_CONFIG=$new \
		"$tree/scripts/kconfig/merge_config.sh" -m "$new" "${frags[@]}") &&
	kmake "$tree" "$odir" "KCONFIG_CONFIG=$new" olddefconfig
} > "$log" 2>&1 < /dev/null ||
	die "$1: making the .config failed, see $(short "$log"): $(grep -m 1 -E 'rror|\*\*\*' "$log")"

"$scripts/kernel/check-config.sh" "$odir/$new" "${frags[@]}" |
	sed "s|$top/||" | tee -a "$log" >&2 ||
	die "$1: the .config is not what the fragments ask for (lines above)"

cmp -s "$odir/$new" "$odir/.config" || cp "$odir/$new" "$odir/.config"
rm -f "$odir/$new"*
echo "$sum" > "$odir/.lab-config"
