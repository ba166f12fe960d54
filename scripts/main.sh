#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# main.sh - make: build, boot, test and measure list and table, in one table
#
# Usage: main.sh
#
# Exit status: 0 all held, 1 something did not

set -euo pipefail
. "$(dirname "$0")/lib.sh"

kernels=(list table)
start=$SECONDS
failed=0
declare -A built tested cost
rm -f "$build"/results/fio-512-contexts-*.sum

# No kernel is left out for the other's sake: the table says what held.
for k in "${kernels[@]}"; do
	built[$k]=failed tested[$k]=- cost[$k]=-
	if "$scripts/tree.sh" --keep "$k" && "$scripts/build.sh" "$k"; then
		built[$k]=ok
	else
		failed=1
	fi
done
for k in "${kernels[@]}"; do
	[ "${built[$k]}" = ok ] || continue
	rc=0
	"$scripts/kselftest.sh" "$k" || rc=$?
	p='' f='' s=0 x=0
	[ ! -f "$build/results/kselftest-$k.sum" ] ||
		read -r p f s x < "$build/results/kselftest-$k.sum"
	case $rc in
	0 | 1) tested[$k]="$p ok, $f failed" ;;
	124) tested[$k]='timed out' ;;
	125) tested[$k]='kernel died' ;;
	*) tested[$k]='not run' ;;
	esac
	[ "$rc" = 0 ] || failed=1
	[ -z "$p" ] || [ "$s" = 0 ] || tested[$k]+=", $s skipped"
	[ -z "$p" ] || [ "$x" = 0 ] || tested[$k]+=", $x expected"
	if "$scripts/fio.sh" "$k" 512-contexts; then
		cost[$k]=$(cat "$build/results/fio-512-contexts-$k.sum")
	else
		failed=1 cost[$k]=failed
	fi
done

echo
printf '%-8s %-7s %-34s %s\n' kernel build kselftests '512 contexts: instructions per I/O'
for k in "${kernels[@]}"; do
	relative=
	if [[ ${cost[list]} =~ ^[0-9]+$ && ${cost[$k]} =~ ^[0-9]+$ ]]; then
		relative="$((cost[$k] * 1000 / cost[list]))"
		relative="  $((relative / 10)).$((relative % 10)) % of list"
	fi
	printf '%-8s %-7s %-34s %s%s\n' "$k" "${built[$k]}" "${tested[$k]}" "${cost[$k]}" "$relative"
done
printf '\n%s in %d min %d s\n' "$([ $failed = 0 ] && echo 'All held' || echo 'NOT all held')" \
	$(((SECONDS - start) / 60)) $(((SECONDS - start) % 60))
exit $failed
