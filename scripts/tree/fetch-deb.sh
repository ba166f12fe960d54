#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# fetch-deb.sh - download packages of some Debian suite, and install nothing
#
# Usage: fetch-deb.sh DIR SUITE {deb|deb-src} PACKAGE...
#
# They come from the mirror that this machine's own apt uses, into DIR, which
# is made new. apt gets settings and state of its own; the machine's are left
# alone.
#
# Exit status: 0 they are there, 1 not (apt says why)

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# -ge 4 ] || { usage >&2; exit 1; }
dir=$1 suite=$2 type=$3
shift 3
need apt-get
rm -rf "$dir"
mkdir -p "$dir/apt/state/lists/partial" "$dir/apt/cache/archives/partial"
cd "$dir"
apt=(-q -o "Dir::Etc::SourceList=$PWD/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
	-o "Dir::State=$PWD/apt/state" -o "Dir::State::status=$PWD/apt/status"
	-o "Dir::Cache=$PWD/apt/cache" -o APT::Sandbox::User=root)
: > apt/status

# shellcheck disable=SC2016 # apt expands it
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Identifier: Packages' |
	grep -v security | head -n 1) || :
[ -n "$mirror" ] || die "apt knows no Debian mirror ('apt-get update' first)"
echo "$type [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" \
	> apt/sources.list
apt-get "${apt[@]}" update
case $type in
deb) apt-get "${apt[@]}" download "$@" ;;
deb-src) apt-get "${apt[@]}" source --download-only "$@" ;;
*) die "$type: deb or deb-src" ;;
esac
rm -rf apt
