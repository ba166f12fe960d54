#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/bench.sh - one part of the benchmark; runs in the guest
#
# Usage: guest/bench.sh MODE PART[+PART...] BENCH
#
# MODE is icount (a guest whose clock counts instructions) or wall; BENCH is
# the compiled ioctx_bench. Prints "JOB <tab> METRIC <tab> UNIT <tab> VALUE"
# lines. What fio said, as JSON, and other raw results are left in $OUT.
# Environment: LOOPS_1 LOOPS_512 LOOPS_X LOOPS_PROFILE, and that of calls.sh.
#
# Exit status: 0 measured, 1 not

set -euo pipefail
mode=$1 parts=$2 bench=$3
lab=$(cd "$(dirname "$0")/../.." && pwd)
bench=("$bench")
[ "$mode" != icount ] || bench+=(-i)

row() { printf '%s\t%s\t%s\t%s\n' "$@"; }

sysctls()
{
	echo 100000000 > /proc/sys/fs/aio-max-nr
	echo 20000000 > /proc/sys/vm/max_map_count
	# No flusher that wakes at a time of its own
	echo 0 > /proc/sys/vm/dirty_writeback_centisecs
	echo 90 > /proc/sys/vm/dirty_ratio
	echo 80 > /proc/sys/vm/dirty_background_ratio
}

# create - the files of the job; with its own blocks of 1 KiB fio takes longer for
# that than for many a job
create()
{
	sed 's/^blocksize=.*/blocksize=128k/' /tmp/job.fio > /tmp/create.fio
	fio --create_only=1 --output=/dev/null /tmp/create.fio
}

# job NAME TAG - run a fio job on files that are there already. Where
# instructions are counted, what fio itself takes until its threads start, to
# read the job and look at its files, is measured too, and taken off.
job()
{
	local name=$1 tag=$2 json=/tmp/fio-$2.json ios ms

	find /mnt/fio -maxdepth 1 -type f -delete
	cp "$lab/tools/testing/fio/$name.fio" /tmp/job.fio
	create
	sync
	echo 1 > /proc/sys/vm/drop_caches
	: > /tmp/start
	[ "$mode" = wall ] ||
		"${bench[@]}" run fio --create_only=1 --output=/dev/null /tmp/job.fio > /tmp/start
	"${bench[@]}" run fio --output-format=json --output="$json" /tmp/job.fio > /tmp/run
	cp "$json" "$OUT/"
	ios=$(jq '[.jobs[] | .read.total_ios + .write.total_ios] | add' "$json")
	ms=$(jq '[.jobs[] | .read.runtime, .write.runtime] | max' "$json")
	[ "$(jq '[.jobs[] | .error] | add' "$json")" = 0 ]
	row "$tag" ios I/Os "$ios"
	row "$tag" run_time ms "$ms"
	[ "$mode" = wall ] || row "$tag" fio.switches switches "$(jq '[.jobs[] | .ctx] | add' "$json")"
	awk -F '\t' -v tag="$tag" -v ios="$ios" '
	FILENAME ~ /start/ { start[$1] = $3; $1 = "start." $1 }
	{ print tag "\t" $1 "\t" $2 "\t" $3 }
	$1 == "run.cpu" && ($1 in start) {
		printf "%s\tper_io\t%s\t%.2f\n", tag, $2, ($3 - start[$1]) / ios
	}' /tmp/start /tmp/run
}

disk()
{
	! mountpoint -q /mnt/fio || return 0
	mkdir -p /mnt/fio
	# mke2fs's default for 512 MiB and more; 1 KiB costs a sixth more an I/O
	mke2fs -q -t ext2 -b 4096 -m 0 -N 2048 /dev/ram0 450M
	mount -t ext2 /dev/ram0 /mnt/fio
}

part()
{
	local loops n

	case $1 in
	512-contexts) disk; LOOPS=$LOOPS_512 job "$1" "$1" ;;
	1-context) disk; LOOPS=$LOOPS_1 job "$1" "$1" ;;
	depth32 | direct-read) disk; LOOPS=$LOOPS_X job "$1" "$1" ;;
	sweep)
		disk
		for n in 1 2 4 8 16 32 64 128 256 512 1024; do
			loops=$((256 / n))
			[ $loops -ge 2 ] || loops=2
			CONTEXTS=$n LOOPS=$loops THINKTIME=$((300 * n)) job sweep "sweep-$n"
		done ;;
	memory) "$lab/scripts/guest/memory.sh" "${bench[@]}" ;;
	interrupts) "$lab/scripts/guest/interrupts.sh" "${bench[0]}" "$DESTROYS" ;;
	profile)
		disk
		cp "$lab/tools/testing/fio/512-contexts.fio" /tmp/job.fio
		export LOOPS=$LOOPS_PROFILE
		create
		perf record -q -e cpu-clock -o /tmp/perf.data -- \
			fio --output=/dev/null /tmp/job.fio > /dev/null
		perf report --stdio -i /tmp/perf.data --sort symbol 2> /dev/null |
			grep -v '^#\|^$' > "$OUT/profile.txt"
		head -n 12 "$OUT/profile.txt" | awk '{ sub(/%/, "", $1)
			printf "profile\t%02d %s %s\t%%\t%s\n", NR, $2, $3, $1 }' ;;
	*) "$lab/scripts/guest/calls.sh" "$mode" "$1" "${bench[@]}" ;;
	esac
}

sysctls
ulimit -n 65536
for part in ${parts//+/ }; do
	part "$part"
done
