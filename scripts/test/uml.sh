#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# uml.sh - make uml: KUnit and the selftests under UML, without QEMU, in minutes
#
# Usage: uml.sh [TREE]
#
# Builds TREE (default series) for ARCH=um, boots it once: KUnit runs as it comes
# up, then the selftests, with the host's files as its root. With SMP where the
# base's UML has it (BASE=7.3). The threads of one process do not run at once
# there, and system calls cost more than on a machine: a quick answer, not the
# whole one. What is said is in build/results/uml-TREE.tap and build/run/uml-TREE.
# TIMEOUT= seconds (default 600).
#
# Exit status: 0 all held, 1 something failed, 124 timed out, 125 the kernel died

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

name=${1:-series}
tree=$trees/$name odir=$trees/$name/O-uml
run=$build/run/uml-$name results=$build/results log=$build/log/build-uml-$name.log
need gcc ccache jq python3
[ -f "$tree/Kconfig" ] || die "no such tree: $(short "$tree") ('make trees' makes it)"
mkdir -p "$odir" "$run/out" "$results" "$build/log"
rm -rf "$run"/out/*

frags=("$run/uml.config") cpus=()
# A tree without the series has no tests of it
leave_out='^$'
grep -q AIO_KUNIT_TEST "$tree/init/Kconfig" || leave_out=_KUNIT_TEST=
grep -v "$leave_out" "$top/kernel/configs/uml.config" > "$run/uml.config"
if grep -q UML_SUBARCH_SUPPORTS_SMP "$tree/arch/um/Kconfig"; then
	printf 'CONFIG_%s\n' SMP=y NR_CPUS=4 > "$run/smp.config"
	frags+=("$run/smp.config")
	# SMP is not for user space that is traced
	cpus=(ncpus=2 seccomp=on)
fi
start=$SECONDS
exec 9> "$build/.lock-uml"
flock 9
{
	sum=$({ cat "${frags[@]}"; git -C "$tree" rev-parse HEAD; } | sha1sum)
	if [ "$sum" != "$(cat "$odir/.lab-config" 2> /dev/null)" ]; then
		kmake "$tree" "$odir" ARCH=um tinyconfig &&
		(cd "$odir" && "$tree/scripts/kconfig/merge_config.sh" -m .config "${frags[@]}") &&
		kmake "$tree" "$odir" ARCH=um olddefconfig &&
		"$scripts/kernel/check-config.sh" "$odir/.config" "${frags[@]}" &&
		echo "$sum" > "$odir/.lab-config"
	fi && kmake "$tree" "$odir" ARCH=um linux
} > "$log" 2>&1 || die "UML does not build: $(grep -m 1 -E 'error|wanted' "$log" || tail -n 1 "$log"), see $(short "$log")"
say BUILT "$name, for UML, in $((SECONDS - start)) s"
child "$scripts/test/kselftest.sh" --install series

rc=0
timeout "${TIMEOUT:-600}" "$odir/linux" "${cpus[@]}" mem=2G root=/dev/root rootfstype=hostfs \
	rootflags=/ ro "init=$scripts/guest/uml-init.sh" "lab.out=$run/out" \
	"lab.tests=$build/kselftest" con=null con0=fd:0,fd:1 panic=-1 oops=panic \
	> "$run/console.log" 2>&1 < /dev/null || rc=$?
bad=0
[ "$leave_out" != '^$' ] || "$scripts/test/kunit-verdicts.sh" "$run/console.log" kunit-uml || bad=1
cp "$run/out/tap" "$results/uml-$name.tap" 2> /dev/null || : > "$results/uml-$name.tap"
ktap_reader uml "$name" "$results/uml-$name.sum"
"${read_tap[@]}" "$results/uml-$name.tap" || bad=1
say TIME "uml: $((SECONDS - start)) s"
[ "$rc" != 124 ] || { not_ok uml "timed out, see $(short "$run/console.log")"; exit 124; }
complaint=$(kunit_complaint "$run/console.log")
if [ -n "$complaint" ] || [ ! -f "$run/out/status" ]; then
	not_ok uml "the kernel died or complained: ${complaint:-see} $(short "$run/console.log")"
	exit 125
fi
exit $bad
