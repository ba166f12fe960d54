#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench-sizes.sh - how big the structures are that the designs change
#
# Usage: bench-sizes.sh "KERNEL..."
#
# Prints rows as in bench.tsv. Sizes of structures: compiles them with the
# command that compiled kernel/fork.c of each built kernel, and reads the
# assembly. Bytes of the index of a process with so many contexts: computed
# from what each design allocates, rounded up as kmalloc() does.
#
# Exit status: 0

set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat > "$tmp/size.c" << 'END'
#include <linux/mm_types.h>
#include <linux/sched.h>
unsigned long size_mm_struct = sizeof(struct mm_struct);
unsigned long size_task_struct = sizeof(struct task_struct);
END

for k in $1; do
	obj=$trees/$k/O
	cmd=$(sed -n 's/^\(savedcmd\|cmd\)_kernel\/fork.o := //p' "$obj/kernel/.fork.o.cmd" 2> /dev/null) || cmd=
	[ -n "$cmd" ] || continue
	# Its own source in place of fork.c, assembly in place of an object
	cmd=${cmd%%;*}
	cmd=${cmd% -c *}
	cmd=${cmd/-Wp,-MMD,[! ]*fork.o.d/}
	(cd "$obj" && bash -c "$cmd -S -o $tmp/size.s $tmp/size.c") 2> "$tmp/err" ||
		{ echo "bench-sizes.sh: $k: $(head -n 1 "$tmp/err")" >&2; continue; }
	awk -v k="$k" '
	/^size_.*:$/ { name = substr($1, 6, length($1) - 6) }
	/\.quad/ && name { printf "memory\t%s\t%s\tbytes\t%s\n", k, name, $2; name = "" }
	' "$tmp/size.s"
done

# kmalloc BYTES - what they take
kmalloc()
{
	local size

	for size in 64 96 128 192 256 512 1024 2048 4096 8192; do
		[ "$1" -gt $size ] || { echo $size; return; }
	done
	while [ $size -lt "$1" ]; do size=$((size * 2)); done
	echo $size
}

# slots FIRST FACTOR CONTEXTS
slots()
{
	local nr=$1

	while [ "$nr" -lt "$3" ]; do nr=$((nr * $2)); done
	echo "$nr"
}

# nodes CONTEXTS LEVELS - nodes of a tree with that many levels of 64
nodes()
{
	local sum=0 nr=$1 level

	for ((level = 0; level < $2; level++)); do
		nr=$(((nr + 63) / 64))
		sum=$((sum + nr))
	done
	echo "$sum"
}

for k in $1; do
	for n in 1 5 100 30000; do
		levels=0
		while [ $((64 ** levels)) -lt $n ]; do levels=$((levels + 1)); done
		case $k in
		list | bound) bytes=$((16 * n)) ;;	# the node in each context
		radix) bytes=$((576 * $(nodes $n 6))) ;;	# pages of 47 bits: six levels
		xarray) bytes=$((576 * $(nodes $n $levels))) ;;
		stock | v3) bytes=$(kmalloc $((24 + 8 * $(slots 4 4 $n)))) ;;
		table) bytes=$(kmalloc $((32 + 8 * $(slots 4 2 $n)))) ;;
		*) continue ;;
		esac
		printf 'memory\t%s\tindex.%s\tbytes\t%s\n' "$k" $n "$bytes"
	done
done
