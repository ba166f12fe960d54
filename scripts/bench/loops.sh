# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# loops.sh - how often each job goes over its files or makes its calls
#
# Sourced by what runs guest/bench.sh, so that make, make fio and make bench
# measure the same thing. 20 loops of 512 contexts: enough for the threads to
# overlap. Those by the clock, and QUICK and FULL, are bench.sh's own.

export LOOPS_1=${LOOPS:-5} LOOPS_512=${LOOPS:-20} LOOPS_X=2 LOOPS_PROFILE=20
export DESTROYS=40 EXITS=20 LIMIT=300000
