#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/job.sh - the part of bench/job.sh that runs in the guest
#
# Usage: guest/job.sh JOBFILE		(LOOPS in the environment)
#
# ext2 on a RAM disk of 1 GB; the result goes to $OUT/fio.json.
#
# Exit status: 0 measured, 1 not

set -euo pipefail

# Blocks as in guest/bench.sh
mke2fs -q -t ext2 -b 4096 -m 0 -N 2048 /dev/ram0
mkdir -p /mnt/fio
mount -t ext2 /dev/ram0 /mnt/fio
cd /mnt/fio
fio --output-format=json --output="$OUT/fio.json" "$1"
