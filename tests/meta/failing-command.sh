# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# The status of the command comes back, and those that have a meaning do not

expect 7 'command failed with status 7' "$scripts/boot/boot" --timeout 120 series -- sh -c 'exit 7'
expect 123 'status 124' "$scripts/boot/boot" --timeout 120 series -- sh -c 'exit 124'
