#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# mutants.sh - put known bugs back, one at a time: does a test see each?
#
# Usage: mutants.sh [--killable] [PREFIX]...
#
# A mutant is patches/mutants/NN-name.patch, on top of build/tree/series; PREFIX
# is how its name begins ("15-": the dash ends the number), default: all;
# --killable leaves out those that may survive. The patch may have these headers:
#
#   Tests: PROG...      the test programs to run (default: all)
#   Flavour: debug      boot it as series-debug, or another; kunit: scripts/test/kunit.sh
#   Cpus: 4             so many in the guest, not 2
#   Append: TEXT        more for the kernel's command line
#   Survives: WHY       no test can kill it, for this reason
#
# Mutants are made in an overlay on build/tree/series, which stays as it is. A mutant
# is killed by the first test that fails, by a kernel that dies or complains, or by a
# timeout. Not every run meets a race: one that has to be killed is booted up to three
# times. Two run while the next is built. The verdicts are in build/results/mutants.txt,
# build/run/mutant-NN has the rest. JOBS= jobs, TIMEOUT= seconds a boot,
# BUDGET= seconds after which none is begun.
#
# Exit status: 0 all as their mails say, 1 not, or one did not build, 2 not run

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

die_status=2
killable=
[ "${1:-}" != --killable ] || { killable=1; shift; }
[[ ${1:-} != -* ]] || { usage; exit 2; }
tree=$trees/series
if [ -z "${LAB_MUTANTS:-}" ]; then
	need unshare setpriv make gcc ccache git qemu-system-x86_64
	[ -f "$tree/O/.lab-stamp" ] || die "series is not built: 'scripts/kernel/build.sh series' does"
	for arg; do compgen -G "$top/patches/mutants/$arg*.patch" > /dev/null || die "no such mutant: $arg"; done
	ns=(unshare -m)
	[ "$(id -u)" = 0 ] || ns=(unshare -rm)
	"${ns[@]}" true || die 'no mounts of our own here, mutants not run'
	LAB_MUTANTS=1 exec setpriv --pdeathsig TERM "${ns[@]}" bash "$0" ${killable:+--killable} "$@"
fi
unset LAB_MUTANTS

# overlay DIR - from now on what is written below DIR goes elsewhere
overlay()
{
	local at=$build/mutants/${1##*/}

	mkdir -p "$at/upper" "$at/work"
	mount -t overlay overlay -o "lowerdir=$1,upperdir=$at/upper,workdir=$at/work" "$1" ||
		die 'no overlay file system here, mutants not run'
}

space 1500
results=$build/results verdicts=$build/results/mutants.txt
mkdir -p "$build/log" "$results"
exec 8> "$build/.lock-mutants"
flock -n 8 || die 'another mutants.sh is running'
stamp=$(cat "$tree/O/.lab-stamp")
[ "${stamp%%$'\n'*}" = "$(git -C "$tree" rev-parse HEAD)" ] || die "series has changed since it was built"
rm -rf "$build/mutants"
overlay "$tree"
[ ! -d "$build/kunit" ] || overlay "$build/kunit"

: > "$verdicts"
# verdict WORDS - of the mutant nn
verdict()
{
	local words=$*

	case $words in
	SURVIVED*) [ -z "$survives" ] || words="survived, as it may: $survives" ;;
	killed*) [ -z "$survives" ] || words="NOT EXPECTED: $words" ;;
	esac
	printf '%-32s %s\n' "$nn" "$words" | tee -a "$verdicts"
}

header() { sed -n "1,/^\$/ s/^$1: *//p" "$mail"; }

# kunit - run the KUnit tests of the mutant that is applied
kunit()
{
	local out

	# It leaves a log in build/results, which is not to be this one.
	# shellcheck disable=SC2016 # the other shell expands it
	if out=$(unshare -m bash -c 'mount -t tmpfs none "$1" && "$2"' x "$results" "$scripts/test/kunit.sh"); then
		verdict 'SURVIVED: KUnit'
	else
		verdict "$(sed -n -e '/^not ok kunit-/ { s/^not ok/killed by/; s/: see .*//; p; q }' \
			-e '/^not ok kunit: broke off/ { s/.*/killed under KUnit, died/; p; q }' <<< "$out" |
			grep . || echo "NOT RUN: $(tail -n 1 <<< "$out")")"
	fi
}

guests=0
# shellcheck disable=SC2046 # a list
trap 'kill $(jobs -p) 2> /dev/null || :' EXIT
trap 'exit 130' INT TERM HUP

# selftests ODIR - build the mutant that is applied, and have it booted
selftests()
{
	local run=$build/run/mutant-${nn%%-*} log=$build/log/mutant-${nn%%-*}.log tries=3 cpus

	cpus=$(header Cpus)
	[ -z "$survives" ] || tries=
	if ! kmake "$tree" "$1" "LOCALVERSION=-series${flavour:+-$flavour}" bzImage > "$log" 2>&1; then
		verdict "DOES NOT BUILD: see $(short "$log")"
		return
	fi
	mkdir -p "$run"
	cp "$1/arch/x86/boot/bzImage" "$run/"
	[ $guests -lt 2 ] || { wait -n || :; guests=$((guests - 1)); }
	(
		export CPUS=${cpus:-${CPUS:-}}
		# shellcheck disable=SC2046 # a list
		verdict "$(TRIES=$tries TESTS=$tests child "$scripts/test/mutant-boot.sh" "$run" \
			"$(header Append)" $(header Tests) || echo "NOT RUN: see $(short "$run")/boot.log")"
	) &
	guests=$((guests + 1))
}

[ $# != 0 ] || set -- ''
for arg; do
	for mail in "$top/patches/mutants/$arg"*.patch; do
		nn=$(basename "$mail" .patch)
		flavour=$(header Flavour) survives=$(header Survives)
		odir=$tree/O${flavour:+-$flavour}
		tests=$build/kselftest$([[ ${flavour:-kunit} = kunit ]] || flavour_says Tests "$flavour")
		[ -z "$killable" ] || [ -z "$survives" ] || [ "${nn%%-*}" = 00 ] || continue
		if [ $SECONDS -ge "${BUDGET:-999999}" ]; then
			verdict 'not run: time is up'
		elif [ "$flavour" = kunit ] && [ ! -d "$build/kunit" ]; then
			verdict 'NOT RUN: build/kunit is missing, scripts/test/kunit.sh makes it'
		elif [ "$flavour" != kunit ] && ! [[ -f $odir/.lab-stamp && -x $tests/run_kselftest.sh ]]; then
			verdict "$([[ $flavour =~ ^(debug)?$ ]] && echo NOT RUN || echo not run): series-$flavour or its tests are not built"
		elif ! git -C "$tree" apply -C1 "$mail"; then
			verdict 'DOES NOT APPLY'
		else
			if [ "$flavour" = kunit ]; then kunit; else selftests "$odir"; fi
			git -C "$tree" apply -R -C1 "$mail"
		fi
	done
done
wait
[ "$stamp" = "$(cat "$tree/O/.lab-stamp")" ] || die 'build/tree/series was built anew meanwhile'
! grep -E ' (SURVIVED|NOT|DOES NOT)' "$verdicts" > /dev/null
