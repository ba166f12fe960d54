#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# prepare.sh - put the kernel as shipped under git, in build/tree/stock
#
# Usage: prepare.sh
#
# The source is the Debian package that patches/BASE/BASE names, installed or
# fetched, or KSRC=: a git tree (its HEAD), a plain tree (copied, then make
# mrproper) or a tarball. Author, date and message are fixed, so the package
# gives the commit id that is recorded there on every machine. Another version
# of the package is said, and tried. The tree gets its name only when it is
# whole; a half-made one is thrown away the next time.
#
# Exit status: 0 the tree is there, 1 it is not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

package=$(base_says package) suite=$(base_says suite)
tarball=/usr/src/$package.tar.xz
[ -z "$suite" ] || tarball=$build/$package.tar.xz
stock=$trees/stock
tmp=$trees/.stock.tmp

ksrc=package
if [ -n "${KSRC:-}" ]; then
	[ -e "$KSRC" ] || die "KSRC=$KSRC: no such tree or tarball"
	ksrc=$(realpath "$KSRC")
fi

mkdir -p "$build"
exec 5> "$build/.lock-prepare"
flock -n 5 || { say WAIT "another prepare.sh is at work"; flock 5; }
if [ -d "$stock/.git" ]; then
	had=$(cat "$stock/.git/lab-ksrc" 2> /dev/null || echo package)
	[ -z "${KSRC:-}" ] || [ "$had" = "$ksrc" ] ||
		die "build/tree was made from $had, not from $ksrc: 'make distclean' first"
	# The other trees know this one by its path: build/ may have been moved.
	if [ "$(cat "$stock/.git/lab-place" 2> /dev/null)" != "$trees" ]; then
		for tree in "$trees"/*/; do
			[ ! -f "$tree/.git" ] || git -C "$stock" worktree repair "$tree" > /dev/null 2>&1
		done
		echo "$trees" > "$stock/.git/lab-place"
	fi
	exit 0
fi
[ ! -e "$stock" ] || die "$(short "$stock") is there, but not from prepare.sh: remove it"

need git tar xz make
space 12000
if [ "$ksrc" = package ] && [ -n "$suite" ] && [ ! -r "$tarball" ]; then
	"$scripts/tree/fetch-source.sh" "$package" "$suite" "$tarball"
fi
[ "$ksrc" != package ] || [ -r "$tarball" ] ||
	die "$tarball is missing: 'make deps' installs $package"
rm -rf "$tmp"
mkdir -p "$tmp"

if [ "$ksrc" = package ]; then
	say UNPACK "$tarball"
	tar -C "$tmp" --strip-components=1 -xf "$tarball" ||
		die "$tarball does not unpack"
	# 6.12.117-1~deb12u1 is 6.12.117-1 rebuilt for Debian 12.
	if [ -f "$tarball.version" ]; then
		read -r from was < "$tarball.version"
	else
		from=$(dpkg-query -W -f '${Version}' "$package")
	fi
	package=${was:-$package}
	from="as Debian packages it ($package ${from%%~*})"
elif [ -f "$ksrc" ]; then
	say UNPACK "$ksrc"
	tar -C "$tmp" --strip-components=1 -xf "$ksrc" || die "$ksrc does not unpack"
	from="from ${ksrc##*/}"
elif [ "$(git -C "$ksrc" rev-parse --show-toplevel 2> /dev/null)" = "$ksrc" ]; then
	say COPY "$ksrc, its HEAD"
	git -C "$ksrc" archive HEAD | tar -C "$tmp" -x
	from="from git commit $(git -C "$ksrc" rev-parse HEAD)"
else
	say COPY "$ksrc"
	rsync -a --exclude=/.git "$ksrc/" "$tmp/"
	from="from $ksrc"
fi
for file in Makefile Kconfig fs/aio.c; do
	[ -f "$tmp/$file" ] || { rm -rf "$tmp"; die "$ksrc is no kernel source: no $file"; }
done
[ ! -f "$tmp/.config" ] || make -s -C "$tmp" mrproper
version=$(make -s -C "$tmp" kernelversion)

say GIT "base of Linux $version (half a minute)"
git init -q -b base "$tmp"
# Nothing here is worth compressing or syncing: it can be made again.
for pair in core.compression=0 core.looseCompression=0 gc.auto=0 core.fsync=none \
	"user.name=AIO context-table lab" user.email=lab@localhost; do
	git -C "$tmp" config "${pair%%=*}" "${pair#*=}"
done
printf '/O/\n/O-*/\n' > "$tmp/.git/info/exclude"
# -f: the package's .gitignore ignores everything
git -C "$tmp" add -f -A .
GIT_AUTHOR_DATE=2026-01-01T00:00:00+0000 GIT_COMMITTER_DATE=2026-01-01T00:00:00+0000 \
	git -C "$tmp" commit -q --no-verify -m "Linux $version, $from"
echo "$ksrc" > "$tmp/.git/lab-ksrc"
echo "$trees" > "$tmp/.git/lab-place"
mv "$tmp" "$stock"

id=$(git -C "$stock" rev-parse base)
if [ "$ksrc" = package ] && [ "$id" != "$(base_says commit)" ]; then
	say NOTE "this is ${from#as Debian packages it }, not $(base_says version) that the patches"
	say '' "of $(short "$patches") are for: scripts/tree/applies.sh says which apply"
fi
say BASE "$(git -C "$stock" log -1 --format='%h %s')"
