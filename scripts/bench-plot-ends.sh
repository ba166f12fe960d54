#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench-plot-ends.sh - the plots of io_destroy() and exit, as SVG
#
# Usage: bench-plot-ends.sh RESULTS KERNELS
#
# Writes to RESULTS: ends.svg (time of exit and io_destroy() over the number of
# contexts), destroy.svg (distribution of the latency of io_destroy()). Kernels
# without figures, most of which are not asked for any, are left out.
#
# Exit status: 0 written, 1 not

set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# = 2 ] || { usage >&2; exit 1; }
need gnuplot
. "$scripts/bench-curves.sh"

# panel SED-EXPRESSION NAME - what a panel of ends.svg plots, in ms
panel()
{
	local k plot=''

	for k in "${kernels[@]}"; do
		points "$k" "$1"
		# exit with 1, 512 and 30,000 is measured for all
		[ "$(wc -l < "$tmp/$k")" -ge 4 ] || continue
		plot+="${plot:+, }$(curve "$k" "using 1:(\$2/1e6)" "$2")"
		mv "$tmp/$k" "$tmp/$k$2"
	done
	echo "$plot"
}

exits=$(panel 's/^exit-\([0-9]*\) exit\t/\1 /p' -exit)
destroys=$(panel 's/^among destroy\.\([0-9]*\)\t/\1 /p' -destroy)
if [[ -n $exits && -n $destroys ]]; then
	gnuplot << END
set terminal svg size 860,800 font 'sans-serif,15' noenhanced background '#ffffff'
set output '$results/ends.svg'
set multiplot layout 2,1
set ylabel 'virtual ms'
set logscale xy 10
set key outside right center Left reverse
set grid xtics ytics lt 1 lc rgb '#dddddd'
set border 3
set tics nomirror
set xrange [0.9:36000]
set format y '%g'
set title 'Exit of a process with idle contexts'
set xlabel 'contexts of the process'
plot $exits
set title 'io_destroy() of an idle context, with others in the process'
set xlabel 'other contexts of the process'
plot $destroys
END
else
	say MISSING 'ends.svg: no figures'
	rm -f "$results/ends.svg"
fi

n=0 tics='' plot=''
for k in "${kernels[@]}"; do
	box=$(awk -F '\t' -v k="$k" '$1 == "destroy-alone" && $2 == k &&
		$3 ~ /^destroy\.2cpu\.p[0-9]+$/ { sub(/.*p/, "", $3); v[$3] = $5 }
		END { if (50 in v) print v[25], v[5], v[95], v[75], v[50] }' "$results/bench.tsv")
	[ -n "$box" ] || continue
	n=$((n + 1))
	tics+="${tics:+, }'$k' $n"
	echo "$n $box" > "$tmp/box-$k"
	plot+="${plot:+, }'$tmp/box-$k' using 1:2:3:4:5 with candlesticks whiskerbars 0.5 lw 2 \
lc rgb '${colour[$k]:-#882255}' fs solid 0.4 notitle, \
'' using 1:6:6:6:6 with candlesticks lw 3 lc rgb '#000000' notitle, \
'' using 1:4:(sprintf('%.2f', \$6)) with labels offset 0,1 notitle"
done
[ -n "$plot" ] || { say MISSING 'destroy.svg: no figures'; rm -f "$results/destroy.svg"; exit 0; }
gnuplot << END
set terminal svg size 860,420 font 'sans-serif,15' noenhanced background '#ffffff'
set output '$results/destroy.svg'
set title "io_destroy() of an idle context, 2 CPUs ($what): 5, 25, 50, 75 and 95 %"
set ylabel 'ms'
set logscale y 10
set yrange [0.01:100]
set xrange [0.5:$n.5]
set xtics ($tics)
set boxwidth 0.5
set grid ytics lt 1 lc rgb '#dddddd'
set border 3
set tics nomirror
plot $plot
END
