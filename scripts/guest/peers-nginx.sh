#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# guest/peers-nginx.sh - in the guest: a web server that reads its files by AIO
#
# Usage: guest/peers-nginx.sh NGINX
#
# nginx with "aio on" and direct I/O, which its AIO wants: each worker has a
# context, and an eventfd among what it polls for. Files of many sizes are fetched
# by eight connections at a time and compared; between the rounds the workers are
# replaced, so that the old ones exit with their contexts.
#
# Exit status: 0 all as it should be, 1 not

set -euo pipefail
. "$(dirname "$0")/peers-lib.sh"

nginx=$1
dir=/mnt/ext2/nginx got=/tmp/nginx-got
sizes=(1 511 4096 65536 300001 1048576 2097152)

rm -rf "$dir"
mkdir -p "$dir"/{conf,logs,www} "$got"
for size in "${sizes[@]}"; do head -c "$size" /dev/urandom > "$dir/www/$size"; done
cat > "$dir/conf/nginx.conf" <<- EOC
	user root;
	worker_processes 2;
	daemon off;
	pid nginx.pid;
	error_log stderr info;
	events { use epoll; worker_aio_requests 64; }
	http {
		access_log off;
		sendfile off;
		aio on;
		directio 512;
		output_buffers 2 32k;
		server { listen 127.0.0.1:8080; location / { root www; } }
	}
EOC

"$nginx" -p "$dir" -e stderr &
pid=$!
trap 'kill $pid' EXIT

# workers - their pids
workers()
{
	cat "/proc/$pid/task/$pid/children"
}

for round in 1 2 3; do
	# Two workers of 64 each, but while they start
	for ((i = 0; i < 100; i++)); do [ "$(contexts)" -lt 128 ] || break; sleep 0.1; done
	[ "$(contexts)" -ge 128 ] || fail "the workers have no contexts: $(contexts)"
	urls=()
	for size in "${sizes[@]}"; do
		for n in 1 2 3 4; do
			urls+=(-o "$got/$size-$n" "http://127.0.0.1:8080/$size")
		done
	done
	curl -sS --fail --noproxy '*' --parallel --parallel-max 8 "${urls[@]}"
	for size in "${sizes[@]}"; do
		for n in 1 2 3 4; do
			cmp "$dir/www/$size" "$got/$size-$n" || fail "round $round: $size was served otherwise"
		done
	done
	rm "$got"/*
	# shellcheck disable=SC2046 # a list
	set -- $(workers)
	[ $# -ge 2 ] || fail "round $round: the workers are $*"
	kill -HUP $pid
	ends 60 "$@" || fail "round $round: the workers $* do not end"
done
# shellcheck disable=SC2046 # a list
set -- $(workers)
kill -QUIT $pid
ends 60 $pid "$@" || fail 'nginx does not end'
trap - EXIT
wait $pid
