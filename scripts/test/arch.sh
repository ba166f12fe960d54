#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# arch.sh - KUnit and the selftests on another architecture, in QEMU
#
# Usage: arch.sh FLAVOUR
#
# FLAVOUR is a kernel/configs/aio_FLAVOUR.config with "# Arch:" in it. Builds series
# for it and boots it: KUnit runs as it comes up, then the selftests, linked
# statically. The root is a folder, over 9p: Debian's busybox-static of that
# architecture, fetched and not installed, the tests, and guest/arch-init.sh. What
# stands in the fragment after a "#": "Arch:" as kbuild calls it, "Compiler:",
# "Cross:" prefix of the other tools, "Image:" the kernel, below arch/, "Debian:" the
# architecture of busybox, "Qemu:" and "Append:", how to boot it, "Tests:" compiler
# options. With "Run: objects" what the series changes is compiled, and no more.
#
# What is said is in build/results/kselftest-series-FLAVOUR.tap and .sum, and in
# build/run/arch-FLAVOUR. TIMEOUT= seconds (default 1200), MEM= (2G), CPUS= (2).
#
# Exit status: 0 all held, 1 something failed, 124 timed out, 125 the kernel died
# or complained, 2 it was not started

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

die_status=2
[[ $# = 1 && $1 != -* ]] || { usage >&2; exit 2; }
split_k "series-$1"
k=series-$flavour run=$build/run/arch-$flavour results=$build/results root=$build/root/$flavour
log=$build/log/arch-$flavour.log
ARCH=$(flavour_says Arch "$flavour") CROSS_COMPILE=$(flavour_says Cross "$flavour")
[ -n "$ARCH" ] || die "$flavour is not another architecture: its fragment has no '# Arch:'"
export ARCH CROSS_COMPILE
mkdir -p "$run/out" "$results" "$build/log" "$root"
rm -rf "$run"/{out/*,console.log} "$results/kselftest-$k".{tap,sum}
# shellcheck disable=SC2046 # a list
"$scripts/install-deps.sh" $(flavour_says Packages "$flavour")
need make ccache git jq "$compiler"
[ -f "$tree/Kconfig" ] || die "no such tree: $(short "$tree") ('make trees' makes it)"

# no_build WHAT - say why, and leave
no_build()
{
	die "$1 not build: $(grep -m 1 -E 'error|\*\*\*' "$log" || tail -n 1 "$log"), see $(short "$log")"
}

# kernel TARGET... - build it, or a part of it
kernel()
{
	local start=$SECONDS

	"$scripts/kernel/config.sh" "$k" || exit 2
	space 2000
	kmake "$tree" "$odir" "LOCALVERSION=-$k" "$@" > "$log" 2>&1 ||
		no_build 'the kernel does'
	say BUILT "$k, $* for $ARCH, in $((SECONDS - start)) s"
}

# fill_root - busybox, the selftests, and what starts them
fill_root()
{
	local cflags options deb=$build/deb-$flavour arch

	arch=$(flavour_says Debian "$flavour")
	if [ ! -x "$root/bin/busybox" ]; then
		say FETCH "busybox-static, for $arch"
		echo "APT::Architectures { \"$(dpkg --print-architecture)\"; \"$arch\"; };" > "$run/apt.conf"
		APT_CONFIG=$run/apt.conf "$scripts/tree/fetch-deb.sh" "$deb" \
			"$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" deb "busybox-static:$arch" > "$log" 2>&1 ||
			die "busybox-static for $arch could not be had, see $(short "$log")"
		dpkg -x "$deb"/busybox-static_*.deb "$root"
		rm -rf "$deb"
	fi
	mkdir -p "$root"/{dev,proc,sys,run,tmp,mnt}
	ln -sf busybox "$root/bin/sh"
	cp "$scripts/guest/arch-init.sh" "$root/init"

	log=$build/log/arch-$flavour-tests.log
	cflags="-static $(flavour_says Tests "$flavour")"
	options=(-s "O=$build/kselftest-obj-$flavour")
	mkdir -p "$build/kselftest-obj-$flavour"
	{
		make -C "$tree" "${options[@]}" headers &&
		make -C "$tree/tools/testing/selftests" "${options[@]}" TARGETS=aio FORCE_TARGETS=1 \
			"USERCFLAGS=$cflags" "USERLDFLAGS=$cflags" "INSTALL_PATH=$root/tests" install
	} > "$log" 2>&1 < /dev/null ||
		no_build 'the selftests do'
}

# guest - become the QEMU that runs it
guest()
{
	local p9=trans=virtio,version=9p2000.L,msize=512000,cache=loose qemu
	local share=local,security_model=none,multidevs=remap p9dev

	# shellcheck disable=SC2207 # words
	qemu=($(flavour_says Qemu "$flavour"))
	p9dev=$(flavour_says P9 "$flavour")
	exec timeout -k 10 "${TIMEOUT:-1200}" setpriv --pdeathsig KILL "${qemu[@]}" \
		-accel tcg,thread=multi -smp "${CPUS:-2}" -m "${MEM:-2G}" \
		-nodefaults -no-user-config -display none -no-reboot \
		-kernel "$odir/arch/$(flavour_says Image "$flavour")" \
		-chardev "file,id=console,path=$run/console.log" -serial chardev:console \
		-fsdev "$share,id=root,path=$root,readonly=on" \
		-device "${p9dev:-virtio-9p-pci},fsdev=root,mount_tag=/dev/root" \
		-fsdev "$share,id=out,path=$run/out" -device "${p9dev:-virtio-9p-pci},fsdev=out,mount_tag=out" \
		-append "$(flavour_says Append "$flavour") loglevel=7 panic=-1 oops=panic \
rcupdate.rcu_cpu_stall_timeout=120 rootfstype=9p rootflags=$p9 root=/dev/root ro init=/init"
}

if [ "$(flavour_says Run "$flavour")" = objects ]; then
	kernel KCFLAGS=-Werror fs/aio.o lib/percpu-refcount.o
	exit 0
fi
image=$(flavour_says Image "$flavour")
kernel "${image##*/}"
fill_root
start=$SECONDS rc=0
say QEMU "$k: $(flavour_says Qemu "$flavour")"
(guest) > "$run/qemu.log" 2>&1 < /dev/null || rc=$?

bad=0
"$scripts/test/kunit-verdicts.sh" "$run/console.log" "kunit-$flavour" || {
	bad=1
	not_ok "kunit-$flavour" "failed, or did not come to its end, see $(short "$run/console.log")"
}
cp "$run/out/tap" "$results/kselftest-$k.tap" 2> /dev/null || : > "$results/kselftest-$k.tap"
ktap_reader "$k" series "$results/kselftest-$k.sum"
"${read_tap[@]}" "$results/kselftest-$k.tap" || bad=1
say TIME "$k: KUnit and kselftests, $((SECONDS - start)) s"
[ "$rc" != 124 ] || { not_ok "$flavour" "timed out, see $(short "$run/console.log")"; exit 124; }
complaint=$(kunit_complaint "$run/console.log")
if [ -n "$complaint" ] || [ ! -s "$run/out/status" ]; then
	not_ok "$flavour" "the kernel died or complained: ${complaint:-see} $(short "$run/console.log")"
	exit 125
fi
exit $bad
