#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench-plot.sh - the plots of the report, as SVG
#
# Usage: bench-plot.sh RESULTS KERNELS
#
# Writes to RESULTS: sweep.svg (instructions per I/O over the number of contexts),
# setup.svg (cost of io_setup() over its number). A kernel without figures has no
# line and is named in the title. bench-plot-ends.sh has the others.
#
# Exit status: 0 written, 1 not

set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# = 2 ] || { usage >&2; exit 1; }
need gnuplot
. "$scripts/bench-curves.sh"

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
		curve=$(curve "$k" '')
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
