# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A kernel that dies while a command runs

expect 125 'kernel died' "$scripts/boot/boot" --timeout 120 series -- \
	sh -c 'echo c > /proc/sysrq-trigger; sleep 60'
