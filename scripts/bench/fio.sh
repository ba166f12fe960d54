#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fio.sh - what does one I/O cost on a kernel of the lab, in instructions?
#
# Usage: fio.sh K JOB
#
# JOB is a file in tools/testing/fio (512-contexts, 1-context). One emulated
# CPU, and a guest clock that counts instructions, 1 ns each: what fio takes
# for time is the number of instructions the guest has run, its own and the
# kernel's, and comes out the same again and again. Neither caches nor other
# CPUs are in it. LOOPS= says how often the job goes over its files (default 5
# and 2), TIMEOUT= the seconds it may take (default 600). The result is
# build/results/fio-JOB-K.json, and one line here.
#
# Exit status: 0 measured, 1 not, 124 timed out, 125 the kernel died or
# complained, 2 could not start

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 2 ] || { usage >&2; exit 2; }
k=$1
job=$2
file=$top/tools/testing/fio/$job.fio
[ -f "$file" ] || die "no such job: $(short "$file")"
need fio jq mke2fs

case $job in
512-contexts) loops=${LOOPS:-5} ;;
*) loops=${LOOPS:-2} ;;
esac
results=$build/results
run=$build/run/fio-$job-$k
mkdir -p "$results" "$run"
json=$results/fio-$job-$k.json
rm -f "$json" "${json%.json}.sum"
start=$SECONDS

"$scripts/boot/boot" --icount --run "$run" --timeout "${TIMEOUT:-600}" "$k" -- \
	env LOOPS="$loops" "$scripts/guest/fio.sh" "$file"
mv "$run/out/fio.json" "$json"

# runtime is in ms of the guest, a million instructions each
jq -e -r '.jobs[0] | [ .error, ([.read.runtime, .write.runtime] | max),
	(.read.total_ios + .write.total_ios) ] | @tsv' "$json" > "$run/numbers" ||
	die "fio left no numbers in $(short "$json")"
read -r error ms ios < "$run/numbers"
if [ "$error" != 0 ] || [ "$ios" = 0 ] || [ "$ms" = 0 ]; then
	die "$k: fio reports error $error after $ios I/Os, see $(short "$json")"
fi
each=$((ms * 1000000 / ios))
echo "$each" > "${json%.json}.sum"
say FIO "$k, $job: $each instructions per I/O ($ios I/Os, loops=$loops, $((SECONDS - start)) s)"
