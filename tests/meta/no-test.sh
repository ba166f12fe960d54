# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A test program that does not start has not passed

selftests 'exit 0'
expect 1 'not ok .*gave no plan' "$scripts/test/kselftest.sh" series
