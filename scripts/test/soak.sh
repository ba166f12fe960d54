#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# soak.sh - make soak T=600: everything at once, for so many seconds a kernel
#
# Usage: soak.sh [SECONDS [K...]]
#
# Runs ioctx_soak of the selftests (default: 600 s each) on series-debug, which
# has KASAN, and on series-kcsan; and load_test on series-mem, with 100,000 contexts
# in 64 processes, and hardly more memory than they need (with 640M, the guest looks
# for rings to reclaim, of which there are none, and does not come back). What counts:
# no complaint on the console, no result that a call may not return, and counters
# back where they began.
# Of KCSAN's reports those count that scripts/boot/kcsan-races.sh prints.
#
# Exit status: 0 all held, 1 something did not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

seconds=${1:-600}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die "T=$seconds: not a number of seconds"
shift || :
[ $# != 0 ] || set -- series-debug series-kcsan series-mem
bad=0
for k; do
	child "$scripts/kernel/build.sh" "$k"
	child "$scripts/test/kselftest.sh" --install "$k"
	run=$build/run/soak-$k rc=0
	mkdir -p "$run"
	what=("$build/kselftest/aio/ioctx_soak" "$seconds") mem=${MEM:-}
	if [ "${k#*-}" = mem ]; then
		mem=${mem:-768M}
		what=(env AIO_TEST_CONTEXTS=100000 AIO_TEST_SECONDS=$((seconds < 120 ? seconds : 120))
			"$build/kselftest/aio/load_test")
	fi
	MEM=$mem child "$scripts/boot/boot" --run "$run" --timeout $((seconds * 2 + 300)) "$k" -- \
		"${what[@]}" || rc=$?
	if [ $rc = 125 ] && [ "${k#*-}" = kcsan ] && races=$("$scripts/boot/kcsan-races.sh" "$k" "$run/console.log"); then
		rc=$(cat "$run/out/status" 2> /dev/null || echo 125)
		say KCSAN "$races"
	fi
	case $rc in
	0) ok "soak-$k ($seconds s)" ;;
	1) not_ok "soak-$k" "a counter or a result is wrong, see above"; bad=1 ;;
	*) not_ok "soak-$k" "$(verdict_of "$rc"), see $(short "$run/console.log")"; bad=1 ;;
	esac
done
exit $bad
