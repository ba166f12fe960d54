#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/peers-mariadb.sh - in the guest: a database that reads and writes by AIO
#
# Usage: guest/peers-mariadb.sh {load|recover}
#
# MariaDB with InnoDB's native AIO and a buffer pool that is smaller than the
# table, so that pages go to the disk and come back meanwhile. load is killed with
# writes in flight; recover starts on what it has left, and finds every row that
# was said to be committed, each as it was written.
#
# Exit status: 0 all as it should be, 1 not

set -euo pipefail
. "$(dirname "$0")/peers-lib.sh"

dir=/mnt/ext2/mariadb
log=$OUT/mariadb-$1.err

# A folder is a database; without the grant tables that makes all that is needed.
# linux-aio=aio: not io_uring, which it would take if the kernel had it
start()
{
	rm -f "$dir/socket" "$log"
	mariadbd --no-defaults --user=root --datadir="$dir/data" --tmpdir=/tmp --socket="$dir/socket" \
		--pid-file="$dir/pid" --skip-networking --skip-grant-tables --skip-log-bin \
		--innodb-use-native-aio=1 --innodb-linux-aio=aio --innodb-flush-method=O_DIRECT \
		--innodb-buffer-pool-size=6M --innodb-log-file-size=4M --innodb-io-capacity=2000 \
		--innodb-max-dirty-pages-pct-lwm=1 --innodb-flush-log-at-trx-commit=1 \
		--log-error="$log" &
	pid=$!
	trap 'kill -KILL $pid || :' EXIT
	for ((i = 0; i < 1200; i++)); do
		! grep -q 'ready for connections' "$log" 2> /dev/null || break
		kill -0 $pid || fail 'the server has ended'
		sleep 0.1
	done
	grep 'Using Linux native AIO' "$log" || fail 'the server uses no AIO'
	[ "$(contexts)" -gt 0 ] || fail 'the server has no context'
}

sql()
{
	mariadb --no-defaults -S "$dir/socket" -BN test "$@"
}

load()
{
	local i lines writer

	rm -rf "$dir/data"
	mkdir -p "$dir/data/test"
	start
	sql -e 'create table t (id int primary key auto_increment, pad varchar(300), sum bigint);
		create table u (id int primary key, n bigint); insert into u values (1, 0)'
	# Something to recover, whatever the other client does when the server is killed
	yes 'update u set n = n + 1;' | sql > /dev/null 2>&1 &
	writer=$!
	# A line a transaction that is committed: how many rows there are then
	for ((i = 0; i < 10000; i++)); do
		echo 'begin; insert into t (pad, sum) select repeat(md5(seq), 8), crc32(repeat(md5(seq), 8))
			from seq_1_to_500; commit; select count(*) from t;'
		echo 'update t set pad = reverse(pad), sum = crc32(pad) where id % 50 = 7;'
	done | sql --unbuffered > "$dir/committed" 2> /dev/null &
	while lines=$(wc -l < "$dir/committed"); [ "$lines" -lt 60 ]; do
		kill -0 $! || fail "the client has ended after $lines transactions"
		sleep 0.2
	done
	kill -KILL $pid
	trap - EXIT
	wait $pid || :
	wait $! $writer || :
	grep -n . "$dir/committed" | tail -n 1
}

recover()
{
	local rows committed

	committed=$(tail -n 1 "$dir/committed")
	start
	grep 'Starting crash recovery' "$log" || fail 'there was nothing to recover'
	rows=$(sql -e 'select count(*) from t')
	echo "rows: $rows, committed: $committed"
	[ "$rows" = "$committed" ] || [ "$rows" = $((committed + 500)) ] ||
		fail 'not the rows that were there'
	[ "$(sql -e 'select count(*) from t where crc32(pad) <> sum')" = 0 ] || fail 'rows are damaged'
	[ "$(sql -e 'check table t extended' | tail -n 1)" = 'test.t	check	status	OK' ] ||
		fail 'the table is damaged'
	kill -TERM $pid
	trap - EXIT
	wait $pid || fail "the server ended with status $?"
	! grep -i '\[ERROR\]' "$log" || fail 'the server says so'
}

mkdir -p "$dir"
"$1"
