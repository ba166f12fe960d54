#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# job.sh - make fio JOB=FILE: a fio job of yours, on two kernels, side by side
#
# Usage: job.sh FILE [K...]
#
# FILE is a fio job; K as for boot/boot (default: stock series), built if need be.
# The guest has ext2 on a RAM disk of 1 GB at /mnt/fio, where the job runs, and DISK=,
# an image or block device, as /dev/vda: a job that writes there writes to it. With
# KVM times are the machine's. Without, the guest has one CPU and a clock that
# counts instructions, 1 ns each, so that figures repeat; CPUS= asks for emulated
# time on so many CPUs instead, which compares kernels and says nothing else.
# LOOPS= goes to the job, TIMEOUT= is the seconds a guest may take (default 3600).
# fio's own output is build/results/job-NAME-K.json.
#
# Exit status: 0 measured, 1 not, 124 timed out, 125 a kernel died or complained,
# 2 could not start

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

die_status=2
[ $# -ge 1 ] || { usage >&2; exit 2; }
need fio jq mke2fs
if [ ! -r "$1" ] || [ -d "$1" ]; then die "JOB=$1: no such file"; fi
file=$(realpath "$1")
shift
[ $# != 0 ] || set -- stock series
# fio leaves a job out that it does not understand, and is content.
export LOOPS=${LOOPS:-1}
said=$(fio --parse-only "$file" 2>&1 | grep -m 1 -iE 'dropped|fail|error|unknown') || :
[ -z "$said" ] || die "JOB=$file: $said"
job=$(basename "$file" .fio)
mkdir -p "$build/results"

how='emulated time' options=()
if "$scripts/boot/qemu.sh" --dry-run KERNEL RUN | grep -q -- '-accel kvm'; then
	how='time of this machine'
elif [ -z "${CPUS:-}" ]; then
	how='a clock of instructions, 1 ns each, on one emulated CPU' options=(--icount)
fi
[ -z "${DISK:-}" ] || options+=(--disk "$DISK")

files=()
for k; do
	child "$scripts/tree/tree.sh" --keep "${k%%-*}"
	child "$scripts/kernel/build.sh" "$k"
	run=$build/run/job-$k json=$build/results/job-$job-$k.json
	mkdir -p "$run"
	rm -f "$json"
	# The guest has a /tmp of its own, where FILE might be.
	cp "$file" "$run/job.fio"
	"$scripts/boot/boot" "${options[@]}" --run "$run" --timeout "${TIMEOUT:-3600}" "$k" -- \
		env LOOPS="$LOOPS" "$scripts/guest/job.sh" "$run/job.fio"
	cp "$run/out/fio.json" "$json"
	files+=("$json")
done

echo
echo "$file: $how"
# A row for each figure of each job, a column for each kernel
jq -r -s --arg kernels "$*" '
	def round3: . * 1000 | round / 1000;
	def side($job; $way): $job[$way] | select(.total_ios > 0) |
		[ "\($way) IOPS", .iops ], [ "\($way) KiB/s", .bw ],
		[ "\($way) latency mean, us", .lat_ns.mean / 1000 ],
		[ "\($way) latency 99 %, us", (.clat_ns.percentile["99.000000"] // 0) / 1000 ];
	def figures($job): [ side($job; "read"), side($job; "write"),
		[ "CPU user, %", $job.usr_cpu ], [ "CPU system, %", $job.sys_cpu ],
		[ "errors", $job.error ] ];
	($kernels | split(" ")) as $k | . as $all |
	(["job", "figure"] + $k + (if ($k | length) == 2 then ["\($k[1])/\($k[0])"] else [] end)),
	(range($all[0].jobs | length) as $j |
		[ $all[] | figures(.jobs[$j]) ] as $f |
		range($f[0] | length) as $i | [ $f[][$i][1] ] as $v |
		[ $all[0].jobs[$j].jobname, $f[0][$i][0] ] + ($v | map(round3)) +
		(if ($v | length) == 2 then [ if $v[0] > 0 then $v[1] / $v[0] | round3 else "-" end ] else [] end))
	| @tsv' "${files[@]}" | column -t -s $'\t'
[ "$(jq -s '[ .[].jobs[].error ] | add' "${files[@]}")" = 0 ] || die_status=1 die "fio reports errors, see above"
