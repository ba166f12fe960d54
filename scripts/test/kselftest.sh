#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kselftest.sh - run the AIO selftests on a kernel of the lab
#
# Usage: kselftest.sh [--install | --third 1|2|3] K [TEST...]
#
# --install: build and install the tests, run nothing. K as for boot; TEST is
# the name of a test program (default: all; of all, --third takes every third pair, and
# its results are those of K-1, K-2 or K-3). Builds and installs the tests from
# build/tree/series, boots K, and shows each result as it comes.
# run_kselftest.sh returns no status worth having, so what counts
# is the KTAP, kept in build/results/kselftest-K.tap, judged by ktap.awk: a
# failure listed in patches/BASE/expected is expected, a pass of such a test is
# news, a test that was planned and gave no result has failed.
# build/results/kselftest-K.sum has the counts. A flavour whose fragment says
# "# Tests: -m32" has tests of its own, compiled so. TIMEOUT= seconds (default 600);
# AIO_TEST_SECONDS= of each test that ends with the clock (2); LAB_KSELFTEST= has
# tests that are installed already (by main.sh; tests/meta has others).
#
# Exit status: 0 all held, 1 something failed, 124 timed out, 125 the kernel
# died or complained, 2 could not start

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

die_status=2
run_them=1 third=
[ "${1:-}" != --install ] || { run_them=; shift; }
[ "${1:-}" != --third ] || { third=${2:-}; [[ $third == [123] ]] || { usage >&2; exit 2; }; shift 2; }
[ $# -ge 1 ] || { usage >&2; exit 2; }
k=$1
shift
split_k "$k"
[ -z "$run_them" ] || [ -f "$odir/.lab-stamp" ] || die "$k is not built"

src=$trees/series
[ -d "$src/tools/testing/selftests/aio" ] || die "no selftests: build/tree/series is missing"
cflags=
[ -z "$flavour" ] || cflags=$(flavour_says Tests "$flavour")
install=${LAB_KSELFTEST:-$build/kselftest${cflags:+$cflags}}
results=$build/results
mkdir -p "$results" "$build/log"
of=$k${third:+-$third}
tap=$results/kselftest-$of.tap
sum=$results/kselftest-$of.sum
[ -z "$run_them" ] || rm -f "$tap" "$sum"

# Neither step wants a .config, or waits for a kernel that is being built.
log=$build/log/kselftest-install.log
obj=$build/kselftest-obj$cflags
mkdir -p "$obj"
[ -n "${LAB_KSELFTEST:-}" ] || (
	flock 9
	make -s -C "$src" O="$obj" headers &&
	make -s -C "$src/tools/testing/selftests" O="$obj" TARGETS=aio FORCE_TARGETS=1 \
		${cflags:+"USERCFLAGS=$cflags" "USERLDFLAGS=$cflags"} \
		INSTALL_PATH="$install" install
) > "$log" 2>&1 < /dev/null 9> "$build/.lock-kselftest" ||
	die "the selftests do not build, see $(short "$log"): $(grep -m 1 -E 'error|\*\*\*' "$log" || tail -n 1 "$log")"

[ -n "$run_them" ] || exit 0
if [ -n "$third" ]; then
	mapfile -t progs < <(awk -F : -v third="$third" 'int(NR / 2) % 3 == third % 3 { print $2 }' \
		"$install/kselftest-list.txt")
	set -- "${progs[@]}"
fi
only=()
for prog; do
	only+=(-t "aio:$prog")
done

ktap_reader "$k" "$name" "$sum"
run=$build/run/kselftest-$of
mkdir -p "$run"
start=$SECONDS
: > "$tap"
"$scripts/boot/boot" --run "$run" --timeout "${TIMEOUT:-600}" "$k" -- \
	env ${AIO_TEST_SECONDS:+"AIO_TEST_SECONDS=$AIO_TEST_SECONDS"} \
	"$scripts/guest/tests.sh" "$install" "${only[@]}" > "$tap" &
boot=$!
# mawk, Debian's awk, would wait for a full buffer.
live=(-v live=1)
! on_tty || live+=(-v tty=1)
! awk -W version 2>&1 < /dev/null | grep -q mawk || live+=(-W interactive)
tail -n +1 -s 0.3 --pid=$boot -f "$tap" |
	"${read_tap[@]}" "${live[@]}" /dev/stdin
rc=0
wait $boot || rc=$?

bad=0
"${read_tap[@]}" "$tap" || bad=1
say TIME "$k: kselftests${third:+, third $third}, $((SECONDS - start)) s"
[ "$rc" = 0 ] || exit "$rc"
exit "$bad"
