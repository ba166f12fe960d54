# SPDX-License-Identifier: GPL-2.0
"""stats.py - from the rows of all guests to the figures of the benchmark

Reads RESULTS/raw/MODE.PART.KERNEL.RUN.tsv, "JOB METRIC UNIT VALUE" a line, as
guest/bench.sh prints them.  MODE is icount, or Ncpu for a wall clock.  Of each
job, kernel and metric there is one figure:

* What is counted: the mean over the kernel's boots; of several values in one
  boot, the median is that boot's.
* Wall clocks (METRIC.MODE.mean, in ms): the mean over the guests of their
  means; .rsd is the relative standard deviation of these, .runs their number,
  .of_KERNEL the percentage of another kernel, .p_KERNEL the probability that
  Welch's t-test gives for no difference.  Where a guest has more than one value,
  .p0 to .p100 are the percentiles of all values of all guests.

What a flavour of a kernel did is that kernel's: NAME-FLAVOUR's JOB is NAME's
JOB-FLAVOUR.
"""

import math
import re
import statistics
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Iterable, Iterator, NamedTuple, Optional

PERCENTILES = (0, 5, 25, 50, 75, 95, 100)
AGAINST = ("list", "stock")
CLOCK_UNITS = ("ns", "ms")


class Error(Exception):
    """What is wrong with the input, in one line."""


class Guest(NamedTuple):
    mode: str
    part: str
    kernel: str
    flavour: str
    run: int


class Figure(NamedTuple):
    value: float
    unit: str
    boots: tuple[float, ...]


class Results(NamedTuple):
    figures: dict[tuple[str, str, str], Figure]  # of job, kernel, metric
    makers: dict[tuple[str, str], set[tuple[str, str, str]]]  # of job, metric
    expected: list[Guest]
    missing: list[Guest]
    facts: dict[str, str]
    kernels: list[str]


def guest_from(words: list[str], where: str) -> Guest:
    """The guest that a line of expected, or the name of a result, stands for"""
    if len(words) != 4 or not re.fullmatch(r"icount|[1-9]\d*cpu", words[0]) \
            or not re.fullmatch(r"[1-9]\d*", words[3]):
        raise Error(f"{where}: not MODE PART KERNEL RUN: {' '.join(words)}")
    name, dash, flavour = words[2].partition("-")
    return Guest(words[0], words[1], name, dash + flavour, int(words[3]))


def raw_path(results: Path, guest: Guest) -> Path:
    return results / "raw" / (f"{guest.mode}.{guest.part}."
                              f"{guest.kernel}{guest.flavour}.{guest.run}.tsv")


