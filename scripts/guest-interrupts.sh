#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest-interrupts.sh - whom does io_destroy() disturb? runs in the guest
#
# Usage: guest-interrupts.sh BENCH CALLS
#
# Calls io_destroy() on CALLS idle contexts, one after the other, while the other
# CPUs are idle and while each of them runs a program that never sleeps. Prints
# the rows of bench-guest.sh: function call interrupts of all CPUs (CAL in
# /proc/interrupts) for each call, less what comes in as long a time without one;
# the same for each second; and the median latency.
#
# Exit status: 0 measured, 1 not

set -euo pipefail
bench=$1 calls=$2

cal() { awk '$1 == "CAL:" { for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i; print sum }' /proc/interrupts; }

# while_doing COMMAND... - sets ns and interrupts
while_doing()
{
	local cal ns0

	cal=$(cal) ns0=$(date +%s%N)
	"$@"
	ns=$(($(date +%s%N) - ns0)) interrupts=$(($(cal) - cal))
}

measure()
{
	local with

	sleep 2
	while_doing "$bench" destroy "$calls" > /tmp/destroyed
	with=$interrupts
	while_doing sleep "$(awk -v ns="$ns" 'BEGIN { print ns / 1e9 }')"
	sort -n -k 2 /tmp/destroyed | awk -v load="$1" -v n="$calls" -v s="$ns" -v own=$((with - interrupts)) '
	{ ns[NR] = $2 }
	END {
		printf "interrupts\t%s.call\tinterrupts\t%.2f\n", load, own / n
		printf "interrupts\t%s.second\tinterrupts\t%.0f\n", load, own / (s / 1e9)
		printf "interrupts\t%s.median\tmilliseconds\t%.3f\n", load, ns[int((NR + 1) / 2)] / 1e6
	}'
}

measure idle
for ((cpu = 1; cpu < $(nproc); cpu++)); do
	while :; do :; done &
done
measure busy
# shellcheck disable=SC2046 # a list
kill $(jobs -p)
