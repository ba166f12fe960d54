#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench/sizes.sh - how big the structures are that the designs change
#
# Usage: bench/sizes.sh "KERNEL..."
#
# Prints rows as in bench.tsv: job, kernel, metric, unit, value. Sizes of structures: compiles fs/aio.c and their
# names with the command that compiled it for each built kernel, and reads the
# assembly. Bytes of the index of a process with so many contexts: computed
# from what each design allocates, rounded up as kmalloc() does. Code: what size
# says of the objects.
#
# Exit status: 0

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

declare -A head	# of the table, before the slots

# sizes KERNEL - the rows, and head
sizes()
{
	local obj=$trees/$1/O cmd name value object

	cmd=$(sed -n 's/^\(savedcmd\|cmd\)_fs\/aio.o := //p' "$obj/fs/.aio.o.cmd" 2> /dev/null) || return 0
	# One more source around its own, assembly in place of an object
	cmd=${cmd%%;*}
	cmd=${cmd% -c *}
	cmd=${cmd/-Wp,-MMD,[! ]*aio.o.d/}
	{
		echo "#include \"$trees/$1/fs/aio.c\""
		for name in mm_struct task_struct kioctx kioctx_cpu kioctx_table; do
			[ $name != kioctx_table ] || grep -q '^struct kioctx_table {' "$trees/$1/fs/aio.c" ||
				continue
			echo "unsigned long size_$name = sizeof(struct $name);"
		done
	} > "$tmp/size.c"
	(cd "$obj" && bash -c "$cmd -S -o $tmp/size.s $tmp/size.c") 2> "$tmp/err" ||
		{ echo "bench/sizes.sh: $1: $(head -n 1 "$tmp/err")" >&2; return 0; }
	while read -r name value; do
		printf 'memory\t%s\t%s\tbytes\t%s\n' "$1" "$name" "$value"
		[ "$name" != kioctx_table ] || head[$1]=$value
	done < <(awk '
	/^size_.*:$/ { name = substr($1, 6, length($1) - 6) }
	/\.quad/ && name { print name, $2; name = "" }' "$tmp/size.s")
	for object in fs/aio lib/percpu-refcount; do
		printf 'memory\t%s\ttext.%s\tbytes\t%s\n' "$1" ${object#*/} \
			"$(size "$obj/$object.o" | awk 'NR == 2 { print $1 }')"
	done
}

for k in $1; do
	[ ! -f "$trees/$k/O/.lab-stamp" ] || sizes "$k"
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
		stock | v3) bytes=$(kmalloc $((${head[$k]:-24} + 8 * $(slots 4 4 $n)))) ;;
		slot0) bytes=$(kmalloc $((${head[$k]:-32} + 8 * $(slots 4 2 $n)))) ;;
		series) # and a bit for each slot
			nr=$(slots 4 2 $n)
			bytes=$(kmalloc $((${head[$k]:-24} + 8 * nr + 8 * $(nodes "$nr" 1)))) ;;
		*) continue ;;
		esac
		printf 'memory\t%s\tindex.%s\tbytes\t%s\n' "$k" $n "$bytes"
	done
done
