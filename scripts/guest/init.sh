#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/init.sh - the first program in the guest; boot starts it, you do not
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
lab=$(cd "$(dirname "$0")/../.." && pwd)

down()
{
	# RB_AUTOBOOT: QEMU runs with -no-reboot, so this is the end of it.
	# perl is in Debian's essential set; nothing else has the call.
	perl -e 'syscall(169, 0xfee1dead, 0x28121969, 0x01234567, 0)'
	echo b > /proc/sysrq-trigger
	exit 1
}

# Under KASAN on an emulated CPU a program takes half a second to begin: few of
# them here, and what the shell can do by itself it does.
mount -t proc proc /proc
# A kernel without debugfs has no place for it either.
mount -n -a -T "$lab/scripts/guest/fstab" 2> /dev/null
# How 9p is to be mounted says qemu.sh, once, for the root too.
read -r p9 < /proc/cmdline
p9=${p9##*rootflags=} p9=${p9%% *}
mkdir -p "$OUT"
mount -t 9p -o "$p9" out "$OUT"
[ -e "$OUT/env" ] || { echo "init.sh: no $OUT" >&2; down; }
[ -e /dev/fd ] || perl -e 'symlink "/proc/self/fd", "/dev/fd";
	symlink "fd/" . $i++, "/dev/std$_" for "in", "out", "err"'
# A repository under /tmp has just been hidden by the mounts above.
if [ ! -e "$lab/scripts/guest/init.sh" ]; then
	mkdir -p "$lab"
	mount -t 9p -o "ro,$p9" lab "$lab"
fi

# shellcheck disable=SC1091 # written by boot
. "$OUT/env"
echo "$K" > /proc/sys/kernel/hostname
[ ! -e /proc/sys/net/ipv4 ] || ip link set lo up 2> /dev/null
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
	local dir name

	for dir in /sys/class/virtio-ports/*; do
		read -r name < "$dir/name"
		[ "$name" != "$1" ] || echo "/dev/${dir##*/}"
	done
}

exec 7> "$(port lab.stdout)" 8> "$(port lab.stderr)"
mkfifo /run/stdout /run/stderr /run/nothing
cat /run/stdout >&7 &
cats=($!)
cat /run/stderr >&8 &
cats+=($!)

bash "$OUT/cmd" < /dev/null > /run/stdout 2> /run/stderr 7>&- 8>&-
status=$?

# What the command has said is on its way; what it left running is not waited
# for.
exec 9<> /run/nothing
for ((i = 0; i < 40; i++)); do
	kill -0 "${cats[@]}" 2> /dev/null || break
	read -r -t 0.05 <&9
done
echo "$status" > "$OUT/status"
down
