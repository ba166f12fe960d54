#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# install-deps.sh - install the Debian packages that the lab needs
#
# Usage: install-deps.sh [--bench | PACKAGE...]
#
# Without PACKAGE: what make and make test need. --bench: what only the report of
# make bench, and its test, need. Prints what is missing, then
# runs apt-get (with sudo if not root). With NO_INSTALL=1 it prints the command and fails. Runs on a bare Debian 12: uses
# nothing but bash, dpkg and apt.
#
# Exit status: 0 all there, 1 something is missing

set -euo pipefail

packages=(bc bison bsdextrautils build-essential ccache codespell cpio e2fsprogs fio flex git
	jq kmod libaio-dev libelf-dev libssl-dev linux-perf linux-source-6.12 lz4 make perl
	python3 python3-git python3-ply qemu-system-x86 rsync shellcheck sparse util-linux xz-utils)

[ "$*" != --bench ] || set -- python3-matplotlib python3-scipy
[ $# = 0 ] || packages=("$@")

if ! command -v apt-get > /dev/null || ! command -v dpkg-query > /dev/null; then
	echo "install-deps.sh: no apt here; the lab wants what Debian 12 calls: ${packages[*]}" >&2
	exit 1
fi

missing=()
for package in "${packages[@]}"; do
	# With KSRC the kernel comes from elsewhere.
	[ "$package" != linux-source-6.12 ] || [ -z "${KSRC:-}" ] || continue
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] ||
		missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

printf '  %-7s %s\n' MISSING "${missing[*]}"
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
install=("${sudo[@]}" apt-get install -y --no-install-recommends "${missing[@]}")
if [ -n "${NO_INSTALL:-}" ]; then
	echo "install-deps.sh: NO_INSTALL is set; to install them: ${install[*]}" >&2
	exit 1
fi
if [ "$(id -u)" != 0 ] && ! command -v sudo > /dev/null; then
	echo "install-deps.sh: not root, and no sudo; as root: ${install[*]:1}" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
printf '  %-7s %s\n' INSTALL "${install[*]}"
# A fresh system has no package lists yet, an old one has stale ones.
"${install[@]}" || { "${sudo[@]}" apt-get update && "${install[@]}"; } || {
	echo "install-deps.sh: apt-get failed, the lines above say why" >&2
	echo "(linux-source-6.12 comes from bookworm-security or bookworm-backports)" >&2
	exit 1
}
