#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench/units.sh - which guests does the benchmark want? a step of bench.sh
#
# Usage: bench/units.sh KERNEL...
#
# Prints "MODE PART KERNEL RUN" for each, in the order to run them in. REPEAT are
# the kernels to count more than once, WALL those to run by the clock; ONLY, QUICK,
# ROUNDS and CPUS are as in bench.sh, which sets them; HARDWARE: there is KVM.
#
# Exit status: 0

set -euo pipefail
kernels=("$@")
only_job=${ONLY%%,*} only_kernel=
[[ $ONLY != *,* ]] || only_kernel=${ONLY#*,}

# unit MODE PART KERNEL[-FLAVOUR] RUN - one guest, if it is asked for
unit()
{
	[[ " ${kernels[*]} " == *" ${3%-*} "* ]] || return 0
	[ -z "$only_kernel" ] || [ "${3%-*}" = "$only_kernel" ] || return 0
	[ -z "$only_job" ] || [[ +$2+ == *+$only_job+* ]] || return 0
	echo "$*"
}

# The longest first. 262,144 contexts take stock ten minutes.
[ -n "${QUICK:-}" ] || for k in stock list series; do unit 1cpu limit $k 1; done
for k in "${kernels[@]}"; do
	for part in setup.2 micro.2 1-context.4 512-contexts.6; do
		# bound finds the last context only, and destroys no other
		[ "$part-$k" != setup.2-bound ] || continue
		boots=1
		[[ " $REPEAT " != *" $k "* ]] || boots=${part#*.}
		for ((boot = 1; boot <= boots; boot++)); do
			unit icount "${part%.*}" "$k" $boot
		done
	done
	[ -z "${QUICK:-}" ] || continue
	for part in depth32+direct-read sweep memory; do unit icount $part "$k" 1; done
done
for k in list stock slot0 series; do unit icount ends $k 1; done
[ -n "${QUICK:-}" ] || for k in stock series; do unit icount lookup $k-preempt 1; done
for ((round = 1; round <= ROUNDS; round++)); do
	for n in $CPUS; do
		for k in $WALL; do unit "${n}cpu" 512-contexts+1-context+calls "$k" $round; done
	done
done
# By the clock these say something with KVM only.
[ -z "${HARDWARE:-}" ] || for ((round = 1; round <= ROUNDS; round++)); do
	for k in $WALL; do unit 1cpu hardware "$k" $round; done
done
[ -z "${QUICK:-}" ] || exit 0
for round in 1 2; do
	for k in list stock slot0 series; do unit 2cpu ends $k $round; done
done
# To be set beside the thread's profile, which is of the list
[[ " ${kernels[*]} " != *' list '* ]] || for k in list series; do unit 2cpu profile $k 1; done
for k in list stock slot0 series; do unit 4cpu interrupts $k 1; done
