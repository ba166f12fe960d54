# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# bench-curves.sh - what the plots share: arguments, colours, points
#
# Sourced, never run, after lib.sh, by what takes RESULTS and KERNELS.

results=$1
read -ra kernels <<< "$2"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
what=$(awk -F '\t' '$1 == "wall-clock" { print $2 }' "$results/facts.tsv")

# A kernel looks the same in every plot: colour (Okabe and Ito's) and sign.
declare -A colour=([list]='#000000' [radix]='#e69f00' [xarray]='#56b4e9'
	[v3]='#cc79a7' [stock]='#d55e00' [slot0]='#0072b2' [table]='#009e73' [bound]='#999999')
declare -A sign=([list]=7 [radix]=9 [xarray]=11 [v3]=2 [stock]=5 [slot0]=8 [table]=13 [bound]=1)

# points KERNEL SED-EXPRESSION - "x y" lines from "JOB METRIC" and a value
points()
{
	awk -F '\t' -v k="$1" '$2 == k { print $1 " " $3 "\t" $5 }' "$results/bench.tsv" |
		sed -n "$2" | sort -n > "$tmp/$1"
}

# curve KERNEL USING [SUFFIX] - for gnuplot, of the points
curve()
{
	echo "'$tmp/$1${3:-}' $2 with linespoints lw 2 ps 0.8 pt ${sign[$1]:-6} \
lc rgb '${colour[$1]:-#882255}' title '$1'"
}
