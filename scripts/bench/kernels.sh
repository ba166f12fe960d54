#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench/kernels.sh - build the kernels of the benchmark that are not built
#
# Usage: bench/kernels.sh KERNEL[-FLAVOUR]...
#
# A kernel is up to date when its stamp names the commit its tree is at, the
# tree has no changes, and tree.sh has nothing to bring.
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
	stamp=$odir/.lab-stamp
	if [ -f "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$(git -C "$tree" rev-parse HEAD)" ] &&
	   git -C "$tree" diff-index --quiet HEAD && cmp -s <(sha1sum < "$odir/.config") <(sed -n 2p "$stamp"); then
		continue
	fi
	"$scripts/kernel/build.sh" "$k" || { say MISSING "$k: not built"; status=1; }
done
exit $status
