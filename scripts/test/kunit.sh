#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kunit.sh - run the KUnit tests of the series, on UML or in a lab kernel
#
# Usage: kunit.sh [K | --kernel FILE]
#
# Without K: kunit.py of build/tree/series, with fs/tests/.kunitconfig, on UML:
# no QEMU, and one CPU. With K, a flavour of series: boots it and lets it run
# what it has built in, on all its CPUs. kunit.py reads what they say. Prints
# "ok kunit-NAME" or "not ok ..." a test. The whole output is
# build/results/kunit.log, build/run/kunit-K, or in kunit/ beside FILE.
#
# Exit status: 0 all passed, 1 not, 4 there are none

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

need jq python3
src=$trees/series
kunit=$src/tools/testing/kunit/kunit.py
[ -f "$src/fs/tests/.kunitconfig" ] || exit 4

if [ $# != 0 ]; then
	run=$build/run/kunit-$1
	# Two mutants may run at a time.
	[ "$1" != --kernel ] || run=$(dirname "$2")/kunit
	mkdir -p "$run"
	rc=0
	# 125: a test that waits for a warning gets one
	"$scripts/boot/boot" --run "$run" --timeout "${TIMEOUT:-600}" --append "kunit.enable=1 loglevel=7" "$@" -- \
		true > "$run/boot.log" 2>&1 || rc=$?
	[ $rc != 2 ] || { not_ok kunit-smp "$(tail -n 1 "$run/boot.log")"; exit 1; }
	whole=1
	found=$("$scripts/test/kunit-verdicts.sh" "$run/console.log" kunit-smp) || whole=
	[ -z "$found" ] || printf '%s\n' "$found"
	! grep -q '^not ok ' <<< "$found" || exit 1
	bad=$(kunit_complaint "$run/console.log")
	if [ -n "$bad" ] || [ -z "$whole" ] ||
		{ [ $rc != 0 ] && ! grep -q 'command ended with status 0' "$run/boot.log"; }; then
		not_ok kunit-smp "${bad:-$(tail -n 1 "$run/boot.log")}"
		exit 1
	fi
	exit 0
fi

# 6.12's UML warns as it boots without an id, and one test waits for a warning;
# later ones have SMP, for which user space must not be traced.
add=()
! grep -q UML_PCI_OVER_VIRTIO "$src/tools/testing/kunit/configs/arch_uml.config" ||
	add+=(--kconfig_add CONFIG_UML_PCI_OVER_VIRTIO_DEVICE_ID=1234)
! grep -q UML_SUBARCH_SUPPORTS_SMP "$src/arch/um/Kconfig" ||
	add+=(--kconfig_add CONFIG_SMP=y --kconfig_add CONFIG_NR_CPUS=4
		--kernel_args ncpus=2 --kernel_args seccomp=on)
json=$(mktemp)
trap 'rm -f "$json"' EXIT
mkdir -p "$build/kunit" "$build/results"
log=$build/results/kunit.log
rc=0
(
	flock 9
	cd "$src" && "$kunit" run --json="$json" \
		--build_dir="$build/kunit" --kunitconfig="$src/fs/tests/.kunitconfig" --jobs="${JOBS:-$(nproc)}" "${add[@]}" \
		--timeout=300 --make_options "CC=$scripts/kernel/cc gcc"
) > "$log" 2>&1 < /dev/null 9> "$build/.lock-kunit" || rc=$?

found=$("$scripts/test/kunit-verdicts.sh" "$log" kunit "$json") || :
[ -z "$found" ] || printf '%s\n' "$found"
if ! grep -q '^ok ' <<< "$found"; then
	not_ok kunit "no test passed, see $(short "$log"): $(grep -m 1 -E 'error|ERROR' "$log" || tail -n 1 "$log")"
	exit 1
fi
[ $rc = 0 ] || grep -q '^not ok ' <<< "$found" || not_ok kunit "broke off, see $(short "$log")"
exit $rc
