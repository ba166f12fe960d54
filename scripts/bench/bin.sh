#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench/bin.sh - compile ioctx_bench, the benchmark's own program
#
# Usage: bench/bin.sh OUTPUT
#
# The source is tools/testing/selftests/aio/ioctx_bench.c; the headers beside
# it come from build/tree/stock. Nothing is written when nothing changed.
#
# Exit status: 0 compiled, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 1; }
out=$1
src=$top/tools/testing/selftests/aio/ioctx_bench.c
selftests=$trees/stock/tools/testing/selftests
[ -d "$selftests" ] || die "no base yet: scripts/tree/prepare.sh makes it"
mkdir -p "$(dirname "$out")"

# kselftest_harness.h is one folder above the tests, here as there.
gcc -O2 -Wall -pthread "-I$selftests/timers" \
	"-ffile-prefix-map=$top=." -o "$out.new" "$src"
if cmp -s "$out.new" "$out"; then
	rm "$out.new"
else
	mv "$out.new" "$out"
fi
