#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# try.sh - the kselftests and the 512-context fio job on one kernel
#
# Usage: try.sh [--keep] K
#
# A step of main.sh, which has installed the tests, and reads build/results/try-K:
# what became of the selftests; instructions per I/O and context switches of fio.
#
# --keep: what held once is not run again while the image, the tests, the jobs, the
# lab's scripts and the host's kernel and tools are the same: the third line is a sum
# of these. AGAIN=1 runs it nevertheless.
#
# Tests that end with the clock get one second, not the two of make test
# (AIO_TEST_SECONDS= others).
#
# Exit status: 0 all held, 1 something did not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

keep=
[ "${1:-}" != --keep ] || { keep=1; shift; }
[ $# = 1 ] || { usage >&2; exit 1; }
k=$1
split_k "$k"
mkdir -p "$build/results"
out=$build/results/try-$k
sum=$build/results/kselftest-$k
cost=$build/results/fio-512-contexts-$k.tsv
export LAB_KSELFTEST=${LAB_KSELFTEST:-$build/kselftest} AIO_TEST_SECONDS=${AIO_TEST_SECONDS:-1}
need qemu-system-x86_64 fio

# made_of - one word for all that the result depends on
made_of()
{
	{
		qemu-system-x86_64 --version
		fio --version
		uname -a
		echo "$(nproc) ${ACCEL:-} ${CPUS:-} ${LOOPS:-} ${MEM:-} ${TIMEOUT:-} $AIO_TEST_SECONDS"
		find "$odir/arch/x86/boot/bzImage" "$LAB_KSELFTEST" "$patches/expected" \
			"$scripts" "$top/tools/testing/fio" -type f -exec sha1sum {} + | sort
	} | sha1sum | cut -d ' ' -f 1
}

now=$(made_of)
if [ -n "$keep" ] && [ -z "${AGAIN:-}" ] && [ "$(sed -n 3p "$out" 2> /dev/null)" = "$now" ]; then
	say KEEP "$k: as it held on $(date -r "$out" '+%F, %H:%M'), nothing it is made of has changed (AGAIN=1 runs it)"
	exit 0
fi
rm -f "$out" "$sum".{tap,sum} "$sum"-[123].{tap,sum} "$cost"
failed=0 rc=0 tests=()

# All at once: the tests mostly wait. Where no kernel is built meanwhile they leave the
# CPU to fio, which never waits and would be through last. What company does to the
# count, fio's context switches say.
setpriv --pdeathsig TERM "$scripts/bench/fio.sh" "$k" 512-contexts &
fio=$!
nice=(nice -n 5)
[ -z "$keep" ] || nice=()
for third in 1 2 3; do
	setpriv --pdeathsig TERM "${nice[@]}" "$scripts/test/kselftest.sh" --third $third "$k" &
	tests+=($!)
done
for pid in "${tests[@]}"; do
	status=0
	wait "$pid" || status=$?
	[ $status -le $rc ] || rc=$status
done
read -r p f s x < <(cat "$sum"-[123].sum 2> /dev/null |
	awk '{ p += $1; f += $2; s += $3; x += $4 } END { print p + 0, f + 0, s + 0, x + 0 }')
case $rc in
0 | 1) tested="$p passed, $f failed" ;;
*) tested=$(verdict_of $rc) ;;
esac
[ "$rc" = 0 ] || failed=1
[ "$s" = 0 ] || tested+=", $s skipped"
[ "$x" = 0 ] || tested+=", $x as expected failed"

wait "$fio" || failed=1
printf '%s\n' "$tested" "$(awk -F '\t' '$2 == "per_io" { io = $4 } $2 == "fio.switches" { s = $4 }
	END { if (io) printf "%.0f %d", io, s }' "$cost" 2> /dev/null | grep . || echo failed)" > "$out"
# Only what held can be kept.
[ $failed = 1 ] || echo "$now" >> "$out"
exit $failed
