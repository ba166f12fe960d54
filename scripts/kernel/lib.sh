# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# lib.sh - what names of kernels and trees mean, and how a kernel is made
#
# Sourced by scripts/lib.sh.

# verdict_of STATUS - what boot/boot's exit status says, in words
verdict_of()
{
	case $1 in
	0) echo 'passed' ;;
	2) echo 'not started' ;;
	124) echo 'timed out' ;;
	125) echo 'died or complained' ;;
	*) echo 'failed' ;;
	esac
}

# ktap_reader K NAME SUM - set read_tap, which judges what run_kselftest.sh said
ktap_reader()
{
	read_tap=(awk -v "k=$1" -v "name=$2" -v "sum=$3" -v "expected=$patches/expected"
		-f "$scripts/test/ktap.awk")
}

# kunit_complaint CONSOLE - the first one; a KUnit test waits for a warning, which
# is none
kunit_complaint()
{
	"$scripts/boot/console-badness.sh" "$1" |
		grep -vE 'WARNING: .* percpu_ref_exit' | head -n 1 || :
}

# kmake TREE ODIR ARG... - make in a kernel tree, through ccache, with $compiler
kmake()
{
	child make -C "$1" O="$2" -j "${JOBS:-$(nproc)}" "HOSTCC=ccache gcc" \
		"CC=$scripts/kernel/cc ${compiler:-gcc}" "${@:3}" < /dev/null
}

# split_k K - set name, flavour, tree, odir and compiler from NAME[-FLAVOUR]
split_k()
{
	name=${1%%-*}
	flavour=
	[ "$name" = "$1" ] || flavour=${1#*-}
	case $name in
	'' | *[!a-zA-Z0-9_]*)
		die "'$1' is not the name of a kernel (try stock, list or series)" ;;
	esac
	known_tree "$name" || [ -f "$trees/$name/Kconfig" ] ||
		die "no such kernel: $name (stock, list, series, or a folder in patches/$base/peers)"
	[ -z "$flavour" ] || [ -f "$top/kernel/configs/aio_$flavour.config" ] ||
		die "'$1': no such flavour: kernel/configs/aio_$flavour.config"
	tree=$trees/$name
	odir=$tree/O${flavour:+-$flavour}
	compiler=gcc
	[ -z "$flavour" ] || compiler=$(flavour_says Compiler "$flavour")
	compiler=${compiler:-gcc}
}

# flavour_says WORD FLAVOUR - what its fragment has after "# WORD:"
flavour_says()
{
	sed -n "s/^# $1: *//p" "$top/kernel/configs/aio_$2.config"
}

# image_of K - its bzImage, if it is built, and for as many CPUs as are asked for
image_of()
{
	local most

	split_k "$1"
	[ -f "$odir/.lab-stamp" ] || die "$1 is not built: 'make build K=$1' does"
	most=$(sed -n 's/^CONFIG_NR_CPUS=//p' "$odir/.config")
	[ "${CPUS:-1}" -le "${most:-1}" ] 2> /dev/null ||
		die "CPUS=$CPUS: $1 is built for 1 to ${most:-1}"
	echo "$odir/arch/x86/boot/bzImage"
}

# home_of FILE - where a new file of the series is kept
home_of()
{
	if [ -f "$patches/files/$1" ]; then echo "$patches/files/$1"; else echo "$top/$1"; fi
}

# base_says WORD - what patches/BASE/BASE has after "WORD:"
base_says()
{
	sed -n "s/^$1: *//p" "$patches/BASE"
}

# known_tree NAME - is there a recipe for this tree?
known_tree()
{
	case $1 in
	stock) ;;
	list | series | from-list) [ -d "$patches/$1" ] ;;
	*) [ -d "$patches/peers/$1" ] ;;
	esac
}

# uml_has_smp NAME - has that tree's UML more than one CPU?
uml_has_smp()
{
	grep -q UML_SUBARCH_SUPPORTS_SMP "$trees/$1/arch/um/Kconfig"
}

# uml_words NAME - set uml, the command line of that tree's UML
uml_words()
{
	uml=(mem=2G root=/dev/root rootfstype=hostfs rootflags=/ ro con=null 'con0=fd:0,fd:1'
		panic=-1 oops=panic "init=$scripts/guest/uml-init.sh")
	# SMP is not for user space that is traced
	! uml_has_smp "$1" || uml+=(ncpus=2 seccomp=on)
}

# run_uml NAME RUN-DIR [WORD...] - run that tree's UML, beside the installed selftests,
# with these words more; the status is that of timeout
run_uml()
{
	mkdir -p "$2/out"
	rm -rf "$2"/out/*
	uml_words "$1"
	timeout "${TIMEOUT:-600}" "$trees/$1/O-uml/linux" "${uml[@]}" "lab.out=$2/out" \
		"lab.tests=$build/kselftest" "${@:3}" > "$2/console.log" 2>&1 < /dev/null
}
