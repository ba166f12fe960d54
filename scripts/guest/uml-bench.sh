#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/uml-bench.sh - what the calls take, by the clock; runs under UML
#
# Usage: guest/uml-bench.sh
#
# A step of bench/uml.sh, in the folder of the installed selftests. Prints the rows
# of guest/calls.sh.
#
# Exit status: 0 measured, 1 not

set -euo pipefail
export DESTROYS=50 EXITS=20
calls=$(dirname "$0")/calls.sh
bench=$PWD/aio/ioctx_bench
echo 100000000 > /proc/sys/fs/aio-max-nr
echo 20000000 > /proc/sys/vm/max_map_count
for part in hardware calls ends exits; do
	"$calls" wall $part "$bench"
done
