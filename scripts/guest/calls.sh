#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/calls.sh - what single calls cost; runs in the guest
#
# Usage: guest/calls.sh MODE PART BENCH [OPTION]
#
# A step of guest/bench.sh, whose rows it prints; BENCH is ioctx_bench. What
# counts comes out the same again and again: a few calls do. Environment:
# DESTROYS EXITS (calls by the clock), LIMIT, QUICK.
#
# Exit status: 0 measured, 1 not

set -euo pipefail
mode=$1 part=$2
shift 2
bench=("$@")

# micro JOB ARGUMENT... - the rows of a run of ioctx_bench
micro()
{
	local job=$1

	shift
	"${bench[@]}" "$@" | sed "s/^/$job\t/"
}

# slow_disk NS - /dev/slow, where a read takes so long
slow_disk()
{
	local dir=/sys/kernel/config/nullb/slow

	[ -d "${dir%/*}" ] || mount -t configfs configfs /sys/kernel/config
	mkdir $dir
	echo 2 > $dir/irqmode
	echo "$1" > $dir/completion_nsec
	echo 16 > $dir/size
	echo 1 > $dir/power
}

# ends COUNT - where there is more than one thread and an idle context
ends()
{
	local scene

	slow_disk 1000000
	for scene in asleep other inside poll; do
		micro destroy-$scene destroy "$1" $scene
	done
	micro destroy-read destroy "$1" read /dev/slow 1000000
	micro kill kill 16 "$1"
}

case $mode-$part in
# Alone: what others leave of the per-CPU allocator moves its steps
icount-setup) micro setup setup 30000 ;;
icount-micro | icount-lookup)
	for n in 1 512 30000; do micro lookup-$n lookup $n; done
	[ "$part" = micro ] || exit 0
	micro destroy-alone destroy 9 alone
	micro exit-1 exit 1 9
	micro exit-512 exit 512 9
	micro exit-30000 exit 30000 "${QUICK:-3}"
	micro exit-1 exit-all 1 15
	micro exit-30000 exit-all 30000 1 ;;
icount-ends)
	ends 9
	[ -z "${QUICK:-}" ] || exit 0
	for n in 4 16 64 4096; do micro exit-$n exit $n 3; done
	micro among among 30000 3 ;;
wall-calls)
	micro destroy-alone destroy "$DESTROYS" alone
	micro exit-1 exit 1 "$EXITS" ;;
wall-ends)
	ends $((DESTROYS / 2))
	micro destroy-hogs destroy $((DESTROYS / 2)) hogs ;;
# As wall-ends, without hogs, which no row of bench/uml.py shows
wall-uml)
	ends $((DESTROYS / 2))
	micro exit-512 exit 512 "$EXITS"
	micro exit-30000 exit 30000 3 ;;
# Where the clock is one
wall-hardware)
	for n in 1 512 30000; do micro lookup-$n lookup $n; done
	micro setup setup 30000 ;;
wall-limit) micro limit limit "$LIMIT" ;;
*) echo "calls.sh: no such part: $part, $mode" >&2; exit 1 ;;
esac
