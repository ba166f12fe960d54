#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench/bin.sh - compile ioctx_bench, the benchmark's own program
#
# Usage: bench/bin.sh OUTPUT
#
# The sources are ioctx_bench.c and bench_*.c in tools/testing/selftests/aio.
# Nothing is written when nothing changed.
#
# Exit status: 0 compiled, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 1; }
out=$1
src=$top/tools/testing/selftests/aio
mkdir -p "$(dirname "$out")"

gcc -O2 -Wall -pthread "-ffile-prefix-map=$top=." -o "$out.new" \
	"$src/ioctx_bench.c" "$src"/bench_*.c
if cmp -s "$out.new" "$out"; then
	rm "$out.new"
else
	mv "$out.new" "$out"
fi
