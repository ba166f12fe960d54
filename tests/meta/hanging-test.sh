# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A selftest that hangs is ended by the runner, and has failed

selftests 'echo 1..2' 'echo ok 1 good' 'sleep 1000'
expect 1 '1 of 2 tests gave no result \(TIMEOUT' "$scripts/test/kselftest.sh" series
