#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check-report.sh - was the report that is published measured on this series?
#
# Usage: check-report.sh
#
# A gate of make test.  Documentation/results/BASE.md has a line "Measured on FILE
# ID FILE ID", git's names for the contents of the two files the series changes;
# build/tree/series has to have the same.
#
# Exit status: 0 it was, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 0 ] || { usage >&2; exit 1; }
gate='report-is-of-this-series'
report=$top/Documentation/results/$base.md
files=(fs/aio.c lib/percpu-refcount.c)

fail()
{
	not_ok $gate "$*"
	exit 1
}

[ -f "$report" ] || fail "there is no $(short "$report")"
measured=$(sed -n 's/^Measured on //p' "$report")
[ -n "$measured" ] || fail "$(short "$report") does not say what it was measured on"
here=
for file in "${files[@]}"; do
	id=$(git -C "$trees/series" rev-parse --verify -q "HEAD:$file" 2> /dev/null) ||
		fail "$(short "$trees/series") has no $file"
	here+="${here:+ }$file $id"
done
[ "$measured" = "$here" ] || fail "the report is of $measured, the series has $here"
ok $gate
