#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# boot.sh - boot a kernel of the lab in QEMU, run a command in it
#
# Usage: boot.sh [options] K [-- COMMAND...]
#        boot.sh [options] --kernel FILE [-- COMMAND...]
#
#   K                NAME or NAME-FLAVOUR, as build.sh built it
#   --kernel FILE    any bzImage with virtio, 9p and virtio-console in it
#   --timeout SEC    end the guest then (default 600; a shell has none)
#   --icount         one CPU, and guest time counts instructions: 1 ns each
#   --append TEXT    more for the kernel's command line
#   --run DIR        keep console.log and the rest here (default build/run/K-N)
#   --dry-run        print the QEMU command and boot nothing
#
# The guest's root is the host's, read-only; /tmp /run /mnt /dev/shm are its
# own; $OUT in it is DIR/out outside. Without COMMAND: an interactive shell on
# a terminal (leave with exit; Ctrl-A x ends a hung guest), else the commands
# on standard input. Environment: ACCEL=auto|tcg|kvm, CPUS (2), MEM (4G).
#
# Exit status: the command's (124 and 125 become 123); 124 timed out; 125 the
# kernel died or complained, see the console; 2 nothing was booted

set -euo pipefail
# No QEMU outlives its caller, not even one that was killed.
[ -n "${LAB_BOOT:-}" ] || LAB_BOOT=1 exec setpriv --pdeathsig TERM bash "$0" "$@"
unset LAB_BOOT
. "$(dirname "$0")/lib.sh"

die_status=2
k='' kernel='' timeout='' append='' run='' dry=''
options=()
while [ $# -gt 0 ]; do
	case $1 in
	--kernel | --timeout | --append | --run)
		[ $# -ge 2 ] || die "$1 wants a value"
		declare "${1#--}=$2"
		shift ;;
	--icount) options+=(--icount) ;;
	--dry-run) dry=1 ;;
	--help) usage; exit 0 ;;
	--) shift; break ;;
	-*) die "unknown option $1" ;;
	*) [ -z "$k" ] || die "one kernel at a time ('--' goes before a command)"
		k=$1 ;;
	esac
	shift
done
need qemu-system-x86_64 setpriv
[[ ${timeout:-600} =~ ^[1-9][0-9]*$ ]] || die "--timeout $timeout: not a number"

if [ -n "$kernel" ]; then
	k=${k:-kernel}
else
	split_k "$k"
	[ -f "$odir/.lab-stamp" ] || die "$k is not built: 'scripts/build.sh $k' does"
	kernel=$odir/arch/x86/boot/bzImage
fi
[ -r "$kernel" ] || die "$kernel: no such kernel"

mode=cmd
[ $# != 0 ] || mode=stdin
if [ $mode = stdin ] && [ -t 0 ] && [ -t 1 ]; then
	mode=shell
	options+=(--shell)
fi
[ -z "$dry" ] || exec "$scripts/qemu.sh" "${options[@]}" --dry-run "$kernel" \
	"${run:-$build/run/$k-1}" "$append"
if [ -z "$run" ]; then
	n=1
	mkdir -p "$build/run"
	until mkdir "$build/run/$k-$n" 2> /dev/null; do n=$((n + 1)); done
	run=$build/run/$k-$n
fi
rm -rf "$run"/{out,console.log,stdout,stderr,qemu-cmd}
mkdir -p "$run/out"
run=$(cd "$run" && pwd)
console=$run/console.log

printf 'export K=%q\nLAB_CWD=%q LAB_TERM=%q LAB_TTY=%q\n' "$k" "$PWD" \
	"${TERM:-linux}" "$([ $mode != shell ] || stty size)" > "$run/out/env"
case $mode in
cmd) printf '%q ' "$@" > "$run/out/cmd" ;;
stdin) cat > "$run/out/cmd" ;;
shell) timeout=${timeout:-2147483647} ;;
esac

pids=()
# shellcheck disable=SC2317 # the trap calls it
stop()
{
	kill -KILL "${pids[@]}" 2> /dev/null || :
	wait "${pids[@]}" 2> /dev/null || :
	[ -z "${tty:-}" ] || stty "$tty" || :
	rm -f "$run/stdout" "$run/stderr"
}
trap stop EXIT
trap 'exit 130' INT TERM HUP

if [ $mode = shell ]; then
	tty=$(stty -g)
	say SHELL "leave with exit; Ctrl-A x ends a hung guest" >&2
else
	mkfifo "$run/stdout" "$run/stderr"
	# A caller that stops listening must not block the guest.
	{ cat || cat > /dev/null; } < "$run/stdout" &
	pids+=($!)
	{ cat || cat > /dev/null; } < "$run/stderr" >&2 &
	pids+=($!)
fi
cats=("${pids[@]}")
start=$SECONDS
setpriv --pdeathsig KILL "$scripts/qemu.sh" "${options[@]}" "$kernel" "$run" \
	"$append" <&0 &
guest=$!
pids+=("$guest")
setpriv --pdeathsig KILL sleep "${timeout:-600}" &
pids+=($!)
ended=0
wait -n "$guest" $! || ended=$?

verdict()
{
	echo "boot.sh: $k: $2 after $((SECONDS - start)) s, console: $(short "$console")" >&2
	exit "$1"
}

# qemu.sh has said why
[ -f "$run/qemu-cmd" ] || exit 2
bad=$("$scripts/console-badness.sh" "$console") || [ -f "$console" ] ||
	verdict 125 "QEMU failed: $(head -n 1 "$run/qemu.log")"
[ -z "$bad" ] || head -n 3 <<< "$bad" >&2
! kill -0 "$guest" 2> /dev/null || verdict 124 'timed out'
[ $ended = 0 ] || verdict 125 "QEMU failed: $(head -n 1 "$run/qemu.log")"

# What the guest has said is still in the pipes.
for cat in "${cats[@]}"; do
	timeout 5 tail -s 0.05 --pid="$cat" -f /dev/null
done
[ -s "$run/out/status" ] || verdict 125 'kernel died (no exit status came back)'
status=$(cat "$run/out/status")
[ -z "$bad" ] ||
	verdict 125 "kernel complained (the command ended with status $status)"
case $status in
0) verdict 0 'ended' ;;
124 | 125) verdict 123 "command failed with status $status (123 from here)" ;;
*) verdict "$status" "command failed with status $status" ;;
esac
