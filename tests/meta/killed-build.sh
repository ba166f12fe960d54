# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A build that is killed half-way is not taken for a kernel

flavour lie '# CONFIG_MODULES is not set'
mkdir -p "$trees/series/O-lie/arch/x86/boot"
touch "$trees/series/O-lie/.lab-stamp" "$trees/series/O-lie/arch/x86/boot/bzImage"
setsid "$scripts/kernel/build.sh" series-lie > "$meta/log" 2>&1 &
builder=$!
# Another build may have to end first.
for _ in $(seq 4500); do
	[ ! -f "$trees/series/O-lie/fs/aio.o" ] || break
	[ ! -f "$trees/series/O-lie/kernel/fork.o" ] || break
	sleep 0.2
done
if ! kill -KILL -- "-$builder"; then
	echo 'the build ended before it could be killed'
	exit 1
fi
wait "$builder" || :
expect 2 'not built' "$scripts/boot/boot" series-lie -- true
rm -rf "$trees/series/O-lie"
