# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A selftest that fails, and one that is planned and never says how it ended

selftests 'echo 1..3' 'echo ok 1 good' 'echo not ok 2 bad' 'exit 1'
expect 1 'not ok .*broken:bad' "$scripts/test/kselftest.sh" series
expect 1 '1 of 3 tests gave no result' "$scripts/test/kselftest.sh" series
