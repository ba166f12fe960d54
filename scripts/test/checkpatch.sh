#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# checkpatch.sh - are all patches clean? a step of gates-text.sh
#
# Usage: checkpatch.sh
#
# The kernel's checkpatch.pl --strict, with codespell, on what series.sh has
# written to build/series and on the list's patches, as many at a time as there
# are CPUs.
#
# Exit status: 0 all are, 1 some are not (what it said is printed)

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

stock=$trees/stock
words=$(mktemp) unclean=$(mktemp)
trap 'rm -f "$words" "$unclean"' EXIT
# "filp" is the name of a slab cache.
grep -v '^filp->' /usr/lib/python3/dist-packages/codespell_lib/data/dictionary.txt > "$words"

# Patches carry no Signed-off-by (whoever submits them adds it), and a new
# file's entry in MAINTAINERS is in a patch of its own. A test in user space
# has neither the kernel's macros nor its rules about volatile, and about ENOSYS, which
# it is told by a kernel without AIO. The PATH: what
# checkpatch calls is Debian's python3, with Debian's modules. The base has no
# history, so that no commit which a message names is known there.
check()
{
	local ignore=FILE_PATH_CHANGES,UNKNOWN_COMMIT_ID
	local user=VOLATILE,PREFER_DEFINED_ATTRIBUTE_MACRO,ARRAY_SIZE,ENOSYS

	grep '^+++ ' "$1" | grep -qv ' b/tools/testing/' || ignore+=,$user
	(cd "$stock" && PATH=/usr/bin:/bin perl scripts/checkpatch.pl --strict --no-signoff \
		--codespell --codespellfile="$words" --ignore "$ignore" --terse --show-types "$1") ||
		echo "$1" >> "$unclean"
}

shopt -s nullglob
for file in "$patches"/{list,from-list}/*.patch "$build"/series/*/*.patch; do
	# A link is one of series, which build/series has
	[ ! -L "$file" ] || continue
	[ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n || :
	check "$file" &
done
wait
[ ! -s "$unclean" ] || { echo "$(wc -l < "$unclean") patches are not clean"; exit 1; }
