#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# main.sh - make: build, boot, test and measure list and series, in one table
#
# Usage: main.sh
#
# Both kernels are tried side by side: the selftests wait more than they
# compute, and a count of instructions does not mind what else runs.
#
# Exit status: 0 all held, 1 something did not

set -euo pipefail
. "$(dirname "$0")/lib.sh"

kernels=(list stock series)
start=$SECONDS
failed=0
pids=()
declare -A built
rm -f "$build"/results/try-*

# No kernel is left out for the other's sake: the table says what held.
for k in "${kernels[@]}"; do
	built[$k]=failed
	if child "$scripts/tree/tree.sh" --keep "$k" && child "$scripts/kernel/build.sh" "$k"; then
		built[$k]=ok
	else
		failed=1
	fi
done
for k in "${kernels[@]}"; do
	[ "${built[$k]}" = ok ] || continue
	LAB_PLAIN=1 setpriv --pdeathsig TERM "$scripts/test/try.sh" "$k" &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid" || failed=1
done

echo
printf '%-7s %-7s %-56s %s\n' kernel build kselftests 'instructions per I/O, 512 contexts'
base=
for k in "${kernels[@]}"; do
	tested=- cost=- relative=
	[ ! -f "$build/results/try-$k" ] ||
		{ read -r tested; read -r cost; } < "$build/results/try-$k"
	if [[ $cost =~ ^[0-9]+$ ]]; then
		base=${base:-$cost}
		relative=$(printf '%s of list' "$(((cost * 100 + base / 2) / base)) %")
	fi
	printf '%-7s %-7s %-56s %-8s %s\n' "$k" "${built[$k]}" "$tested" "$cost" "$relative"
done
printf '\n%s, in %d min %d s\n' "$([ $failed = 0 ] && echo 'All held' || echo 'NOT all held')" \
	$(((SECONDS - start) / 60)) $(((SECONDS - start) % 60))
exit $failed
