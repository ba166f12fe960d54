#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# qemu.sh - become the QEMU that runs one guest; a step of boot
#
# Usage: qemu.sh [options] KERNEL RUN-DIR [APPEND]
#
# Options: --icount --disk FILE --pin CPUS --gdb --qemu-arg TEXT --dry-run as boot
# has them; --shell: this terminal is the guest's.
# RUN-DIR/console.log takes the kernel's console, RUN-DIR/out is the guest's
# $OUT, RUN-DIR/stdout and stderr (pipes) are its command's. Environment: ACCEL=auto|tcg|kvm, CPUS (2), MEM (4G).
#
# Exit status: QEMU's, or 2 when it was not started

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

icount='' shell='' dry='' extra=() disks=() pin=()
while [[ ${1:-} == --* ]]; do
	case $1 in
	--disk) disks+=("$2"); shift ;;
	--pin) pin=(taskset -c "$2"); shift ;;
	--gdb) extra+=(-S -gdb tcp:127.0.0.1:1234) ;;
	--qemu-arg) extra+=("$2"); shift ;;
	--icount) icount=1 ;;
	--shell) shell=1 ;;
	--dry-run) dry=1 ;;
	*) usage >&2; exit 2 ;;
	esac
	shift
done
[ $# -ge 2 ] || { usage >&2; exit 2; }
kernel=$1
run=$2
append=${3:-}

# /dev/kvm may be there, open, and still hang the guest before its first line:
# the CPU has to have it too.
accel=${ACCEL:-auto}
if [ "$accel" = auto ]; then
	accel=tcg
	! grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo || [ ! -w /dev/kvm ] ||
		accel=kvm
fi
cpus=${CPUS:-2} mem=${MEM:-4G}
[[ $cpus =~ ^[1-9][0-9]*$ ]] || { echo "boot: CPUS=$cpus: not a number" >&2; exit 2; }
[[ $mem =~ ^[1-9][0-9]*[MG]?$ ]] || { echo "boot: MEM=$mem: megabytes, or 4G" >&2; exit 2; }
if [ -n "$icount" ]; then
	# An instruction is a nanosecond, and an idle CPU waits for nothing.
	accel=icount cpus=1
fi
# rdrand: without it the guest collects jitter for seconds before a program
# may ask for random bytes.
case $accel in
icount) machine='-accel tcg,thread=single -icount shift=0,sleep=off -cpu qemu64,+rdrand' ;;
tcg) machine='-accel tcg,thread=multi -cpu qemu64,+rdrand' ;;
kvm) machine='-accel kvm -cpu host' ;;
*) echo "boot: ACCEL=$accel: auto, tcg or kvm" >&2; exit 2 ;;
esac

p9=trans=virtio,version=9p2000.L,msize=512000,cache=loose
p9dev=virtio-9p-pci
share='local,security_model=none,multidevs=remap'
# shellcheck disable=SC2206 # words
qemu=(qemu-system-x86_64 $machine -smp "$cpus" -m "$mem"
	-nodefaults -no-user-config -display none -no-reboot -kernel "$kernel"
	-chardev "file,id=console,path=$run/console.log" -serial chardev:console
	-fsdev "$share,id=root,path=/,readonly=on"
	-device "$p9dev,fsdev=root,mount_tag=/dev/root"
	-fsdev "$share,id=lab,path=$top,readonly=on"
	-device "$p9dev,fsdev=lab,mount_tag=lab"
	-fsdev "$share,id=out,path=$run/out"
	-device "$p9dev,fsdev=out,mount_tag=out"
	-device virtio-serial-pci)
if [ -n "$shell" ]; then
	qemu+=(-chardev "stdio,id=tty,mux=on,signal=off" -device "virtconsole,chardev=tty")
else
	for port in stdout stderr; do
		qemu+=(-chardev "file,id=$port,path=$run/$port"
			-device "virtserialport,chardev=$port,name=lab.$port")
	done
fi
for disk in "${disks[@]}"; do
	if [ ! -r "$disk" ] || [ ! -w "$disk" ]; then
		echo "boot: --disk $disk: no such file or device, or no right to write it" >&2
		exit 2
	fi
	format=raw
	[ "$(head -c 3 "$disk" | tr -d '\0')" != QFI ] || format=qcow2
	qemu+=(-drive "file=$(realpath "$disk" | sed 's/,/,,/g'),format=$format,if=virtio")
done
[ ${#pin[@]} = 0 ] || "${pin[@]}" true 2> /dev/null ||
	{ echo "boot: --pin ${pin[2]}: taskset knows no such CPUs here" >&2; exit 2; }
qemu=("${pin[@]}" "${qemu[@]}" "${extra[@]}")
# A guest that is emulated on a busy machine is slow, not stalled.
qemu+=(-append "console=ttyS0 loglevel=6 panic=-1 oops=panic acpi=noirq no_timer_check kunit.enable=0 printk.time=1 \
rcupdate.rcu_cpu_stall_timeout=120 rootfstype=9p rootflags=$p9 root=/dev/root ro \
init=$scripts/guest/init.sh${append:+ $append}")

if [ -n "$dry" ]; then
	printf '%q ' "${qemu[@]}"
	echo
	exit 0
fi
printf '%q ' "${qemu[@]}" > "$run/qemu-cmd"
say QEMU "$(basename "$run"): $accel, $cpus CPU$([ "$cpus" = 1 ] || echo s)" >&2
exec "${qemu[@]}" 2> "$run/qemu.log"
