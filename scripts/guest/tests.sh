#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/tests.sh - run installed kselftests; runs in the guest
#
# Usage: guest/tests.sh DIR [ARGUMENT OF run_kselftest.sh]...
#
# The last word is the kernel's: what kvfree_rcu() takes is freed up to five
# seconds later (KFREE_DRAIN_JIFFIES) and a grace period, and may only then be
# found to be nobody's to free. And kmemleak's, if that is there.
#
# Exit status: of run_kselftest.sh

rc=0
ulimit -c 0
cd "$1" || exit 2
shift
# A guest can do without a CPU for a while.
AIO_TEST_OFFLINE=1 ./run_kselftest.sh "$@" 2>&1 || rc=$?
sleep 7

# What nobody points to, and has not for five seconds; "unreferenced object" on the
# console is a complaint. Some kernels only (aio_kasan.config).
leaks=/sys/kernel/debug/kmemleak
if [ -w $leaks ]; then
	echo scan > $leaks
	sleep 6
	echo scan > $leaks
	head -n 60 $leaks | while IFS= read -r line; do echo "$line" > /dev/kmsg; done
fi
exit $rc
