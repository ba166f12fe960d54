#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/tests.sh - run installed kselftests; runs in the guest
#
# Usage: guest/tests.sh DIR [ARGUMENT OF run_kselftest.sh]...
#
# The last word is the kernel's: what kvfree_rcu() takes is freed up to five
# seconds later (KFREE_DRAIN_JIFFIES) and a grace period, and may only then be
# found to be nobody's to free.
#
# Exit status: of run_kselftest.sh

rc=0
ulimit -c 0
cd "$1" || exit 2
shift
# A guest can do without a CPU for a while.
AIO_TEST_OFFLINE=1 ./run_kselftest.sh "$@" 2>&1 || rc=$?
sleep 7
exit $rc
