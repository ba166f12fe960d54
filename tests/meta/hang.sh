# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A guest that does not end in time

expect 124 'timed out' "$scripts/boot/boot" --timeout 20 table -- sleep 1000
