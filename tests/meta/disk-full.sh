# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A disk that is full before a build, and one that fills during it

flavour lie '# CONFIG_MODULES is not set'
mkdir -p "$trees/series/O-lie"
mount -t tmpfs -o size=8m tmpfs "$trees/series/O-lie" || exit 1
expect 1 'No space left' "$scripts/kernel/build.sh" series-lie
expect 2 'not built' "$scripts/boot/boot" series-lie -- true
umount "$trees/series/O-lie"
rm -rf "$trees/series/O-lie"

mount -t tmpfs -o size=8m tmpfs "$build" || exit 1
mkdir -p "$build/log"
expect 1 'disk full' "$scripts/tree/prepare.sh"
umount "$build"
