#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# guest/arch-init.sh - the first program in a guest of another architecture; for arch.sh
#
# The root is a folder that arch.sh has filled: Debian's busybox for that
# architecture, the selftests in /tests, this file. It is read-only over 9p; /mnt
# is a folder of the host, for what the tests say.
#
# Exit status: none; what is in /mnt/status when the guest goes down

export LC_ALL=C HOME=/ PATH=/run/bin
busybox=/bin/busybox
$busybox mount -t proc proc /proc
$busybox mount -t tmpfs tmpfs /run
$busybox mkdir /run/bin
$busybox --install -s /run/bin

# How 9p is to be mounted says arch.sh, once, for the root too. What is written is
# not kept back: the guest goes down without an umount.
read -r p9 < /proc/cmdline
p9=${p9##*rootflags=} p9=${p9%% *}
mount -t 9p -o "${p9%,cache=*}" out /mnt

mount -t sysfs sysfs /sys
mount -t debugfs debugfs /sys/kernel/debug 2> /dev/null
mount -t configfs configfs /sys/kernel/config 2> /dev/null
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p /dev/shm
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
ln -s /proc/self/fd /dev/fd
for std in in:0 out:1 err:2; do
	ln -s "fd/${std#*:}" "/dev/std${std%:*}"
done

cd /tests || exit 1
# shellcheck disable=SC3045 # ash has it
ulimit -c 0
# It opens its /dev/stdout again, and would write over what a file has.
{ ./run_kselftest.sh 2>&1 < /dev/null; echo $? > /run/status; } | cat > /mnt/tap
# As in guest/tests.sh: the last word is the kernel's.
sleep 7
cp /run/status /mnt/status
reboot -f
