#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/peers-qemu.sh - in the guest: QEMU's block layer, by its own programs
#
# Usage: guest/peers-qemu.sh {bench|convert|io}
#
# qemu-img and qemu-io with native AIO, which is for images without a page cache
# only. Each has a context, and an eventfd that tells it of events; it takes them
# from the ring itself. bench writes an image with 64 requests in flight, raw and qcow2; convert
# copies one to qcow2 and back, out of order; io reads back what is in flight at
# once. The contents are compared with programs that know nothing of AIO.
#
# Exit status: 0 all as it should be, 1 not

set -euo pipefail
. "$(dirname "$0")/peers-lib.sh"

mib=16

# image FORMAT FILE - how it is named, to be opened with native AIO
image()
{
	echo "driver=$1,file.driver=file,file.filename=$2,file.aio=native,file.cache.direct=on"
}

# all_z - an image with a Z everywhere
all_z()
{
	head -c ${mib}M /dev/zero | tr '\0' Z
}

bench()
{
	local fmt

	for fmt in raw qcow2; do
		qemu-img create -q -f $fmt bench.$fmt ${mib}M
		qemu-img bench -w -t none -i native -f $fmt -c $((mib * 128)) -d 64 -s 8192 \
			--pattern=$((0x5a)) bench.$fmt
		qemu-img bench -t none -i native -f $fmt -c 1000 -d 64 -s 4096 -S 12288 bench.$fmt
		qemu-img convert -f $fmt -O raw bench.$fmt plain
		all_z | cmp - plain || fail "bench has written something else to $fmt"
	done
}

convert()
{
	head -c ${mib}M /dev/urandom > from
	qemu-img create -q -f qcow2 between ${mib}M
	truncate -s ${mib}M to
	qemu-img convert -n -W -m 16 --image-opts --target-image-opts \
		"$(image raw from)" "$(image qcow2 between)"
	qemu-img compare --image-opts "$(image raw from)" "$(image qcow2 between)"
	qemu-img check between
	qemu-img convert -n -W -m 16 --image-opts --target-image-opts \
		"$(image qcow2 between)" "$(image raw to)"
	cmp from to || fail 'convert has lost something'
}

io()
{
	local i commands=() said

	truncate -s ${mib}M io
	for ((i = 1; i <= 60; i++)); do commands+=(-c "aio_write -q -P $i $((i * 128))k 64k"); done
	commands+=(-c aio_flush)
	for ((i = 1; i <= 60; i++)); do commands+=(-c "aio_read -P $i $((i * 128))k 64k"); done
	commands+=(-c aio_flush)
	said=$(qemu-io -t none -i native -f raw "${commands[@]}" io)
	echo "$said"
	[[ $said != *failed* ]] || fail 'qemu-io has read something else'
	[ "$(grep -c '^read 65536/65536' <<< "$said")" = 60 ] || fail 'qemu-io has not read all'
	[ "$(for ((i = 1; i <= 60; i++)); do
		dd if=io bs=64k skip=$((i * 2)) count=1 status=none | od -An -v -tu1 -w1 | sort -u
	done | tr -d ' \n')" = "$(seq -s '' 60)" ] || fail 'qemu-io has written something else'
}

dir=/mnt/ext2/qemu-$1
rm -rf "$dir"
mkdir -p "$dir" && cd "$dir"
"$1"
