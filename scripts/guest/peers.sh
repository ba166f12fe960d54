#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/peers.sh - in the guest: other people's tests; a step of peers.sh
#
# Usage: guest/peers.sh LIBAIO-DIR SECONDS SEED {libaio|stress|fio|trinity}...
#
# Prints "TEST pass", "TEST fail" or "TEST skip" a test; what they say goes to
# $OUT, which is build/run/peers-K/out outside.
#
# Exit status: 0 all ran, whatever they said

set -uo pipefail

libaio=$1 seconds=$2 seed=$3
shift 3

# verdict TEST STATUS
verdict()
{
	case $2 in
	0) echo "$1 pass" ;;
	3) echo "$1 skip" ;;
	124) echo "$1 timeout" ;;
	*) echo "$1 fail" ;;
	esac
}

# libaio's case 6 writes 768 MiB.
mke2fs -q -F /dev/ram0 1000M && mkdir -p /mnt/ext2 && mount -t ext2 /dev/ram0 /mnt/ext2 || exit 1

# As make check has it: most cases in any folder, 8 on ext2, 10 on a full one
run_libaio()
{
	local prog name

	cp -r "$libaio/harness" /mnt/ext2/ && cd /mnt/ext2/harness || exit 1
	for prog in $(find cases -name '*.p' | sort -V); do
		name=libaio-$(basename "$prog" .p)
		case $name in
		libaio-10) mount -o loop -t ext2 ext2-enospc.img testdir.enospc ;;
		libaio-8) mount -o loop -t ext2 ext2.img testdir.ext2 ;;
		esac
		# Case 18 waits for 100,000 io_destroy()s; on stock it takes minutes.
		timeout 900 "$prog" > "$OUT/$name" 2>&1 < /dev/null
		verdict "$name" $?
		umount testdir.enospc testdir.ext2 2> /dev/null
	done
}

run_stress()
{
	cd /mnt/ext2 || exit 1
	stress-ng --aiol 4 --aiol-requests 64 --timeout "$seconds" --verify --metrics-brief \
		> "$OUT/stress-ng" 2>&1 < /dev/null
	verdict stress-ng-aiol $?
}

# clock_gettime: in an emulated guest the TSC is no clock for fio.
run_fio()
{
	local depth

	for depth in 1 32; do
		fio --name=verify --directory=/mnt/ext2 --ioengine=libaio --iodepth="$depth" --rw=randwrite \
			--bs=1k --size=2m --numjobs=8 --verify=crc32c --verify_fatal=1 --do_verify=1 \
			--clocksource=clock_gettime --group_reporting > "$OUT/fio-$depth" 2>&1 < /dev/null
		verdict "fio-verify-depth-$depth" $?
	done
}

# A program that does as it likes needs no rights; that it ends itself early
# (139: it hits its own memory) is as good as any end.
run_trinity()
{
	local call calls=()

	for call in setup destroy submit getevents cancel; do calls+=(-c "io_$call"); done
	mkdir -p /tmp/trinity && chmod 777 /tmp/trinity && cd /tmp/trinity || exit 1
	timeout -k 10 "$seconds" setpriv --reuid 65534 --regid 65534 --clear-groups \
		trinity -q -C 4 -s "$seed" --disable-fds=sockets "${calls[@]}" > "$OUT/trinity" 2>&1 < /dev/null
	! grep -q iterations "$OUT/trinity"
	verdict trinity $((! $?))
}

for what; do
	case $what in
	libaio) (run_libaio) ;;
	stress) (run_stress) ;;
	fio) (run_fio) ;;
	trinity) (run_trinity) ;;
	esac
done
exit 0
