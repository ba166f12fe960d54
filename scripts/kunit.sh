#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kunit.sh - run the KUnit tests of fs/tests on UML, without QEMU
#
# Usage: kunit.sh
#
# kunit.py of build/tree/table, with fs/tests/.kunitconfig or what the tests
# need. Prints "ok kunit-NAME" or "not ok ..." a test. The whole output is
# build/results/kunit.log.
#
# Exit status: 0 all passed, 1 not, 4 there are none

set -euo pipefail
. "$(dirname "$0")/lib.sh"

src=$trees/table
[ -f "$src/fs/tests/aio_kunit.c" ] || exit 4
config=$src/fs/tests/.kunitconfig
mkdir -p "$build/kunit" "$build/results"
if [ ! -f "$config" ]; then
	config=$build/kunit/aio.kunitconfig
	printf 'CONFIG_%s=y\n' KUNIT BLOCK AIO AIO_KUNIT_TEST > "$config"
fi
log=$build/results/kunit.log
rc=0
(
	flock 9
	cd "$src" && CCACHE_NOHASHDIR=1 tools/testing/kunit/kunit.py run --raw_output \
		--build_dir="$build/kunit" --kunitconfig="$config" --jobs="${JOBS:-$(nproc)}" \
		--timeout=300 --make_options "CC=ccache gcc"
) > "$log" 2>&1 < /dev/null 9> "$build/.lock-kunit" || rc=$?

sed -nE 's/^ {4,}(not )?ok [0-9]+ ([^ #]+)(.*)/\1ok kunit-\2\3/p' "$log" |
	sed -E '/^not ok/ s|([^ ]+)$|\1: see build/results/kunit.log|'
if ! grep -qE '^ +ok [0-9]+ ' "$log"; then
	not_ok kunit "no test passed, see $(short "$log"): $(grep -m 1 -E 'error|ERROR' "$log" || tail -n 1 "$log")"
	exit 1
fi
! grep -qE '^ *not ok ' "$log" || exit 1
exit "$rc"
