# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# mutate-run.sh - build a mutant and run it; sourced by mutate.sh
#
# The mutant is that of mutate-code.sh: its number nn, at $place, which may survive
# if there is a $why. $qemu: in QEMU. $given: how many numbers were asked for.

guests=0

# slot - wait until there is room for one more
slot()
{
	[ $guests -lt "${GUESTS:-2}" ] || { wait -n || :; guests=$((guests - 1)); }
	guests=$((guests + 1))
}

# to_uml - run the mutant that is built
to_uml()
{
	mkdir -p "$run"
	cp "$tree/O-uml/linux" "$run/"
	slot
	{ verdict "$(child "$scripts/test/mutate-uml.sh" "$run" "$work/tests" ||
		echo "NOT RUN: see $(short "$run")")"; } 8>&- &
}

# to_qemu - of a mutant that survived UML
to_qemu()
{
	local dir

	change "$qtree" || { verdict "SURVIVED: UML; does not apply to $qbase"; return; }
	mkdir -p "$run"
	rm -f "$run"/bzImage*
	for dir in "${qodirs[@]}"; do
		make_in "$qtree" "$dir" bzImage || { verdict "SURVIVED: UML; does not build for QEMU"; return; }
		cp "$dir/arch/x86/boot/bzImage" "$run/bzImage-${dir##*/}"
	done
	slot
	{ verdict "$(BASE=$qbase child "$scripts/test/mutate-qemu.sh" "$run" ||
		echo "NOT RUN: see $(short "$run")/boot.log")"; } 8>&- &
}

# judge - what there is to do about the mutant nn
judge()
{
	local before

	file=${place%:*} line=${place#*:} run=$build/run/mutate-$nn
	before=$(grep "^$nn " "$verdicts" | tail -n 1) || :
	if [ "$given" != 0 ] && [ -z "$qemu" ]; then before=; fi
	if [[ $before == *' SURVIVED: '* ]] && [ -n "$why" ]; then
		verdict "SURVIVED: ${before#* SURVIVED: }"
	elif [ -n "$qemu" ] && [[ $before == *' SURVIVED: UML,'* ]]; then
		to_qemu
		undo "$qtree"
	elif [ -z "$qemu" ] && [[ -z $before || $before == *' NOT RUN: '* ]]; then
		judge_code || to_uml
		undo "$tree"
	fi
}
