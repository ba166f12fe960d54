#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# uml.sh - build a tree as a program of this machine: user-mode Linux
#
# Usage: uml.sh TREE
#
# build/tree/TREE/O-uml/linux, with kernel/configs/uml.config, and with SMP where
# the base's UML has it (7.3). build/log/build-uml-TREE.log has what was said.
#
# Exit status: 0 built, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 1; }
name=$1
tree=$trees/$name odir=$trees/$name/O-uml log=$build/log/build-uml-$name.log
need gcc ccache
[ -f "$tree/Kconfig" ] || die "no such tree: $(short "$tree") ('make trees' makes it)"
mkdir -p "$odir" "$build/log"
start=$SECONDS
exec 9> "$build/.lock-uml"
flock 9

# A tree without the series has no tests of it
leave_out='^$'
grep -q AIO_KUNIT_TEST "$tree/init/Kconfig" || leave_out=_KUNIT_
grep -v "$leave_out" "$top/kernel/configs/uml.config" > "$odir/.lab-uml.config"
! uml_has_smp "$name" || printf 'CONFIG_%s\n' SMP=y NR_CPUS=4 >> "$odir/.lab-uml.config"
{
	sum=$({ cat "$odir/.lab-uml.config"; git -C "$tree" rev-parse HEAD; } | sha1sum)
	if [ "$sum" != "$(cat "$odir/.lab-config" 2> /dev/null)" ]; then
		kmake "$tree" "$odir" ARCH=um tinyconfig &&
		(cd "$odir" && "$tree/scripts/kconfig/merge_config.sh" -m .config .lab-uml.config) &&
		kmake "$tree" "$odir" ARCH=um olddefconfig &&
		"$scripts/kernel/check-config.sh" "$odir/.config" "$odir/.lab-uml.config" &&
		echo "$sum" > "$odir/.lab-config"
	fi && kmake "$tree" "$odir" ARCH=um linux
} > "$log" 2>&1 || die "UML does not build: $(grep -m 1 -E 'error|wanted' "$log" || tail -n 1 "$log"), see $(short "$log")"
say BUILT "$name, for UML, in $((SECONDS - start)) s"
