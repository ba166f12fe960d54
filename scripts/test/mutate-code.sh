# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# mutate-code.sh - what a mutant compiles to, and its verdict; sourced by mutate.sh
#
# The mutant is $results/$nn.diff, which changes $file at $line. $tree, with
# $tree/O-uml, is what it is applied to, $qtree, with $qodirs, has the kernels for
# QEMU. Both are overlays. The 32-bit calls are in none of these: a kernel of the
# flavour ia32 is compared, built or not. What make says is in $log, codes that were
# seen are in $work/codes.

# why_it_may - survive, if it may
why_it_may()
{
	awk -F '\t' -v id="$function/$operator/$what" '$1 "/" $2 "/" $3 == id { print $4 }' \
		"$scripts/test/mutate-may-survive"
}

# verdict WORDS - of the mutant nn
verdict()
{
	local words=$* why

	why=$(why_it_may)
	case $words in
	SURVIVED*) [ -z "$why" ] || words="survived, as it may: $why" ;;
	killed* | timed*) [ -z "$why" ] || words="NOT EXPECTED: $words; may survive: $why" ;;
	esac
	# One that does the same by other code counts like one of the same code
	words=${words/#survived, as it may: equivalent/equivalent}
	printf '%s %-26s %-7s %s\n' "$nn" "$place" "$operator" "$words" | tee -a "$verdicts"
}

declare -A plain
codirs=()

# compare_ia32 - what that compiles to, too; it is kept
compare_ia32()
{
	codirs=("${qodirs[@]}")
	[ ! -f "$qtree/O-ia32/.lab-stamp" ] || return 0
	mkdir -p "$work/ia32-$qbase" "$qtree/O-ia32"
	mount --bind "$work/ia32-$qbase" "$qtree/O-ia32"
	BASE=$qbase "$scripts/kernel/config.sh" series-ia32 || die 'no .config of series-ia32'
	codirs+=("$qtree/O-ia32")
}

# make_in TREE ODIR WHAT - with the arguments that its first make had
make_in()
{
	local flavour=${2#"$1/O"}

	if [ "$flavour" = -uml ]; then
		kmake "$1" "$2" ARCH=um "$3"
	else
		kmake "$1" "$2" "LOCALVERSION=-series$flavour" "$3"
	fi > "$log" 2>&1
}

# code_of TREE ODIR [WHAT] - print a sum of what $file compiles to; WHAT is made of it
code_of()
{
	make_in "$1" "$2" "${3:-${file%.c}.o}" &&
		objcopy --strip-unneeded "$2/${file%.c}.o" "$work/code.o" && sha1sum < "$work/code.o"
}

# original TREE ODIR - once: what $file compiles to as it is
original()
{
	[ -z "${plain[$2/$file]:-}" ] || return 0
	plain[$2/$file]=$(code_of "$1" "$2") || die "$file does not build, see $(short "$log")"
}

# change TREE - apply the mutant. On another base its lines may be others.
change()
{
	patch -s -p1 -F2 --no-backup-if-mismatch -r - -d "$1" < "$results/$nn.diff" > /dev/null
}

# undo TREE - the file is newer than its object then, too
undo()
{
	git -C "$1" show "HEAD:$file" > "$1/$file"
}

# same_in_qemu - does the mutant compile to the same in all kernels for QEMU?
same_in_qemu()
{
	local dir rc=0

	if [ "$qtree" = "$tree" ] || change "$qtree"; then
		for dir in "${codirs[@]}"; do
			[ "$(code_of "$qtree" "$dir")" = "${plain[$dir/$file]}" ] || { rc=1; break; }
		done
	else
		rc=1
	fi
	[ "$qtree" = "$tree" ] || undo "$qtree"
	return $rc
}

# is_compiled - is the line of the mutant? What is not C is an error then.
is_compiled()
{
	sed -i "${line}s/^/@ /" "$tree/$file"
	! code_of "$tree" "$tree/O-uml" > /dev/null
}

# judge_code - apply the mutant, and build it; a verdict, or false if it has to be run
judge_code()
{
	local code twin dir why

	if [[ $file != *.c ]]; then
		# A header has no object of its own to compare
		change "$tree" || die "$nn.diff does not apply"
		! make_in "$tree" "$tree/O-uml" linux || return 1
		verdict "does not build: $(grep -m 1 -oE 'error:.*' "$log")"
		return
	fi
	original "$tree" "$tree/O-uml"
	for dir in "${codirs[@]}"; do original "$qtree" "$dir"; done
	change "$tree" || die "$nn.diff does not apply"
	if ! code=$(code_of "$tree" "$tree/O-uml" linux); then
		why=$(grep -m 1 -oE '(error:|undefined reference).*' "$log") ||
			die "$nn does not build: $(tail -n 1 "$log")"
		verdict "does not build: $why"
	elif [ "$code" = "${plain[$tree/O-uml/$file]}" ]; then
		if ! same_in_qemu; then
			verdict 'SURVIVED: UML, where it compiles to the same'
		elif is_compiled; then
			verdict 'equivalent'
		else
			verdict 'not compiled in any kernel that is run here'
		fi
	elif twin=$(grep "^$code" "$work/codes" | grep -v " $nn\$"); then
		verdict "same as ${twin##* }, for UML"
	else
		echo "$code $nn" >> "$work/codes"
		return 1
	fi
}
