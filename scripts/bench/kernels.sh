#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench/kernels.sh - build the trees and kernels of the benchmark
#
# Usage: bench/kernels.sh KERNEL[-FLAVOUR]...
#
# What is up to date is left alone by tree.sh and build.sh.
#
# Exit status: 0 all built, 1 some are not (the lines above say which)

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# -ge 1 ] || { usage >&2; exit 1; }
status=0

for k; do
	split_k "$k"
	if ! "$scripts/tree/tree.sh" --keep "$name"; then
		say MISSING "$k: no tree"
		status=1
		continue
	fi
	"$scripts/kernel/build.sh" "$k" || { say MISSING "$k: not built"; status=1; }
done
exit $status
