# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# An option that kconfig drops without a word

flavour lie 'CONFIG_NO_SUCH_OPTION=y'
expect 1 'wanted CONFIG_NO_SUCH_OPTION=y, got n' "$scripts/kernel/build.sh" series-lie
expect 2 'not built' "$scripts/boot/boot" series-lie -- true
rm -rf "$trees/series/O-lie"
