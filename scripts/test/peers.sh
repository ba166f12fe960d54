#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# peers.sh - make peers: other people's tests and users of AIO, on stock and series
#
# Usage: peers.sh [K...]
#
# On K (default: stock-clients and series-clients, whose flavour has what the
# programs need). Tests: libaio's own harness (from Debian's source package,
# fetched from this machine's mirror), what gVisor's and LTP's tests expect (they
# are not in Debian: own code), stress-ng's aiol stressor, stressapptest's disk
# test, fio with --verify on ext2, and trinity restricted to the io_* calls.
# Programs: nginx (Debian's source, compiled with the AIO that Debian's package
# lacks), qemu-img and qemu-io, MariaDB (killed under load, and recovered),
# sysbench, and CRIU (from unstable), which saves and restores processes with
# contexts. A program passes only if the kernel has taken requests by io_submit()
# meanwhile. scripts/guest/peers-*.sh say what is looked at.
#
# All kernels must come to the same verdict on each; programs must pass. Trinity also runs on
# series-debug, under KASAN, unless it is not built. build/results/peers-K.txt
# has a line a test, build/run/peers-K-* what they said. ONLY="nginx criu" takes
# these; SECONDS_EACH= bounds stress-ng, stressapptest and trinity (default 60),
# SEED= is trinity's (default 1).
#
# Exit status: 0 the same verdicts, 1 not, or a kernel died or complained

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

seconds=${SECONDS_EACH:-60} seed=${SEED:-1}
bad=0
tests=(libaio stress sat fio trinity)
programs=(abi nginx qemu mariadb sysbench criu)
# How a line of each begins, where not by its name
declare -A line=([sat]=stressapptest [stress]=stress-ng)

# source_of PACKAGE DIR - unpacked in DIR, where we are then
source_of()
{
	"$scripts/tree/fetch-deb.sh" "$2" bookworm deb-src "$1" &&
	tar -C "$2" --strip-components=1 -xf "$2/$1"_*.orig.tar.gz && cd "$2"
}

# have PROGRAM DIR - in DIR, ready to run
have()
{
	local deb

	case $1 in
	libaio)
		source_of "$@" && make -C src &&
		make -C harness all testdir/rofile testdir/rwfile testdir/wofile ext2.img \
			testdir.ext2 testdir.enospc ;;
	nginx) # without what wants libraries
		source_of "$@" &&
		./configure --with-file-aio --without-http_rewrite_module --without-http_gzip_module &&
		make -j "${JOBS:-$(nproc)}" && objs/nginx -V ;;
	criu) # Debian 12's is too old for the vDSO of 6.13. Other libraries are the machine's
		"$scripts/tree/fetch-deb.sh" "$2" sid deb criu libc6 libnet9 libnftables1 libnftnl11 \
			libnl-3-200 libprotobuf-c1 && cd "$2" || return
		for deb in *.deb; do dpkg -x "$deb" . || return; done
		cat > criu <<- 'END'
			#!/bin/sh
			d=$(dirname "$0") l=usr/lib/x86_64-linux-gnu
			exec "$d/$l/ld-linux-x86-64.so.2" --library-path "$d/$l" "$d/usr/sbin/criu" "$@"
		END
		chmod +x criu && ./criu --version ;;
	esac
}

mkdir -p "$build/log" "$build/results"
# criu: for the libraries
"$scripts/install-deps.sh" criu curl linux-perf mariadb-client-core mariadb-server-core \
	qemu-utils stress-ng stressapptest sysbench trinity
for program in libaio nginx criu; do
	[ ! -d "$build/$program" ] || continue
	say FETCH "$program"
	(have $program "$build/$program.tmp") > "$build/log/$program.log" 2>&1 ||
		die "$program could not be had: see $(short "$build/log/$program.log")"
	mv "$build/$program.tmp" "$build/$program"
done

# run K NAME WHAT... - boots K for these; what of ONLY= is not among them is left out
run()
{
	local k=$1 rc=0 run=$build/run/peers-$1-$2 verdicts=$build/run/peers-$1-$2/verdicts what
	local these=()

	for what in "${@:3}"; do
		[ -n "${ONLY:-}" ] && [[ " $ONLY " != *" $what "* ]] || these+=("$what")
	done
	[ ${#these[@]} != 0 ] || return 0
	mkdir -p "$run"
	child "$scripts/boot/boot" --run "$run" --timeout 1800 "$k" -- \
		"$scripts/guest/peers.sh" "$build" "$seconds" "$seed" "${these[@]}" > "$verdicts" || rc=$?
	cat "$verdicts" >> "$build/results/peers-$k.txt"
	[ $rc = 0 ] || { not_ok "peers-$k" "$(verdict_of $rc), see $(short "$run/console.log")"; bad=1; }
	for what in "${these[@]}"; do
		grep -q "^${line[$what]:-$what}.* pass$" "$verdicts" ||
			{ not_ok "peers-$k" "nothing of $what passed, see $(short "$run/out")"; bad=1; }
	done
	# Others' tests may fail on any kernel; these are known to pass.
	[ "$2" = tests ] || ! grep -v ' pass$' "$verdicts" ||
		{ not_ok "peers-$k" "see $(short "$run/out")"; bad=1; }
}

[ $# != 0 ] || set -- stock-clients series-clients
for k; do
	child "$scripts/tree/tree.sh" --keep "${k%%-*}"
	child "$scripts/kernel/build.sh" "$k"
	: > "$build/results/peers-$k.txt"
	run "$k" tests "${tests[@]}"
	run "$k" programs "${programs[@]}"
done
printf '%-36s %s\n' test "$*"
while read -r test; do
	verdicts=()
	for k; do
		verdicts+=("$(sed -n "s/^$test //p" "$build/results/peers-$k.txt")")
	done
	same=
	[ "$(printf '%s\n' "${verdicts[@]}" | sort -u | wc -l)" = 1 ] || { same=' DIFFERENT'; bad=1; }
	printf '%-36s %s%s\n' "$test" "${verdicts[*]:-none}" "$same"
done < <(for k; do cut -d ' ' -f 1 "$build/results/peers-$k.txt"; done | awk '!seen[$0]++')
if [ -f "$trees/series/O-debug/.lab-stamp" ]; then
	child "$scripts/kernel/build.sh" series-debug
	: > "$build/results/peers-series-debug.txt"
	run series-debug tests trinity
	sed 's/^/series-debug, KASAN: /' "$build/results/peers-series-debug.txt"
else
	say SKIP 'trinity under KASAN: series-debug is not built'
fi
exit $bad
