# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
# lib.sh - what the scripts of the lab share: paths, messages, kernel names
#
# Sourced, never run: . "$(dirname "$0")/lib.sh"

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scripts=$top/scripts
# The kernel that the patches are for; others than 6.12 have a build/ of their own.
base=${BASE:-6.12}
patches=$top/patches/$base
build=$top/build
[ "$base" = 6.12 ] || build=$top/build/$base
trees=$build/tree
if [ ! -f "$patches/BASE" ]; then
	echo "${0##*/}: BASE=$base: no such folder in patches/ (there is: $(cd "$top/patches" &&
		printf '%s\n' */BASE | sed 's|/BASE||' | xargs))" >&2
	exit 2
fi

export LC_ALL=C

# The same commit ids on every machine: nobody's own git settings count here,
# and a repository that another user owns may be read.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX

# Not the machine, the user, the day or how often: the same sources make the same
# image, and ccache finds what another tree or another clone has compiled.
export CCACHE_NOHASHDIR=1 KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 2026'
export KBUILD_BUILD_USER=lab KBUILD_BUILD_HOST=localhost

case $top in
*[[:space:],:%]*)
	echo "${0##*/}: neither kbuild nor QEMU works in a folder named '$top'" >&2
	exit 2 ;;
esac

# say WORD TEXT - one line of progress, in the manner of kbuild
say()
{
	printf '  %-7s %s\n' "$1" "${*:2}"
}

# die TEXT - one clear line, and a failure; die_status is another status than 1,
# of a script that has to tell what it could not start from what failed
die_status=1
die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit "$die_status"
}

# usage - the header comment of the running script
usage()
{
	sed -n '3,/^[^#]/ { /^#/ s/^# \{0,1\}//p }' "$0"
}
if [ "${1:-}" = --help ]; then
	usage
	exit 0
fi

# on_tty - may a line of progress be written over?
on_tty()
{
	[ -t 1 ] && [ -z "${LAB_PLAIN:-}" ]
}

# child COMMAND - run it, and end it when this script ends, however it ends
child()
{
	setpriv --pdeathsig TERM "$@"
}

# short PATH - PATH as seen from the top of the repository
short()
{
	printf '%s\n' "${1#"$top"/}"
}

need()
{
	local tool

	for tool; do
		command -v "$tool" > /dev/null ||
			die "$tool is missing: 'make deps' installs it"
	done
}

# space MB - is there that much left where build/ is?
space()
{
	local left

	mkdir -p "$build"
	left=$(df -Pm "$build" | awk 'NR == 2 { print $4 }')
	[ "$left" -ge "$1" ] ||
		die "disk full: $build has $left MB left, this step wants $1 MB"
}

# ok NAME, not_ok NAME REASON - the verdict of a gate of make test
ok()
{
	echo "ok $1"
}

not_ok()
{
	echo "not ok $1: ${*:2}"
}

. "$scripts/kernel/lib.sh"
