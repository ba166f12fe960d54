# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# A patch that no longer applies leaves no tree behind

cp -r "$patches" "$meta/patches"
mkdir "$meta/patches/peers/lie"
sed 's/^ \(.*kioctx.*\)/ changed \1/' "$patches"/from-list/0003-*.patch > "$meta/patches/peers/lie/0001-lie.patch"
mount --bind "$meta/patches" "$patches"
expect 1 '0001-lie.patch does not apply' "$scripts/tree/tree.sh" lie
umount "$patches"
if [ -e "$trees/lie" ]; then
	echo 'a tree was made all the same'
	exit 1
fi
