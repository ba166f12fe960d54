#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest-init.sh - the first program in the guest; boot.sh starts it, you do not
#
# The root is the host's, read-only over 9p. Everything that is written to is
# mounted here: /tmp /run /mnt /dev/shm in memory, and $OUT (/mnt/out), a
# folder of the host, through which the command comes in and its exit status
# and result files go out. stdout and stderr leave by ports of their own, so
# that the kernel's console is the kernel's alone.
#
# Exit status: none; what is in $OUT/status when the guest goes down

set -u
export LC_ALL=C HOME=/root OUT=/mnt/out
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
lab=$(cd "$(dirname "$0")/.." && pwd)

down()
{
	# RB_AUTOBOOT: QEMU runs with -no-reboot, so this is the end of it.
	# perl is in Debian's essential set; nothing else has the call.
	perl -e 'syscall(169, 0xfee1dead, 0x28121969, 0x01234567, 0)'
	echo b > /proc/sysrq-trigger
	exit 1
}

quiet_mount()
{
	mount "$@" 2> /dev/null
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
quiet_mount -t devtmpfs devtmpfs /dev || :	# usually there already
quiet_mount -t debugfs debugfs /sys/kernel/debug
quiet_mount -t configfs configfs /sys/kernel/config
for dir in /tmp /run /mnt; do
	mount -t tmpfs -o mode=1777 tmpfs "$dir"
done
mkdir -p /dev/pts /dev/shm "$OUT"
mount -t devpts devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
for link in fd:/proc/self/fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do
	[ -e "/dev/${link%%:*}" ] || ln -s "${link#*:}" "/dev/${link%%:*}"
done

p9=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o "$p9" out "$OUT" || { echo "guest-init: no $OUT" >&2; down; }
# A repository under /tmp has just been hidden by the mounts above.
if [ ! -e "$lab/scripts/guest-init.sh" ]; then
	mkdir -p "$lab"
	mount -t 9p -o "ro,$p9,cache=loose" lab "$lab"
fi

# shellcheck disable=SC1091 # written by boot.sh
. "$OUT/env"
hostname "$K"
cd "$LAB_CWD" 2> /dev/null || cd /

if [ -n "$LAB_TTY" ]; then
	export PS1="[$K] \\w# " TERM="$LAB_TERM"
	stty -F /dev/hvc0 rows "${LAB_TTY% *}" cols "${LAB_TTY#* }"
	setsid -c bash --norc -i <> /dev/hvc0 >&0 2>&0
	echo $? > "$OUT/status"
	down
fi

# A port can be opened once only, hence the cats: /dev/stdout must open again.
port()
{
	local dir

	for dir in /sys/class/virtio-ports/*; do
		[ "$(cat "$dir/name")" != "$1" ] || echo "/dev/${dir##*/}"
	done
}

exec 7> "$(port lab.stdout)" 8> "$(port lab.stderr)"
mkfifo /run/stdout /run/stderr
cat /run/stdout >&7 &
cats=$!
cat /run/stderr >&8 &
cats="$cats $!"

bash "$OUT/cmd" < /dev/null > /run/stdout 2> /run/stderr 7>&- 8>&-
status=$?

# What the command has said is on its way; what it left running is not waited
# for.
for cat in $cats; do
	timeout 2 tail -s 0.05 --pid="$cat" -f /dev/null
done
echo "$status" > "$OUT/status"
down
