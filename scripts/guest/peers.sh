#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/peers.sh - in the guest: other people's tests and programs; a step of peers.sh
#
# Usage: guest/peers.sh BUILD-DIR SECONDS SEED WHAT...
#
# Tests of AIO: libaio, abi (cases of gVisor's and LTP's tests), stress, fio,
# trinity, and sat (stressapptest, which compares what it reads). Programs that use
# it: nginx qemu mariadb sysbench criu. SECONDS
# bounds stress-ng, stressapptest and trinity, LIMIT= a program (default 300).
# Prints "TEST pass", "TEST fail", "TEST skip" or "TEST timeout" a test; what they
# say goes to $OUT, which is build/run/peers-K-*/out outside.
#
# Exit status: 0 all ran, whatever they said

set -uo pipefail
. "$(dirname "$0")/peers-lib.sh"

here=$(cd "$(dirname "$0")" && pwd)
builds=$(realpath "$1") seconds=$2 seed=$3 limit=${LIMIT:-300}
libaio=$builds/libaio
shift 3

PATH=$builds/criu:$PATH
mkdir -p /sys/kernel/tracing
mount -t tracefs tracefs /sys/kernel/tracing 2> /dev/null

# libaio's case 6 writes 768 MiB.
mountpoint -q /mnt/ext2 ||
	{ mke2fs -q -F /dev/ram0 1000M && mkdir -p /mnt/ext2 &&
		mount -t ext2 /dev/ram0 /mnt/ext2; } || exit 1

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

# Pages of its disk, written and read back by requests of its own
run_sat()
{
	with_aio stressapptest $((seconds + 120)) stressapptest -s "$seconds" -M 64 -m 1 -d /dev/ram1
}

run_sysbench()
{
	local bench=(sysbench fileio --file-total-size=16M --file-num=4 --file-io-mode=async
		--file-async-backlog=32 --file-extra-flags=direct --file-test-mode=rndrw
		--file-block-size=4096 --threads=4 --time=0 --events=10000)

	cd /mnt/ext2 && "${bench[@]}" prepare > /dev/null || exit 1
	with_aio sysbench-fileio "$limit" "${bench[@]}" run
}

# parts PROGRAM PART... - each has a verdict
parts()
{
	local part

	for part in "${@:2}"; do with_aio "$1-$part" "$limit" "$here/peers-$1.sh" "$part"; done
}

for what; do
	case $what in
	libaio) (run_libaio) ;;
	abi) "$here/peers-abi.py" /mnt/ext2 2> "$OUT/abi" ;;
	stress) (run_stress) ;;
	fio) (run_fio) ;;
	trinity) (run_trinity) ;;
	sat) (run_sat) ;;
	sysbench) (run_sysbench) ;;
	nginx) with_aio nginx "$limit" "$here/peers-nginx.sh" "$builds/nginx/objs/nginx" ;;
	qemu) parts qemu bench convert io ;;
	mariadb) parts mariadb load recover ;;
	criu) parts criu rings busy ;;
	esac
done
exit 0
