# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A guest that does not end in time

expect 124 'timed out' "$scripts/boot/boot" --timeout 20 series -- sleep 1000
