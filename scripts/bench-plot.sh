#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench-plot.sh - the plots of the report, as SVG
#
# Usage: bench-plot.sh RESULTS KERNELS
#
# Writes to RESULTS: sweep.svg (instructions per I/O over the number of contexts),
# setup.svg (cost of io_setup() over its number), destroy.svg (distribution of
# the latency of io_destroy()). A kernel without figures has no line and is
# named in the title.
#
# Exit status: 0 written, 1 not

set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# = 2 ] || { usage >&2; exit 1; }
need gnuplot
results=$1
read -ra kernels <<< "$2"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
what=$(awk -F '\t' '$1 == "wall-clock" { print $2 }' "$results/facts.tsv")

# A kernel looks the same in every plot: colour (Okabe and Ito's) and sign.
declare -A colour=([list]='#000000' [radix]='#e69f00' [xarray]='#56b4e9'
	[v3]='#cc79a7' [stock]='#d55e00' [table]='#009e73' [bound]='#999999')
declare -A sign=([list]=7 [radix]=9 [xarray]=11 [v3]=2 [stock]=5 [table]=13 [bound]=1)

# points KERNEL SED-EXPRESSION - "x y" lines from "JOB METRIC" and a value
points()
{
	awk -F '\t' -v k="$1" '$2 == k { print $1 " " $3 "\t" $5 }' "$results/bench.tsv" |
		sed -n "$2" | sort -n > "$tmp/$1"
}

# lines NAME TITLE XLABEL YLABEL SED-EXPRESSION MORE [CLOSE] - with CLOSE also
# a second panel: the same without list, from near the least figure on
lines()
{
	local k plot='' close='' absent='' curve height

	for k in "${kernels[@]}"; do
		points "$k" "$5"
		if [ ! -s "$tmp/$k" ]; then
			absent+=" $k"
			continue
		fi
		curve="'$tmp/$k' with linespoints lw 2 ps 0.8 pt ${sign[$k]:-6} \
lc rgb '${colour[$k]:-#0072b2}' title '$k'"
		plot+="${plot:+, }$curve"
		[ "$k" = list ] || close+="${close:+, }$curve"
	done
	[ -n "$plot" ] || { say MISSING "$1.svg: no figures"; rm -f "$results/$1.svg"; return; }
	[ -n "${7:-}" ] || close=
	height=440
	[ -z "$close" ] || height=800
	gnuplot << END
set terminal svg size 860,$height font 'sans-serif,15' noenhanced background '#ffffff'
set output '$tmp/$1.svg'
${close:+set multiplot layout 2,1}
set title "$2${absent:+\nmissing:$absent}"
set xlabel '$3'
set ylabel '$4'
set key outside right center Left reverse
set grid xtics ytics lt 1 lc rgb '#dddddd'
set border 3
set tics nomirror
set format y '%.0f'
$6
plot $plot
${close:+set title 'The same, without list and closer'}
${close:+set yrange [*:*]; set offsets 0, 0, graph 0.05, graph 0.05}
${close:+plot $close}
END
	mv "$tmp/$1.svg" "$results/$1.svg"
}

lines sweep 'What an I/O costs, threads with a context each (fio, 1 KiB randrw, ext2 on a RAM disk)' \
	'contexts of the process' 'instructions per I/O' \
	's/^sweep-\([0-9]*\) per_io\t/\1 /p' "set logscale x 2
set xrange [1:1024]
set yrange [0:*]" close

lines setup 'What io_setup() costs, as the process gets more contexts' \
	'number of the call' 'instructions per call' \
	's/^setup setup\.\([0-9]*\)\t/\1 /p' "set logscale x 10
set xrange [80:36000]
set yrange [0:*]"

: > "$tmp/destroy"
n=0 tics='' absent='' plot=''
for k in "${kernels[@]}"; do
	box=$(awk -F '\t' -v k="$k" '$1 == "destroy" && $2 == k &&
		$3 ~ /^destroy\.2cpu\.p[0-9]+$/ { sub(/.*p/, "", $3); v[$3] = $5 }
		END { if (50 in v) print v[25], v[5], v[95], v[75], v[50] }' "$results/bench.tsv")
	[ -n "$box" ] || { absent+=" $k"; continue; }
	n=$((n + 1))
	tics+="${tics:+, }'$k' $n"
	echo "$n $box" > "$tmp/box-$k"
	plot+="${plot:+, }'$tmp/box-$k' using 1:2:3:4:5 with candlesticks whiskerbars 0.5 lw 2 \
lc rgb '${colour[$k]:-#0072b2}' fs solid 0.4 notitle, \
'' using 1:6:6:6:6 with candlesticks lw 3 lc rgb '#000000' notitle, \
'' using 1:4:(sprintf('%.2f', \$6)) with labels offset 0,1 notitle"
done
[ -n "$plot" ] || { say MISSING 'destroy.svg: no figures'; rm -f "$results/destroy.svg"; exit 0; }
gnuplot << END
set terminal svg size 860,420 font 'sans-serif,15' noenhanced background '#ffffff'
set output '$results/destroy.svg'
set title "io_destroy() of an idle context, 2 CPUs ($what): 5, 25, 50, 75 and 95 %${absent:+\\nmissing:$absent}"
set ylabel 'ms'
set logscale y 10
set yrange [0.05:100]
set xrange [0.5:$n.5]
set xtics ($tics)
set boxwidth 0.5
set grid ytics lt 1 lc rgb '#dddddd'
set border 3
set tics nomirror
plot $plot
END
