#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/peers-criu.sh - in the guest: CRIU, and the contexts of what it restores
#
# Usage: guest/peers-criu.sh {rings|busy}
#
# CRIU saves a process and ends it, and restores another with its pid. A context
# has to get the address, and the ring its position, that it had: CRIU sets up
# another, submits writes to /dev/null until the tail is there, copies the ring,
# and moves it with mremap(). rings is a process that tells what has become of
# each ring; busy is qemu-img, in the midst of writes, 64 at a time, which has to end
# well. (Not sysbench: it gives up when a call is interrupted.)
#
# Exit status: 0 all as it should be, 1 not, 3 CRIU is not for this kernel

set -euo pipefail
. "$(dirname "$0")/peers-lib.sh"

dir=/mnt/ext2/criu-$1
scripts=$(cd "$(dirname "$0")" && pwd)
rm -rf "$dir"
mkdir -p "$dir" && cd "$dir"

# wait_for FILE WORDS - until they are in it
wait_for()
{
	local i

	for ((i = 0; i < 600; i++)); do
		! grep -qs "$2" "$1" || return 0
		sleep 0.1
	done
	fail "$1 does not come to say: $2"
}

# away PID - saved, ended, and restored
away()
{
	local log=$OUT/criu-${dir##*-} before

	mkdir -p images
	before=$(rings "$1")
	[ "${before:-0}" -gt 0 ] || fail 'there is no ring to save'
	criu dump -v4 -t "$1" -D images -o dump.log --manage-cgroups=ignore ||
		{ cp images/dump.log "$log-dump.log"; fail "criu dump, see $log-dump.log"; }
	! kill -0 "$1" 2> /dev/null || fail 'criu dump has left the process'
	[ "$(contexts)" = 0 ] || fail "contexts are left: $(contexts)"
	criu restore -v4 -d -D images -o restore.log --manage-cgroups=ignore ||
		{ cp images/restore.log "$log-restore.log"; fail "criu restore, see $log-restore.log"; }
	[ "$(rings "$1")" = "$before" ] || fail "$(rings "$1") rings are back of $before"
}

# rings PID - how many it has mapped
rings()
{
	{ grep -c '\[aio\]' "/proc/$1/maps" || :; } 2> /dev/null
}

# started - the pid of what has just been started, to be ended with this script
started()
{
	pid=$!
	trap 'kill -KILL $pid 2> /dev/null || :' EXIT
	disown $pid
}

rings_part()
{
	echo x > file
	setsid "$scripts/peers-criu.py" file > said 2>&1 < /dev/null &
	started
	wait_for said ready
	away "$pid"
	kill -USR1 "$pid"
	wait_for said 'FAILED\|as it was'
	cat said
	! grep -q FAILED said || fail 'see above'
	ends 60 "$pid"
}

busy_part()
{
	local i

	truncate -s 8M image
	setsid qemu-img bench -w -c 300000 -d 64 -s 4096 --pattern=$((0x5a)) \
		-t none -i native --image-opts driver=raw,file.driver=file,file.filename=image,file.locking=off \
		> said 2>&1 < /dev/null &
	started
	for ((i = 0; i < 600; i++)); do [ "$(rings "$pid")" != 1 ] || break; sleep 0.1; done
	sleep 0.2
	away "$pid"
	ends 200 "$pid" || fail 'qemu-img does not end'
	grep 'Run completed' said || fail 'qemu-img has not come to its end'
	head -c 8M /dev/zero | tr '\0' Z | cmp - image || fail 'qemu-img has written something else'
}

criu check || exit 3
"$1_part"
