#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kcsan-races.sh - which data races that KCSAN reports are the series' own?
#
# Usage: kcsan-races.sh K CONSOLE-FILE
#
# A report counts if it names a function of fs/aio.c or lib/percpu-refcount.c and
# scripts/boot/kcsan-allowed has no reason why it is none. Prints those, or a line
# with the number of the others. A console with any other complaint is not for
# this script to excuse.
#
# Exit status: 0 none that counts, 1 some, or another complaint

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 2 ] || { usage >&2; exit 1; }
split_k "$1"
others=$("$scripts/boot/console-badness.sh" "$2" | grep -v 'KCSAN: data-race in' || :)
[ -z "$others" ] || { head -n 3 <<< "$others"; exit 1; }
reports=$(sed -n 's/.*BUG: KCSAN: data-race in //p' "$2" | tr -d '\r' | sort | uniq -c | sort -rn)
symbols=$(nm "$odir/fs/aio.o" "$odir/lib/percpu-refcount.o" | awk '$2 ~ /^[tT]$/ { print $3 }')
bad=$(grep -wF "$symbols" <<< "$reports" |
	grep -vE -f <(grep -v '^\(#\|$\)' "$scripts/boot/kcsan-allowed") || :)
[ -z "$bad" ] || { echo "$bad"; exit 1; }
echo "$(grep -c . <<< "$reports") kinds of races, none that counts"
