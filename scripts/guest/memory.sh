#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/memory.sh - what memory do contexts take? runs in the guest
#
# Usage: guest/memory.sh BENCH [OPTION]
#
# Prints the rows of guest/bench.sh: by how much /proc/meminfo differs while a
# process holds 100, and 30,000, contexts of one event.
#
# Exit status: 0 measured, 1 not

set -euo pipefail
bench=("$@")

meminfo()
{
	awk '/^(MemFree|Slab|SUnreclaim|VmallocUsed|Percpu|PageTables):/ {
		print substr($1, 1, length($1) - 1), $2 }' /proc/meminfo
}

for n in 100 30000; do
	meminfo > /tmp/before
	mkfifo "/tmp/hold-$n"
	"${bench[@]}" hold "$n" < "/tmp/hold-$n" > "/tmp/held-$n" &
	exec 5> "/tmp/hold-$n"
	until [ -s "/tmp/held-$n" ]; do sleep 0.5; done
	meminfo | join /tmp/before - | while read -r what before after; do
		printf 'memory-%s\t%s\tkB\t%s\n' "$n" "$what" $((after - before))
	done
	exec 5>&- && wait && sleep 1
done
