#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench/facts.sh - the machine, the programs and the kernels of a benchmark
#
# Usage: bench/facts.sh RESULTS KERNEL[-FLAVOUR]...
#
# Prints "FACT <tab> VALUE" lines; the first is what a wall clock means here:
# "hardware" with KVM, "emulated" without. CPUS is one number, as for qemu.sh. The
# series is named by what it makes of the files that it changes, too.
#
# Exit status: 0

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# -ge 2 ] || { usage >&2; exit 1; }
results=$1
shift

fact() { printf '%s\t%s\n' "$1" "$2"; }

# The folder and the machine's own names do not belong in a report.
qemu=$("$scripts/boot/qemu.sh" --dry-run KERNEL RUN | sed "s|$top/||g")
case $qemu in
*'-accel kvm'*) fact wall-clock hardware ;;
*) fact wall-clock emulated ;;
esac
fact processor "$(nproc) x $(sed -n '/^model name/ { s/.*: //p; q }' /proc/cpuinfo)"
fact memory "$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)"
fact host "$(uname -sr), $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release)"
fact QEMU "$(qemu-system-x86_64 --version | head -n 1)"
fact 'QEMU command' "$qemu"
fact 'QEMU, counting' "$("$scripts/boot/qemu.sh" --icount --dry-run KERNEL RUN |
	grep -o -- '-accel.*-smp [0-9]*')"
fact compiler "$(gcc --version | head -n 1)"
fact fio "$(fio --version)"
fact ioctx_bench "sha256 $(sha256sum < "$results/bin/ioctx_bench" | cut -c 1-16)"
# What is set: a tree with one more test to switch on has the same options.
options() { grep '^CONFIG_' "$trees/$1/O/.config"; }
# That of the first one that is built; the others are compared with it
for first; do [ ! -f "$trees/$first/O/.lab-stamp" ] || break; done
fact .config "sha256 $(options "$first" | sha256sum | cut -c 1-16) of what is set"
for k; do
	split_k "$k"
	image=$odir/arch/x86/boot/bzImage
	if [ ! -f "$odir/.lab-stamp" ]; then
		fact "kernel $k" missing
		continue
	fi
	same=
	[ -n "$flavour" ] || cmp -s <(options "$first") <(options "$k") || same=', ANOTHER .config'
	fact "kernel $k" "tree $(git -C "$tree" rev-parse 'HEAD^{tree}' | cut -c 1-12), \
bzImage sha256 $(sha256sum < "$image" | cut -c 1-16)$same"
	[ "$k" = series ] || continue
	for file in fs/aio.c lib/percpu-refcount.c; do
		fact $file "$(git -C "$tree" rev-parse --verify "HEAD:$file")"
	done
done
