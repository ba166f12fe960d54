#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fetch-source.sh - have the kernel source of another suite of Debian
#
# Usage: fetch-source.sh PACKAGE SUITE TARBALL
#
# Fetches PACKAGE and takes TARBALL out of it; installs nothing. The version is
# left in TARBALL.version. If patches/BASE/BASE has a sha256 for this version,
# the tarball has to have it.
#
# Exit status: 0 it is there, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 3 ] || { usage >&2; exit 1; }
package=$1 suite=$2 tarball=$3
dir=$build/deb
mkdir -p "$build/log"
say FETCH "$package, of $suite (170 MB)"
"$scripts/tree/fetch-deb.sh" "$dir" "$suite" deb "$package" > "$build/log/fetch-source.log" 2>&1 ||
	die "$package could not be had from $suite, see $(short "$build/log/fetch-source.log")"
deb=$(echo "$dir/${package}"_*.deb)
version=$(dpkg-deb -f "$deb" Version)
dpkg-deb --fsys-tarfile "$deb" | tar -xO "./usr/src/$package.tar.xz" > "$tarball.new"
if [ "${version%%~*}" = "$(base_says version)" ] &&
	[ "$(sha256sum < "$tarball.new")" != "$(base_says sha256)  -" ]; then
	die "$package $version is not what it was: sha256 $(sha256sum < "$tarball.new" | cut -d ' ' -f 1)"
fi
echo "$version" > "$tarball.version"
mv "$tarball.new" "$tarball"
rm -rf "$dir"
