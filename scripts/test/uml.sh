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
run=$build/run/uml-$name results=$build/results
need jq python3
start=$SECONDS
child "$scripts/kernel/uml.sh" "$name"
mkdir -p "$results"
child "$scripts/test/kselftest.sh" --install series

rc=0
run_uml "$name" "$run" || rc=$?
bad=0
! grep -q AIO_KUNIT_TEST "$trees/$name/init/Kconfig" || "$scripts/test/kunit-verdicts.sh" "$run/console.log" kunit-uml || bad=1
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
