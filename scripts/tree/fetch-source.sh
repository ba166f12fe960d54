#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fetch-source.sh - have the kernel source of another suite of Debian
#
# Usage: fetch-source.sh PACKAGE SUITE TARBALL
#
# Fetches PACKAGE and takes TARBALL out of it; installs nothing. If the suite has
# another one by now, which its linux-source depends on, it is that one. Version and
# package are left in TARBALL.version. If patches/BASE/BASE has a sha256 for this version,
# the tarball has to have it.
#
# Exit status: 0 it is there, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 3 ] || { usage >&2; exit 1; }
package=$1 suite=$2 tarball=$3
dir=$build/deb log=$build/log/fetch-source.log
mkdir -p "$build/log"

# fetch NAME - have it; sets deb
fetch()
{
	"$scripts/tree/fetch-deb.sh" "$dir" "$suite" deb "$1" >> "$log" 2>&1 &&
	deb=$(echo "$dir/$1"_*.deb)
}

: > "$log"
say FETCH "$package, of $suite (170 MB)"
if ! fetch "$package"; then
	now=
	! fetch linux-source ||
		now=$(dpkg-deb -f "$deb" Depends | grep -oE 'linux-source-[0-9.]+' | head -n 1) || :
	if [ -z "$now" ] || [ "$now" = "$package" ]; then
		die "$package could not be had from $suite, see $(short "$log")"
	fi
	say NOTE "$suite has no $package any more, but $now: trying that"
	fetch "$now" || die "$now could not be had from $suite, see $(short "$log")"
	package=$now
fi
version=$(dpkg-deb -f "$deb" Version)
dpkg-deb --fsys-tarfile "$deb" | tar -xO "./usr/src/$package.tar.xz" > "$tarball.new"
if [ "${version%%~*}" = "$(base_says version)" ] &&
	[ "$(sha256sum < "$tarball.new")" != "$(base_says sha256)  -" ]; then
	die "$package $version is not what it was: sha256 $(sha256sum < "$tarball.new" | cut -d ' ' -f 1)"
fi
echo "$version $package" > "$tarball.version"
mv "$tarball.new" "$tarball"
rm -rf "$dir"
