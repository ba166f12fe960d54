#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# build.sh - build one kernel of the lab
#
# Usage: build.sh NAME[-FLAVOUR] [FLAVOUR]
#
# NAME is a tree under build/tree (stock, list, series, ...); FLAVOUR is empty or
# one of kernel/configs/aio_FLAVOUR.config ('make help' has them). The result is
# build/tree/NAME/O[-FLAVOUR]/arch/x86/boot/bzImage, good only while the file
# .lab-stamp beside .config says so: it goes before the build starts and comes back
# when the build has succeeded, with what it is made of: while that is the same, and
# nobody has written to the bzImage, make is not even asked. The output of make is kept
# in build/log. JOBS= sets the number of jobs.
#
# Exit status: 0 built, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || [ $# = 2 ] || { usage >&2; exit 1; }
k=$1${2:+-$2}
split_k "$k"
[ -z "$flavour" ] || [ -z "$(flavour_says Arch "$flavour")" ] ||
	die "$k: scripts/test/arch.sh $flavour builds and boots it"
packages=
[ -z "$flavour" ] || packages=$(flavour_says Packages "$flavour")
# shellcheck disable=SC2086 # a list
[ -z "$packages" ] || "$scripts/install-deps.sh" $packages
need make gcc "$compiler" ccache flex bison bc git flock
[ -f "$tree/Kconfig" ] ||
	die "no such tree: $(short "$tree") ('scripts/tree/tree.sh $name' makes it)"

stamp=$odir/.lab-stamp
log=$build/log/build-$k.log
objects=$build/log/objects${flavour:+-$flavour}

mkdir -p "$build/log"
exec 9> "$build/.lock"
flock -n 9 || { say WAIT "another build is running"; flock 9; }
space 2000

"$scripts/kernel/config.sh" "$k"

# What the image is made of, and which file it is; the first line is the commit.
image=$odir/arch/x86/boot/bzImage
made_of=$(
	git -C "$tree" rev-parse HEAD
	sha1sum < "$odir/.config"
	{ git -C "$tree" diff HEAD; declare -f kmake; } | sha1sum
)
if [ -f "$stamp" ] && [ -f "$image" ] &&
   [ "$(cat "$stamp")" = "$made_of"$'\n'"$(stat -c '%y %s' "$image")" ]; then
	say KEEP "$k: nothing that it is made of has changed"
	exit 0
fi

full=
[ -f "$odir/vmlinux" ] || full=$(cat "$objects" 2> /dev/null ||
	{ [ "$flavour$base" != 6.12 ] || echo 1239; })
start=$SECONDS
rm -f "$stamp"
: > "$log"

kmake "$tree" "$odir" "LOCALVERSION=-$k" bzImage >> "$log" 2>&1 &
pid=$!
trap 'kill "$pid" 2> /dev/null || :' EXIT
trap 'exit 130' INT TERM HUP

# Count objects as they are compiled: one line that moves on a terminal, a
# line every tenth in a log.
n=0 told=0
show()
{
	local text="$n objects"

	[ -z "$full" ] || text="$n/$full objects"
	if on_tty; then
		printf '\r  %-7s %s: %s' BUILD "$k" "$text"
	elif [ $((n - told)) -ge $((${full:-1500} / 10)) ] || [ "$n" = 0 ]; then
		say BUILD "$k: $text"
		told=$n
	fi
}
show
while read -r what _; do
	case $what in
	CC | AS)
		n=$((n + 1))
		show ;;
	esac
done < <(tail -n +1 -s 0.3 --pid="$pid" -f "$log")
! on_tty || echo

if ! wait "$pid"; then
	trap - EXIT
	grep -nE 'error:|Error [0-9]|\*\*\* |undefined reference|No space left|Killed' \
		"$log" | head -n 5 >&2 || :
	die "$k: build failed, see $(short "$log")"
fi
trap - EXIT

[ -z "$full" ] || echo "$n" > "$objects"
printf '%s\n' "$made_of" "$(stat -c '%y %s' "$image")" > "$stamp"
say BUILT "$k: $n objects in $((SECONDS - start)) s"
