#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# mutate-qemu.sh - does a test kill this mutant in QEMU? a step of mutate.sh
#
# Usage: mutate-qemu.sh RUN-DIR
#
# Boots RUN-DIR/bzImage-O, -O-ia32 (if it and its tests are there) and -O-debug, which
# it removes, by mutant-boot.sh: the selftests on the first, those for 32 bits on the
# second, KUnit and the selftests on the third, until a test fails. Prints one line, as
# mutant-boot.sh does. BASE= is whose selftests are run, TIMEOUT= seconds a boot (default 900).
#
# Exit status: 0 there is a verdict, 2 there is none

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 2; }
run=$1
export TIMEOUT=${TIMEOUT:-900}
ran=
trap 'rm -f "$run"/bzImage*' EXIT
for what in O O-ia32 'O-debug kunit' O-debug; do
	read -r image tests <<< "$what"
	export TESTS=$build/kselftest
	if [ "$image" = O-ia32 ]; then
		TESTS+=$(flavour_says Tests ia32)
		[[ -f $run/bzImage-$image && -x $TESTS/run_kselftest.sh ]] || continue
	fi
	cp "$run/bzImage-$image" "$run/bzImage"
	# shellcheck disable=SC2086 # kunit, or all
	said=$(child "$scripts/test/mutant-boot.sh" "$run" '' $tests) || exit 2
	if [[ $said != SURVIVED* ]]; then
		echo "$said (QEMU, $base, $what)"
		exit 0
	fi
	ran+="${ran:+, }${image/#O/series}${tests:+ $tests}"
done
echo "SURVIVED: UML and QEMU ($base): $ran"
