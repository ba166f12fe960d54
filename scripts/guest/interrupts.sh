#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/interrupts.sh - whom does io_destroy() disturb? runs in the guest
#
# Usage: guest/interrupts.sh BENCH CALLS
#
# Calls io_destroy() on CALLS idle contexts, one after the other, while the other
# CPUs are idle, while each of them runs a process that never sleeps, and while
# the process has a thread for each of them, asleep or never asleep. Prints the
# rows of guest/bench.sh, each for a call: interrupts of all CPUs (function calls,
# those for the TLB, wake-ups), function calls in as long a time without a call;
# how often the caller slept; the time.
#
# Exit status: 0 measured, 1 not

set -euo pipefail
bench=$1 calls=$2

for scene in alone busy asleep spinning; do
	sleep 1
	"$bench" interrupts "$calls" $scene | sed "s/^/interrupts-$scene\t/"
done
