#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# host.sh - make host: selftests, look-ups and fio jobs on the kernel that runs here
#
# Usage: host.sh [DIR]
#
# No QEMU: builds the selftests and runs them on this machine as it is, which
# takes some minutes, many threads and, as root, raises no limit for good. What
# patches/BASE/expected says of stock is expected of a distribution's kernel too:
# its bugs, and that it waits. Then what a look-up and io_setup() take, by the
# clock. With DIR the thread's jobs are run there as well
# (LOOPS=, default 5), in a folder of their own that is removed.
# build/results/kselftest-host.tap and host-JOB.json keep what was said.
#
# Exit status: 0 all held, 1 something failed, 2 could not start

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

die_status=2
dir=${1:-}
[ -z "$dir" ] || [ -w "$dir" ] || die "DIR=$dir: no such folder, or no right to write there"
[ -z "$dir" ] || need fio jq
child "$scripts/test/kselftest.sh" --install series
tap=$build/results/kselftest-host.tap
rc=0
say HOST "$(uname -sr): the selftests (some minutes)"
(ulimit -c 0; cd "$build/kselftest" && ./run_kselftest.sh) > "$tap" 2>&1 || :
ktap_reader host stock "$build/results/kselftest-host.sum"
"${read_tap[@]}" "$tap" || rc=1

# By the clock, on real silicon: what a look-up and the set-up of a context cost
"$scripts/bench/bin.sh" "$build/bench-bin-host"
for n in 1 512; do
	say HOST "look-up with $n contexts: $("$build/bench-bin-host" lookup $n | awk '$1 == "lookup" { print $3 }') ns"
done
say HOST "io_setup(), 1,000 in a row: $("$build/bench-bin-host" setup 1000 | awk '$1 == "setup.mean" { print $3 }') ns each"
[ -n "$dir" ] || exit $rc

dir=$(mktemp -d "$dir/aio-fio.XXXXXX")
trap 'rm -rf "$dir"' EXIT
for job in 1-context 512-contexts; do
	json=$build/results/host-$job.json
	sed "s|^directory=.*|directory=$dir|" "$top/tools/testing/fio/$job.fio" > "$dir/job.fio"
	(ulimit -n 65536 2> /dev/null || :
		LOOPS=${LOOPS:-5} fio --output-format=json --output="$json" "$dir/job.fio") ||
		{ rc=1; say HOST "$job: fio failed, see $(short "$json")"; continue; }
	say HOST "$job: $(jq -r '.jobs[0] | "\((.read.iops + .write.iops) | round) I/Os a second, \(.usr_cpu | round) % user, \(.sys_cpu | round) % system"' "$json")"
done
exit $rc
