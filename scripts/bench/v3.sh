#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench/v3.sh - which selftests does the table fail as it was posted in 2013?
#
# Usage: bench/v3.sh RESULTS
#
# Runs each test program in a guest of its own, as one that kills the kernel
# ends all that come after it. Writes RESULTS/v3.tsv: test, verdict, and what
# the test or the kernel said first. Nothing is run when the kernel and the
# tests are those of the last time.
#
# Exit status: 0 done, 1 not

set -euo pipefail
. "$(realpath "$(dirname "$0")/..")/lib.sh"

[ $# = 1 ] || { usage >&2; exit 1; }
results=$1
image=$trees/v3/O/arch/x86/boot/bzImage
tests=("$top"/tools/testing/selftests/aio/*_test.c)
[ -f "$image" ] || die "v3 is not built"

key=$(cat "$image" "${tests[@]}" | sha1sum)
[ "$key" != "$(cat "$results/v3.key" 2> /dev/null)" ] || exit 0
rm -f "$results/v3.key"
: > "$results/v3.tsv.new"

for file in "${tests[@]}"; do
	test=$(basename "$file" .c)
	say V3 "$test"
	rc=0
	TIMEOUT=120 "$scripts/test/kselftest.sh" v3 "$test" > "$results/log/v3-$test" 2>&1 < /dev/null || rc=$?
	tap=$build/results/kselftest-v3.tap
	console=$build/run/kselftest-v3/console.log
	case $rc in
	0)
		verdict='passes' why=''
		read -r passed _ < "$build/results/kselftest-v3.sum"
		[ "$passed" != 0 ] || verdict='skips, without fault injection' ;;
	124) verdict='hangs' why=$(grep -m 1 'not ok' "$tap" || :) ;;
	125)
		verdict='kills the kernel'
		why=$(grep -m 1 -oE 'BUG: .*|Oops: .*|general protection fault.*|WARNING: .*' "$console" || :) ;;
	*)
		verdict='fails'
		why="$(grep -cE '^#? *not ok [0-9]+ ' "$tap" || :) not ok" ;;
	esac
	printf '%s\t%s\t%s\n' "$test" "$verdict" "$(tr -d '\r\t|`' <<< "$why")" >> "$results/v3.tsv.new"
done
mv "$results/v3.tsv.new" "$results/v3.tsv"
echo "$key" > "$results/v3.key"
