# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# peers-lib.sh - what the steps of guest/peers.sh share
#
# Sourced, never run. $OUT is where all of them write to.

# verdict TEST STATUS
verdict()
{
	case $2 in
	0) echo "$1 pass" ;;
	3) echo "$1 skip" ;;
	124) echo "$1 timeout" ;;
	*) echo "$1 fail" ;;
	esac
}

# fail TEXT - what a program does wrong, and the end
fail()
{
	echo "FAILED: $*" >&2
	exit 1
}

# contexts - what fs.aio-nr says; a kernel without AIO has none
contexts()
{
	local nr=0

	[ ! -e /proc/sys/fs/aio-nr ] || read -r nr < /proc/sys/fs/aio-nr
	echo "$nr"
}

# ends SECONDS PID... - do they end in time?
ends()
{
	local pids=("${@:2}")

	timeout "$1" tail -s 0.1 "${pids[@]/#/--pid=}" -f /dev/null
}

# with_aio NAME SECONDS COMMAND... - the verdict on a program. It passes if the
# kernel has taken requests by io_submit() meanwhile, whatever the program says of
# itself: all of them can do without. And fs.aio-nr has to come back.
with_aio()
{
	local name=$1 rc=0 nr before

	before=$(contexts)
	perf stat -a -x , -o "$OUT/$name.calls" -e syscalls:sys_exit_io_submit --filter 'ret > 0' \
		-- timeout -k 10 "$2" "${@:3}" > "$OUT/$name" 2>&1 < /dev/null || rc=$?
	nr=$(sed -n 's/^\([0-9]*\),.*sys_exit_io_submit.*/\1/p' "$OUT/$name.calls")
	echo "io_submit() that took requests: ${nr:-0}, fs.aio-nr: $before, $(contexts)" >> "$OUT/$name"
	if [ $rc = 0 ] && { [ "${nr:-0}" = 0 ] || [ "$(contexts)" != "$before" ]; }; then rc=1; fi
	verdict "$name" $rc
}