def lines_of(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Error(f"{path}: {getattr(error, 'strerror', 'not UTF-8')}") from None


def read_expected(results: Path) -> list[Guest]:
    path = results / "expected"
    return [guest_from(line.split(), f"{path}:{n}")
            for n, line in enumerate(lines_of(path), 1)]


def found_guests(results: Path) -> list[Guest]:
    """Those that left a result, where nothing says which there should be"""
    return [guest_from(path.name[:-len(".tsv")].split("."), str(path))
            for path in sorted((results / "raw").glob("*.tsv"))]


def read_facts(results: Path) -> dict[str, str]:
    path = results / "facts.tsv"
    facts = {}
    for n, line in enumerate(lines_of(path), 1):
        name, tab, value = line.partition("\t")
        if not tab:
            raise Error(f"{path}:{n}: not FACT <tab> VALUE")
        facts[name] = value
    if "wall-clock" not in facts:
        raise Error(f"{path}: does not say what a wall clock is")
    return facts


def number_in(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    return value


def read_rows(path: Path, columns: int) -> Iterator[list]:
    """The rows of a file with so many columns, the last of them a number"""
    lines = lines_of(path)
    if not lines:
        raise Error(f"{path}: empty")
    for n, line in enumerate(lines, 1):
        words = line.split("\t")
        if len(words) != columns or not math.isfinite(number_in(words[-1])):
            raise Error(f"{path}:{n}: not {columns} columns that end in a number")
        yield [*words[:-1], float(words[-1])]


def rank(values: Iterable[float], percent: float) -> float:
    """The percentile by the nearest rank, the upper one of two as near"""
    values = sorted(values)
    return values[math.floor(percent / 100 * (len(values) - 1) + 0.5)]


def rsd(values: tuple[float, ...]) -> float:
    return 100 * statistics.stdev(values) / statistics.mean(values)


def welch(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """How probable is such a difference of the means, if there is none?"""
    if len(a) < 2 or len(b) < 2:
        return 1.0
    if len(set(a)) == len(set(b)) == 1:  # no variance to go by
        return float(a[0] == b[0])
    from scipy.stats import ttest_ind  # not here with make alone
    with warnings.catch_warnings():  # one of them may have no variance
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(ttest_ind(a, b, equal_var=False).pvalue)


def spread(values: tuple[float, ...]) -> float:
    """How far least and most are apart, in per cent of the mean"""
    mean = statistics.mean(values)
    return 100 * (max(values) - min(values)) / mean if mean else 0.0


# A kernel's values, by boot
Boots = dict[int, list[float]]


def counted(boots: Boots, unit: str) -> Figure:
    each = tuple(statistics.median(boots[run]) for run in sorted(boots))
    return Figure(statistics.mean(each), unit, each)


def clocked(boots: Boots, unit: str) -> dict[str, Figure]:
    """The figures of a wall clock, in ms, by what follows METRIC.MODE."""
    scale = 1e-6 if unit == "ns" else 1
    calls = [value * scale for run in sorted(boots) for value in boots[run]]
    each = tuple(statistics.mean(boots[run]) * scale for run in sorted(boots))
    out = {"mean": Figure(statistics.mean(each), "ms", each),
           "runs": Figure(len(each), "guests", each)}
    if len(each) > 1 and out["mean"].value:
        out["rsd"] = Figure(rsd(each), "%", each)
    if len(calls) > len(each):
        for p in PERCENTILES:
            out[f"p{p}"] = Figure(rank(calls, p), "ms", each)
    return out


def compared(kernels: dict[str, Figure]) -> dict[tuple[str, str], Figure]:
    """Each kernel's mean against those of list and stock"""
    out = {}
    for name, mine in kernels.items():
        for base in AGAINST:
            if base == name or base not in kernels or not kernels[base].value:
                continue
            other = kernels[base]
            out[name, f"of_{base}"] = Figure(100 * mine.value / other.value,
                                             "%", mine.boots)
            out[name, f"p_{base}"] = Figure(welch(mine.boots, other.boots),
                                            "probability", mine.boots)
    return out


def clock_figures(job: str, prefix: str, unit: str, kernels: dict[str, Boots],
                  compare: bool) -> dict:
    out, means = {}, {}
    for name, boots in kernels.items():
        for what, figure in clocked(boots, unit).items():
            out[job, name, f"{prefix}.{what}"] = figure
        means[name] = out[job, name, f"{prefix}.mean"]
    for (name, what), figure in compared(means).items() if compare else ():
        out[job, name, f"{prefix}.{what}"] = figure
    return out


def collect(results: Path, guests: list[Guest]) -> tuple[dict, dict]:
    """All values by (mode, job, metric, unit), kernel and run; and the
    (mode, part, flavour) that made them"""
    values: dict = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    makers: dict = defaultdict(set)
    # What both count and time is taken from where it was counted
    for guest in sorted(guests, key=lambda g: (g.mode != "icount", g)):
        path = raw_path(results, guest)
        for job, metric, unit, value in read_rows(path, 4):
            if guest.mode == "icount" and unit in CLOCK_UNITS:
                continue
            key = (guest.mode, job + guest.flavour, metric, unit)
            values[key][guest.kernel][guest.run].append(value)
            makers[key].add((guest.mode, guest.part, guest.flavour))
    return values, makers


# In some boots of the job with 512 threads they queue for a lock of fio's own
# (fio_sem), at each loop's end: a thread that is preempted with it has all others
# sleep. A busy host brings that about more often. A boot with more context switches
# than this measures fio's lock.
CONVOY = 30_000


def leave_convoys_out(values: dict) -> None:
    """Takes boots out whose threads queued for fio's lock, if there are others"""
    for key in [key for key in values if key[2] == "fio.switches"]:
        mode, job = key[:2]
        for kernel, boots in values[key].items():
            queued = [run for run in boots if min(boots[run]) > CONVOY]
            if len(queued) == len(boots):
                continue
            for other in [k for k in values if k[:2] == (mode, job)]:
                for run in queued:
                    values[other][kernel].pop(run, None)
            left_out = (mode, job, "boots_left_out", "boots")
            values[left_out][kernel][0] = [float(len(queued))]


def figures(results: Path, guests: list[Guest], compare: bool = True) -> tuple[dict, dict]:
    """All figures, and what makes them; compare: also those that compare clocks"""
    out: dict = {}
    made_by: dict = {}
    values, makers = collect(results, guests)
    leave_convoys_out(values)
    for key, kernels in values.items():
        mode, job, metric, unit = key
        if unit in CLOCK_UNITS:
            metric = f"{metric}.{mode}"
            out.update(clock_figures(job, metric, unit, kernels, compare))
        elif (job, metric) in made_by:
            continue
        else:
            for name, boots in kernels.items():
                out[job, name, metric] = counted(boots, unit)
        made_by[job, metric] = makers[key]
    return out, made_by


def read_sizes(results: Path) -> dict:
    """What sizes.sh found, of kernels that are built: rows of bench.tsv"""
    path = results / "sizes.tsv"
    if not path.exists() or not path.stat().st_size:
        return {}
    return {(job, kernel, metric): Figure(value, unit, ())
            for job, kernel, metric, unit, value in read_rows(path, 5)}


def load(results: Path, kernels: list[str]) -> Results:
    """All that a report is made from"""
    expected = read_expected(results)
    missing = [g for g in expected if not raw_path(results, g).exists()]
    out, makers = figures(results, [g for g in expected if g not in missing])
    out.update(read_sizes(results))
    return Results(out, makers, expected, missing, read_facts(results), kernels)


def load_raw(results: Path, metric: str) -> Results:
    """The figures alone, of all results there are; wants scipy only for such a metric"""
    expected = read_expected(results) if (results / "expected").exists() \
        else found_guests(results)
    missing = [g for g in expected if not raw_path(results, g).exists()]
    out, makers = figures(results, [g for g in expected if g not in missing],
                          compare=bool(re.search(r"cpu\.(of|p)_", metric)))
    return Results(out, makers, expected, missing, {}, [])


def get(results: Results, job: str, kernel: str, metric: str) -> Optional[float]:
    figure = results.figures.get((job, kernel, metric))
    return None if figure is None else figure.value


def ratio(results: Results, job: str, kernel: str, metric: str,
          base: str) -> Optional[float]:
    """A kernel's figure over that of another one"""
    mine = get(results, job, kernel, metric)
    other = get(results, job, base, metric)
    return None if mine is None or not other else mine / other


def reference(results: Results) -> str:
    """The kernel that the others are held against: the list, where there is one"""
    return "stock" if results.kernels and "list" not in results.kernels else "list"


def makers_of(results: Results, job: str, metric: str) -> set:
    """The (mode, part, flavour) of the guests that make a figure"""
    prefix = re.match(r"(.*\.\d+cpu)\.", metric)
    return results.makers.get((job, prefix.group(1) if prefix else metric), set())


def made_for(results: Results, guests: list[Guest], job: str, kernel: str,
             metric: str) -> int:
    """How many of these guests are to make the figure"""
    makers = makers_of(results, job, metric)
    return sum(g.kernel == kernel and (g.mode, g.part, g.flavour) in makers
               for g in guests)


def lost(results: Results, job: str, kernel: str, metric: str) -> int:
    """How many of the figure's boots left no result"""
    return made_for(results, results.missing, job, kernel, metric)


def boots_there(results: Results, job: str, kernel: str, metric: str) -> str:
    """How many boots a figure is the mean of, and of how many it should be"""
    there = len(results.figures[job, kernel, metric].boots)
    gone = lost(results, job, kernel, metric)
    return f"{there} of {there + gone}" if gone else f"{there}"


def asked(results: Results, job: str, kernel: str, metric: str) -> bool:
    """Was this to be measured?  What no kernel has may have been, of all."""
    if makers_of(results, job, metric):
        return made_for(results, results.expected, job, kernel, metric) > 0
    return kernel in results.kernels
