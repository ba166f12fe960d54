#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# main.sh - make: build, boot, test and measure list and series, in one table
#
# Usage: main.sh
#
# With a base that has no list: stock and series. A kernel is tried while the next
# one is built: the selftests wait more than they compute, and most counts of
# instructions do not mind what else runs. Of the first, which series is compared
# with, try.sh keeps what held as long as nothing changes; AGAIN=1 runs that, too.
#
# Exit status: 0 all held, 1 something did not

set -euo pipefail
. "$(dirname "$0")/lib.sh"

kernels=(list series)
known_tree list || kernels=(stock series)
start=$SECONDS
failed=0
pids=()
declare -A built has_tree
mkdir -p "$build/results"
began=$(date +%s)

# No kernel is left out for the other's sake: the table says what held. The trees
# come first: the selftests of all are built from that of series, and only once, not
# while a guest reads them.
for k in "${kernels[@]}"; do
	! child "$scripts/tree/tree.sh" --keep "$k" || has_tree[$k]=1
done
tests=$build/kselftest
[ -n "${has_tree[series]:-}" ] && child "$scripts/test/kselftest.sh" --install series || tests=
for k in "${kernels[@]}"; do
	built[$k]=failed
	[ -z "${has_tree[$k]:-}" ] || ! child "$scripts/kernel/build.sh" "$k" || built[$k]=ok
	if [ "${built[$k]}" = ok ] && [ -n "$tests" ]; then
		keep=()
		[ "$k" = series ] || keep=(--keep)
		LAB_PLAIN=1 LAB_KSELFTEST=$tests setpriv --pdeathsig TERM "$scripts/test/try.sh" "${keep[@]}" "$k" &
		pids+=($!)
	else
		rm -f "$build/results/try-$k"
		failed=1
	fi
done
for pid in "${pids[@]}"; do
	wait "$pid" || failed=1
done

row() { printf '%-7s %-7s %-50s %s\n' "$@"; }

# From so many context switches on fio's own lock is what is counted.
convoy=$(sed -n 's/^CONVOY = //p' "$scripts/bench/stats.py" | tr -d _)
queued='' kept=''
# of COST - as a part of the first kernel's
first=
of()
{
	[ -z "$first" ] || echo ", $((($1 * 1000 + first / 2) / first)) per mille of ${kernels[0]}"
}

echo
row kernel build kselftests 'instructions per I/O, 512 contexts'
for k in "${kernels[@]}"; do
	tested=- cost=- switches=0
	[ ! -f "$build/results/try-$k" ] ||
		{ read -r tested; read -r cost switches; } < "$build/results/try-$k"
	[ ! -f "$build/results/try-$k" ] || [ "$(stat -c %Y "$build/results/try-$k")" -ge "$began" ] ||
		kept+=" $k"
	if [[ $cost =~ ^[0-9]+$ ]]; then
		[ "${switches:-0}" -le "$convoy" ] || queued+=" $k"
		row "$k" "${built[$k]}" "$tested" "$cost$(of "$cost")"
		first=${first:-$cost}
	else
		row "$k" "${built[$k]}" "$tested" "$cost"
	fi
done
report=Documentation/results/$base.md
shipped=$(sed -n 's/^<!-- instructions per I.O, 512 contexts:.* stock \([0-9]*\).*/\1/p' "$top/$report" 2> /dev/null || :)
[ -z "$shipped" ] || [ "${kernels[0]}" = stock ] ||
	row stock - "not run now: $base as shipped, by the report" "$shipped$(of "$shipped")"
[ -z "$kept" ] || echo "Kept, as nothing that$kept is made of has changed: AGAIN=1 runs it, too."
[ -z "$queued" ] || printf '%s\n' "On$queued the threads of fio queued for a lock of its own, which is counted, too:" \
	"Documentation/results/6.12.md has the figures of boots in which they did not."
printf '\n%s, in %d min %d s. Consoles: %s; what the tests said: %s\n' \
	"$([ $failed = 0 ] && echo 'All held' || echo 'NOT all held')" \
	$(((SECONDS - start) / 60)) $(((SECONDS - start) % 60)) \
	"$(short "$build/run")/kselftest-*/console.log" "$(short "$build/results")/kselftest-*.tap"
exit $failed
