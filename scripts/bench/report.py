#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""report.py - the figures, the report and the plots of make bench

Usage: report.py write [--quick] [--template FILE] RESULTS KERNEL...
       report.py figure [--of KERNEL] [--digits N] RESULTS JOB KERNEL METRIC

write makes, in RESULTS, bench.tsv (a figure a line), report.md and its plots,
from what bench.sh left there: raw/*.tsv, expected (the guests there should be),
facts.tsv, sizes.tsv and v3.tsv.  The words are Documentation/results/template.md,
or FILE, where a line "@NAME" stands for a table; plots it does not show are not
made.  With --quick the goals leave out what
was not measured.

figure prints one number, the one that the report has, or with --of its ratio to
another kernel's: "report.py figure --of list RESULTS 512-contexts series per_io".
It wants nothing but raw/*.tsv, and neither scipy nor matplotlib.

Where to find what: stats.py, how the figures are made; goals.py, what the series
is to reach; tables.py; plots.py.

Exit status: 0 all there, 1 something is missing (the report, or a line, says
what), 2 the input or the command line is no good, and nothing is written
"""

import argparse
import os
import re
import sys
from pathlib import Path
from typing import Optional

import stats
from stats import Error, Results

TEMPLATE = Path(__file__).resolve().parents[2] / "Documentation/results/template.md"
SOURCES = ("fs/aio.c", "lib/percpu-refcount.c")


def say(word: str, text: str) -> None:
    """A line of progress, as say of lib.sh has it"""
    print(f"  {word:<7} {text}", flush=True)


def tsv(results: Results) -> str:
    out = ["job\tkernel\tmetric\tunit\tvalue\tboots\tspread, %"]
    for key, figure in results.figures.items():
        apart = f"{stats.spread(figure.boots):.3f}" if len(figure.boots) > 1 else "-"
        out.append("\t".join((*key, figure.unit, f"{figure.value:.10g}",
                              str(len(figure.boots) or "-"), apart)))
    return "\n".join(out) + "\n"


def measured_on(results: Results) -> str:
    """The line that check-report.sh reads"""
    ids = [results.facts.get(source) for source in SOURCES]
    if not all(ids):
        return "The sources of the series that was measured are not known.\n"
    return "Measured on " + " ".join(f"{s} {i}" for s, i in zip(SOURCES, ids)) + "\n"


def per_io(results: Results) -> str:
    """The line that main.sh reads, to set its own figures beside those of stock"""
    figures = [(k, stats.get(results, "512-contexts", k, "per_io"))
               for k in ("list", "stock", "series")]
    words = [f"{kernel} {value:.0f}" for kernel, value in figures if value is not None]
    return f"<!-- instructions per I/O, 512 contexts: {' '.join(words)} -->\n" if words else ""


def v3(directory: Path) -> str:
    path = directory / "v3.tsv"
    if not path.exists():
        return "| missing | | |\n"
    rows = [(line.split("\t") + ["", ""])[:3] for line in stats.lines_of(path)]
    return "".join(f"| {test} | {verdict} | {f'`{why}`' if why else ''} |\n"
                   for test, verdict, why in rows)


def section(words: list[str], results: Results, directory: Path, quick: bool) -> str:
    """What stands for "@NAME ARGUMENT..." in a template"""
    import tables
    name = words[0]
    if name == "measured":
        return measured_on(results) + per_io(results)
    if name == "v3":
        return v3(directory)
    if name in tables.TABLES:
        return tables.of_figures(results, tables.TABLES[name])
    if name not in tables.SECTIONS:
        raise Error(f"template: no such table: @{name}")
    quickly = ["quick"] if quick and name == "goals" else []
    return tables.SECTIONS[name](results, *words[1:], *quickly)


PLOT = re.compile(r"!\[.*\]\((.*)\)")


def report(results: Results, directory: Path, quick: bool, template: list[str],
           plotted: list[str]) -> str:
    out = ""
    for line in template:
        plot = PLOT.fullmatch(line)
        if line.startswith("@"):
            out += section(line[1:].split(), results, directory, quick)
        elif plot and plot.group(1) not in plotted:
            out += f"({plot.group(1)}: no figures)\n"
        else:
            out += line + "\n"
    out = out.replace("{base}", os.environ.get("BASE", "6.12"))
    return out.replace("{clock}", results.facts["wall-clock"]).rstrip("\n") + "\n"


def draw(results: Results, directory: Path, template: list[str]) -> list[str]:
    """Makes the plots that the template shows; those there were figures for"""
    import plots
    shown = {plot.group(1) for plot in map(PLOT.fullmatch, template) if plot}
    return [name for name in plots.PLOTS
            if name in shown and plots.write(results, name, directory / f"{name}.new")]


def write(directory: Path, kernels: list[str], quick: bool, template: Path) -> int:
    results = stats.load(directory, kernels)
    words = list(stats.lines_of(template))
    names = ("bench.tsv", "report.md", "sweep.svg", "setup.svg", "ends.svg", "destroy.svg")
    try:
        plotted = draw(results, directory, words)
        texts = {"bench.tsv": tsv(results),
                 "report.md": report(results, directory, quick, words, plotted)}
        for name, text in texts.items():
            (directory / f"{name}.new").write_text(text, encoding="utf-8")
        for name in names:
            if name in plotted or name in texts:
                os.replace(directory / f"{name}.new", directory / name)
            else:
                if f"({name})" in "".join(words):
                    say("MISSING", f"{name}: no figures")
                (directory / name).unlink(missing_ok=True)
    finally:
        for name in names:
            (directory / f"{name}.new").unlink(missing_ok=True)
    say("REPORT", f"{directory / 'report.md'}: {len(results.figures)} figures")
    return missing(results)


def missing(results: Results) -> int:
    """What is not there, and the exit status that this makes"""
    lost = len(results.missing)
    if lost:
        say("MISSING", f"{lost} of {len(results.expected)} guests left no result")
    nameless = [source for source in SOURCES if not results.facts.get(source)]
    if nameless:
        say("MISSING", f"facts.tsv does not say which {' and '.join(nameless)} was measured")
    return 1 if lost or nameless else 0


def figure(directory: Path, job: str, kernel: str, metric: str, base: Optional[str],
           digits: Optional[int]) -> int:
    results = stats.load_raw(directory, metric)
    if base:
        value = stats.ratio(results, job, kernel, metric, base)
    else:
        value = stats.get(results, job, kernel, metric)
    if value is None:
        print(f"report.py: {directory}: no figure {metric} of {job} on {kernel}"
              + (f" and {base}" if base else ""), file=sys.stderr)
        return 1
    for name in filter(None, (kernel, base)):
        gone = stats.lost(results, job, name, metric)
        if gone:
            print(f"report.py: {gone} boots of {job} on {name} are missing",
                  file=sys.stderr)
    print(f"{value:.10g}" if digits is None else f"{value:,.{digits}f}")
    return 0


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="report.py", description=__doc__, usage=argparse.SUPPRESS,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    one = commands.add_parser("write", help="bench.tsv, report.md and the plots")
    one.add_argument("--quick", action="store_true")
    one.add_argument("--template", type=Path, default=TEMPLATE, metavar="FILE")
    one.add_argument("results", type=Path, metavar="RESULTS")
    one.add_argument("kernels", nargs="+", metavar="KERNEL")
    one = commands.add_parser("figure", help="one number")
    one.add_argument("--of", metavar="KERNEL")
    one.add_argument("--digits", type=int, metavar="N")
    one.add_argument("results", type=Path, metavar="RESULTS")
    for word in ("job", "kernel", "metric"):
        one.add_argument(word, metavar=word.upper())
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    args = arguments(words)
    try:
        if args.command == "write":
            return write(args.results, args.kernels, args.quick, args.template)
        return figure(args.results, args.job, args.kernel, args.metric, args.of, args.digits)
    except (Error, OSError) as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
