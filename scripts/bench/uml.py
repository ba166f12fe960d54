#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""uml.py - the table of bench/uml.sh

Usage: uml.py RESULTS

Of what is measured once a boot, the mean over the boots; of what is measured
several times, the median of all.  The spread is that of the boots' means, as a
relative standard deviation.

Exit status: 0 printed, 1 bad input
"""

import sys
from pathlib import Path

import stats

KERNELS = ("stock", "series")
# What is printed, in this order, of what is measured
ROWS = (
    ("look-up, of 1 context", "lookup-1", "lookup"),
    ("look-up, of 512", "lookup-512", "lookup"),
    ("look-up, of 30,000", "lookup-30000", "lookup"),
    ("a system call that does nothing", "lookup-1", "empty_syscall"),
    ("io_setup() number 1", "setup", "setup.1"),
    ("io_setup() number 1,000", "setup", "setup.1000"),
    ("io_setup() number 30,000", "setup", "setup.30000"),
    ("io_destroy(), idle, one thread", "destroy-alone", "destroy"),
    ("io_destroy(), idle, a thread asleep", "destroy-asleep", "destroy"),
    ("io_destroy(), idle, by another thread", "destroy-other", "destroy"),
    ("io_destroy(), a thread inside", "destroy-inside", "destroy"),
    ("io_destroy(), a poll in flight", "destroy-poll", "destroy"),
    ("io_destroy(), a read in flight", "destroy-read", "destroy"),
    ("exit with 1 context", "exit-1", "exit"),
    ("exit with 512", "exit-512", "exit"),
    ("exit with 30,000", "exit-30000", "exit"),
    ("SIGKILL, 16 polls in flight", "kill", "kill"),
)


def cell(figures: dict, job: str, kernel: str, metric: str) -> tuple[float, float]:
    """Nanoseconds, and their spread in per cent"""
    def get(what: str):
        return figures.get((job, kernel, f"{metric}.{what}"))

    mean = get("mean")
    if mean is None:
        raise stats.Error(f"no {metric} of {job} on {kernel}")
    middle, rsd = get("p50") or mean, get("rsd")
    return middle.value * 1e6, rsd.value if rsd else 0.0


def table(figures: dict, mode: str) -> list[str]:
    lines = ["| ns | stock | series | of stock |", "| --- | ---: | ---: | ---: |"]
    for name, job, metric in ROWS:
        (stock, a), (series, b) = (cell(figures, job, kernel, f"{metric}.{mode}")
                                   for kernel in KERNELS)
        lines.append(f"| {name} | {stock:,.0f} ± {a:.0f} % | {series:,.0f} ± {b:.0f} % "
                     f"| {series / stock:.3f} |")
    return lines


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 1
    results = Path(sys.argv[1])
    try:
        guests = stats.found_guests(results)
        if not guests:
            raise stats.Error(f"{results}: nothing was measured")
        figures, _ = stats.figures(results, guests, compare=False)
        print("\n".join(table(figures, guests[0].mode)))
    except stats.Error as error:
        print(f"uml.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
