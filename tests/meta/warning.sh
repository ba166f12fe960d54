# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A kernel that complains on its console, with all commands successful

expect 125 'kernel complained .* status 0' "$scripts/boot/boot" --timeout 120 series -- \
	sh -c 'echo "<4>WARNING: CPU: 0 PID: 1 at fs/aio.c:1 free_ioctx" > /dev/kmsg'
