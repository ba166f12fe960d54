#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench.sh - measure every design of the context look-up as the thread did
#
# Usage: bench.sh [--list]
#
# Boots each of KERNELS (default: list radix xarray v3 stock slot0 series bound,
# with QUICK list stock series, on a base without a list stock series; what is not
# built is built) for each part of the
# benchmark that has no result yet, and writes bench.tsv, the report and its
# plots. What is interrupted goes on where it was; a result is made again when
# its kernel, its program or its settings changed. --list says what would run.
# Environment:
#
#   ONLY=JOB[,KERNEL]  that one only (setup, micro, 512-contexts, 1-context, depth32,
#                      direct-read, sweep, memory, ends, lookup, calls, limit, profile,
#                      interrupts; with KVM also hardware)
#   QUICK=1 / FULL=1   the first four, ends and calls, shorter / the thread's 100 loops
#   ROUNDS, CPUS       of the interleaved wall-clock runs (5, "1 2"), which list, stock
#                      and series make (with KERNELS or FULL=1 all)
#   ACCEL, MEM         as in boot; JOBS: instruction counts at a time (nproc)
#
# Results: build/results (build/results/quick with QUICK=1, full with FULL=1)
#
# Exit status: 0 all measured, 1 something is missing (the report says what)

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

case ${1:-} in
'' | --list) ;;
*) usage >&2; exit 1 ;;
esac
need fio jq gcc perf
[ "${1:-}" = --list ] || "$scripts/install-deps.sh" --bench

results=$build/results rounds=5 cpus='1 2'
. "$scripts/bench/loops.sh"
wall_loops=(1 4)	# of the jobs with one and with 512 contexts
repeat='list stock series' wall=$repeat
kernels=(list radix xarray v3 stock slot0 series bound)
if [ -n "${QUICK:-}" ]; then
	results=$results/quick rounds=2 cpus=2 repeat='' kernels=(list stock series)
	LOOPS_1=1 LOOPS_512=4 LOOPS_X=1 LOOPS_PROFILE=4 DESTROYS=20 EXITS=5
elif [ -n "${FULL:-}" ]; then
	results=$results/full repeat=${kernels[*]} wall=$repeat
	LOOPS_1=100 LOOPS_512=100 LOOPS_X=100 LOOPS_PROFILE=100 DESTROYS=200
	wall_loops=(100 100)
fi
template=template.md
known_tree list || kernels=(stock series) wall='stock series' template=template-mainline.md
[ -z "${KERNELS:-}" ] || { read -ra kernels <<< "$KERNELS"; wall=$KERNELS; }
rounds=${ROUNDS:-$rounds} cpus=${CPUS:-$cpus}
for k in "${kernels[@]}"; do known_tree "$k" || die "KERNELS: no such kernel: $k"; done
[[ "$rounds $cpus " =~ ^([1-9][0-9]* +)+$ ]] || die "ROUNDS=$rounds CPUS=$cpus: not numbers"

hardware=
! CPUS=${cpus##* } "$scripts/boot/qemu.sh" --dry-run KERNEL RUN | grep -q -- '-accel kvm' || hardware=1
units=$(HARDWARE=$hardware ONLY=${ONLY:-} ROUNDS=$rounds CPUS=$cpus REPEAT=$repeat WALL=$wall \
	"$scripts/bench/units.sh" "${kernels[@]}")
[ -n "$units" ] || die "ONLY=$ONLY: no such job or kernel here"
mapfile -t units <<< "$units"

mkdir -p "$results/raw" "$results/bin" "$results/log"
"$scripts/bench/bin.sh" "$results/bin/ioctx_bench"
status=0
mapfile -t wanted < <(printf '%s\n' "${units[@]}" | cut -d ' ' -f 3 | sort -u)
[ "${1:-}" = --list ] || "$scripts/bench/kernels.sh" "${wanted[@]}" || status=1

image() { split_k "$1"; echo "$odir/arch/x86/boot/bzImage"; }

# key MODE PART KERNEL RUN - what its result depends on; wall clocks were
# compared with those of the other kernels at the time
key()
{
	local k

	{
		echo "$LOOPS_1 $LOOPS_512 $LOOPS_X $LOOPS_PROFILE $DESTROYS $EXITS \
			$LIMIT ${wall_loops[*]}"
		cat "$scripts/guest/bench.sh" "$scripts"/guest/{calls,interrupts,memory}.sh "$results/bin/ioctx_bench" "$top"/tools/testing/fio/*.fio
		if [ "$1" = icount ] || [[ $2 =~ ^(limit|profile|interrupts)$ ]]; then
			cat "$(image "$3")"
		else
			for k in $wall "$3"; do cat "$(image "$k")" || :; done
		fi
	} 2> /dev/null | sha1sum
}

fresh() # MODE PART KERNEL RUN
{
	local raw=$results/raw/$1.$2.$3.$4.tsv
	[ -f "$raw" ] && [ "$(cat "$raw.key")" = "$(key "$@")" ]
}

todo=()
for u in "${units[@]}"; do
	# shellcheck disable=SC2086 # words
	fresh $u || todo+=("$u")
done
say BENCH "${#units[@]} runs in $(short "$results"), ${#todo[@]} of them to do"
if [ "${1:-}" = --list ]; then
	[ ${#todo[@]} = 0 ] || printf '%s\n' "${todo[@]}"
	exit 0
fi

# The report has all that is asked for now; with ONLY, also what was before
[ -n "${ONLY:-}" ] || : > "$results/expected"
printf '%s\n' "${units[@]}" >> "$results/expected"
sort -o "$results/expected" -u "$results/expected"
mapfile -t more < <(grep -- - <(printf '%s\n' "${wanted[@]}"))
CPUS=${cpus##* } "$scripts/bench/facts.sh" "$results" "${kernels[@]}" "${more[@]}" \
	> "$results/facts.tsv.new"
mv "$results/facts.tsv.new" "$results/facts.tsv"
export RESULTS=$results LOOPS_WALL_1=${wall_loops[0]} LOOPS_WALL_512=${wall_loops[1]}
[ ${#todo[@]} = 0 ] || {
	for u in "${todo[@]}"; do
		# shellcheck disable=SC2086 # words
		echo "$u $(key $u)"
	done | "$scripts/bench/run.sh" || status=1
}
[[ -n ${QUICK:-}${ONLY:-} || " ${kernels[*]} " != *' v3 '* ]] ||
	CPUS=2 "$scripts/bench/v3.sh" "$results" || status=1
"$scripts/bench/sizes.sh" "${kernels[*]}" > "$results/sizes.tsv"
"$scripts/bench/report.py" write ${QUICK:+--quick} --template "$top/Documentation/results/$template" "$results" "${kernels[@]}" || status=1
exit $status
