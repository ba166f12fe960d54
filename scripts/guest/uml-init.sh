#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/uml-init.sh - the first program under UML; uml.sh starts it, you do not
#
# The root is the host's, read-only. The command line has lab.out=FOLDER, to
# write to, and lab.tests=FOLDER, where the selftests are installed; lab.run=FILE is
# run there, in place of them. What it says is in FOLDER/tap.
#
# Exit status: none; what is in FOLDER/status when UML ends

set -u
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root
mount -t proc proc /proc
read -r words < /proc/cmdline
out='' tests='' run=./run_kselftest.sh
for word in $words; do
	case $word in
	lab.out=*) out=${word#*=} ;;
	lab.tests=*) tests=${word#*=} ;;
	lab.run=*) run=${word#*=} ;;
	esac
done
mount -t sysfs sysfs /sys
[ -e /dev/fd ] || perl -e 'symlink "/proc/self/fd", "/dev/fd"; symlink "fd/" . $i++, "/dev/std$_" for "in", "out", "err"'
mount -t configfs configfs /sys/kernel/config 2> /dev/null
mount -t tmpfs tmpfs /run
mkdir -p /run/out /run/tests
mount -t hostfs -o "$out" none /run/out
# What lies under /tmp is hidden by a /tmp to write to.
mount -t hostfs -o "$tests" none /run/tests
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /dev/shm 2> /dev/null
cd /run/tests || exit 1
ulimit -c 0
# It opens its /dev/stdout again, and would write over what a file has.
"$run" 2>&1 < /dev/null | cat > /run/out/tap
echo "${PIPESTATUS[0]}" > /run/out/status
sync
# RB_POWER_OFF
perl -e 'syscall(169, 0xfee1dead, 0x28121969, 0x4321fedc, 0)'
