# SPDX-License-Identifier: GPL-2.0
# bench-stats.awk - sort(), and welch(): does a difference mean anything?
#
# Usage: awk -f bench-stats.awk -f PROGRAM ...

function sort(a, n,    i, j, gap, t)
{
	for (gap = int(n / 2); gap; gap = int(gap / 2))
		for (i = gap + 1; i <= n; i++) {
			t = a[i]
			for (j = i; j > gap && a[j - gap] > t; j -= gap)
				a[j] = a[j - gap]
			a[j] = t
		}
}

function lgamma(x)
{
	# Stirling, good enough from 8 on
	if (x < 8)
		return lgamma(x + 1) - log(x)
	return (x - 0.5) * log(x) - x + 0.918938533204673 + \
		1 / (12 * x) - 1 / (360 * x ^ 3) + 1 / (1260 * x ^ 5)
}

# Regularised incomplete beta function, by its continued fraction (Lentz)
function ibeta(a, b, x,    f, c, d, i, m, num)
{
	if (x <= 0 || x >= 1)
		return x >= 1
	if (x > (a + 1) / (a + b + 2))
		return 1 - ibeta(b, a, 1 - x)
	f = c = 1
	d = 0
	for (i = 0; i <= 300; i++) {
		m = int(i / 2)
		if (i == 0)
			num = 1
		else if (i % 2 == 0)
			num = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
		else
			num = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
		d = 1 + num * d
		if (d < 1e-300 && d > -1e-300)
			d = 1e-300
		d = 1 / d
		c = 1 + num / c
		if (c < 1e-300 && c > -1e-300)
			c = 1e-300
		f *= c * d
		if (c * d > 1 - 1e-10 && c * d < 1 + 1e-10)
			break
	}
	return exp(a * log(x) + b * log(1 - x) + lgamma(a + b) - lgamma(a) - \
		lgamma(b)) * (f - 1) / a
}

# Two-sided p of Welch's t-test on means, variances and numbers of runs
function welch(m1, v1, n1, m2, v2, n2,    se, t, df)
{
	if (n1 < 2 || n2 < 2)
		return 1
	se = v1 / n1 + v2 / n2
	if (se == 0)
		return m1 == m2
	t = (m1 - m2) ^ 2 / se
	df = se ^ 2 / ((v1 / n1) ^ 2 / (n1 - 1) + (v2 / n2) ^ 2 / (n2 - 1))
	return ibeta(df / 2, 0.5, df / (df + t))
}
