#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench/run.sh - run the guests of the benchmark; a step of bench.sh
#
# Usage: bench/run.sh < LIST
#
# LIST has a line "MODE PART KERNEL RUN KEY" for each guest. Counts do not mind
# company: JOBS guests that count (default: the CPUs there are) run at a time.
# Wall clocks do: they run one after the other, in the order given. A
# result appears in raw/ when it is whole. Environment: set by bench.sh.
#
# Exit status: 0 all went well, 1 not

# bench.sh exports what is in capitals
# shellcheck disable=SC2153
set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

results=${RESULTS:?bench.sh sets it}
mapfile -t list
total=${#list[@]} begun=0 failed=0
start=$SECONDS
jobs=${JOBS:-$(nproc)}
# Jobs in the background do not hear of Ctrl-C.
trap 'kill $(jobs -p) 2> /dev/null || :; exit 130' INT TERM HUP

progress()
{
	local left=''

	begun=$((begun + 1))
	[ $begun -le $((jobs + 1)) ] ||
		left=", about $(((SECONDS - start) * (total - begun + 1) / (begun - 1) / 60 + 1)) min left"
	say RUN "$begun/$total: $1 $2 on $3, run $4$left"
}

# only_alloc_warns CONSOLE - is there no other complaint?
only_alloc_warns()
{
	local complaints

	complaints=$("$scripts/boot/console-badness.sh" "$1") || :
	! grep -vE 'WARNING: .* __alloc_(frozen_)?pages_noprof' <<< "$complaints"
}

# guest MODE PART KERNEL RUN KEY
guest()
{
	local mode=$1 part=$2 k=$3 raw=$results/raw/$1.$2.$3.$4.tsv
	local log=$results/log/$1.$2.$3.$4 how=wall opts=() seconds=3000 cpus=1

	rm -f "$raw" "$raw.key"
	rm -rf "$log"
	mkdir -p "$log"
	if [ "$mode" = icount ]; then
		how=icount opts=(--icount)
	else
		cpus=${mode%cpu} LOOPS_1=$LOOPS_WALL_1 LOOPS_512=$LOOPS_WALL_512
	fi
	[ -z "${FULL:-}" ] || seconds=86400
	CPUS=$cpus "$scripts/boot/boot" --timeout $seconds --run "$log" "${opts[@]}" "$k" -- \
		env "LOOPS_1=$LOOPS_1" "LOOPS_512=$LOOPS_512" "LOOPS_X=$LOOPS_X" \
		"LOOPS_PROFILE=$LOOPS_PROFILE" \
		"DESTROYS=$DESTROYS" "EXITS=$EXITS" "LIMIT=$LIMIT" "QUICK=${QUICK:-}" \
		"$scripts/guest/bench.sh" "$how" "$part" "$results/bin/ioctx_bench" \
		> "$log/tsv" 2> "$log/boot.log" < /dev/null || {
		# Where stock ends, its allocation warns: that is the result.
		[ "$part" = limit ] && [ "$(cat "$log/out/status")" = 0 ] &&
			only_alloc_warns "$log/console.log"
	} || {
		say MISSING "$mode $part on $k, run $4: $(tail -n 1 "$log/boot.log")"
		return 1
	}
	mv "$log/tsv" "$raw"
	echo "$5" > "$raw.key"
	for json in "$log"/out/*.json; do
		[ ! -f "$json" ] || mv "$json" "${raw%.tsv}.${json##*/}"
	done
}

counts() { [[ $1 == icount* || $1 == *' limit '* ]]; }

running=0
for line in "${list[@]}"; do
	counts "$line" || continue
	if [ $running -ge "$jobs" ]; then
		wait -n || failed=1
		running=$((running - 1))
	fi
	read -r mode part k run key <<< "$line"
	progress "$mode" "$part" "$k" "$run"
	guest "$mode" "$part" "$k" "$run" "$key" &
	running=$((running + 1))
done
while [ $running -gt 0 ]; do
	wait -n || failed=1
	running=$((running - 1))
done
for line in "${list[@]}"; do
	! counts "$line" || continue
	read -r mode part k run key <<< "$line"
	progress "$mode" "$part" "$k" "$run"
	guest "$mode" "$part" "$k" "$run" "$key" || failed=1
done
exit $failed
