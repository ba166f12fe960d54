#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# console-badness.sh - did the kernel complain on its console?
#
# Usage: console-badness.sh CONSOLE-FILE
#
# Prints the lines of a complaint, with their line numbers. Lines that match
# an expression in scripts/boot/console-allowed do not count.
#
# Exit status: 0 nothing found, 1 the kernel complained, 2 no such file

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 2; }
[ -r "$1" ] || { echo "${0##*/}: cannot read $1" >&2; exit 2; }

patterns='
Badness
\bBUG[: ]
INFO: rcu
INFO: task .* blocked for
INFO: trying to register non-static key
KASAN
KCSAN
Kernel panic
ODEBUG:
Oops
UBSAN
WARNING:
bad: scheduling
blocked for more than
detected stall
general protection fault
kernel BUG at
list_(add|del) corruption
possible circular locking
possible recursive locking
refcount_t:
soft lockup
suspicious RCU usage
unreferenced object
workqueue lockup
'

# What is not on the console cannot be complained about: -a, as a dying
# kernel may leave any byte.
! grep -naE "$(sed '/^$/d' <<< "$patterns" | paste -sd '|')" "$1" |
	grep -vE -f <(grep -v '^[[:space:]]*\(#\|$\)' "$scripts/boot/console-allowed") |
	tr -d '\r'
