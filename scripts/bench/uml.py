#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""uml.py - the table of bench/uml.sh

Usage: uml.py RESULTS

Of what is measured several times in a boot, the median is that boot's.  The table
has the median of the boots, the least and the most: the host's other guests make
some boots slower as a whole.  A second table has what aio_bench_kunit.c said in each
boot of series, RESULTS/kunit/BOOT, less what its loop takes.

Exit status: 0 printed, 1 bad input
"""

import math
import statistics
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

# Of the second table: heading, row of aio_bench_kunit.c
COLUMNS = (
    ("look-up in a list", "list"),
    ("in the table, one thread", "table"),
    ("in the table, of threads", "table-of-threads"),
    ("slot given back and handed out", "slot"),
)


def spread(boots: list[float], digits: int = 0) -> str:
    return (f"{statistics.median(boots):,.{digits}f} "
            f"({min(boots):,.{digits}f} to {max(boots):,.{digits}f})")


def cell(values: dict, mode: str, job: str, metric: str, kernel: str) -> list[float]:
    """Nanoseconds: the median of each boot"""
    boots = values.get((mode, job, metric, "ns"), {}).get(kernel)
    if not boots:
        raise stats.Error(f"no {metric} of {job} on {kernel}")
    return [statistics.median(each) for each in boots.values()]


def table(results: Path, guests: list[stats.Guest]) -> list[str]:
    values, _ = stats.collect(results, guests)
    lines = ["| ns | stock | series | of stock |", "| --- | ---: | ---: | ---: |"]
    for name, job, metric in ROWS:
        boots = [cell(values, guests[0].mode, job, metric, kernel) for kernel in KERNELS]
        stock, series = (statistics.median(each) for each in boots)
        cells = [spread(each) for each in boots]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} | {series / stock:.3f} |")
    return lines


def read_kunit(path: Path) -> dict[tuple[str, int], float]:
    """Nanoseconds by row and number of contexts"""
    found = {}
    for n, line in enumerate(stats.lines_of(path), 1):
        words = line.split()
        if len(words) != 3 or not words[1].isdigit() or math.isnan(stats.number_in(words[2])):
            raise stats.Error(f"{path}:{n}: not ROW CONTEXTS NS")
        found[words[0], int(words[1])] = stats.number_in(words[2])
    return found


def kunit_table(results: Path) -> list[str]:
    boots = [read_kunit(path) for path in sorted((results / "kunit").iterdir())]
    sizes = sorted({nr for row, nr in boots[0] if row == "loop"})
    lines = ["| ns, inside the kernel | " + " | ".join(name for name, _ in COLUMNS) + " |",
             "| --- |" + " ---: |" * len(COLUMNS)]
    try:
        for nr in sizes:
            cells = [spread([boot[row, nr] - boot["loop", nr] for boot in boots], 1)
                     for _, row in COLUMNS]
            lines.append(f"| of {nr:,} | " + " | ".join(cells) + " |")
        kills = [next(ns for (row, _), ns in boot.items() if row == "kill") for boot in boots]
    except (KeyError, StopIteration) as error:
        raise stats.Error(f"{results}/kunit: a boot has not all rows: {error}") from error
    return [*lines, "", f"Withdraw and kill an idle context, without its ring: {spread(kills)} ns."]


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 1
    results = Path(sys.argv[1])
    try:
        guests = stats.found_guests(results)
        if not guests:
            raise stats.Error(f"{results}: nothing was measured")
        print("\n".join([*table(results, guests), "", *kunit_table(results)]))
    except stats.Error as error:
        print(f"uml.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
