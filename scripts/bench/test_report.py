#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""test_report.py - tests of report.py and its parts

Usage: python3 -m unittest discover -s scripts/bench

What is expected is worked out from the definitions, in the tests.
"""

import contextlib
import io
import math
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path
from unittest import mock

import goals
import plots
import report
import stats
import tables
import uml
from stats import Figure, Guest, Results

TOP = Path(__file__).resolve().parents[2]
KERNELS = ["list", "stock", "slot0", "series"]
FACTS = "wall-clock\temulated\nfs/aio.c\tabc1\nlib/percpu-refcount.c\tabc2\n"


def results_of(figures: dict, expected=(), missing=(), makers=None) -> Results:
    return Results({key: Figure(value, "", (value,)) for key, value in figures.items()},
                   makers or {}, list(expected), list(missing),
                   {"wall-clock": "emulated"}, KERNELS)


def cells_of(markdown: str, label: str) -> list[str]:
    """The cells of the row with that label"""
    for line in markdown.splitlines():
        words = [word.strip() for word in line.strip("| ").split(" | ")]
        if words[0] == label:
            return words[1:]
    raise AssertionError(f"no row {label} in:\n{markdown}")


class Folder(unittest.TestCase):
    """With a RESULTS of its own"""

    def setUp(self):
        self.results = Path(tempfile.mkdtemp(prefix="report-"))
        self.addCleanup(shutil.rmtree, self.results)
        (self.results / "raw").mkdir()
        (self.results / "facts.tsv").write_text(FACTS)
        (self.results / "expected").write_text("")

    def guest(self, name: str, *rows: str, left: bool = True):
        """One that was to run: MODE PART KERNEL RUN, and what it printed"""
        with open(self.results / "expected", "a", encoding="utf-8") as file:
            file.write(name + "\n")
        if left:
            (self.results / "raw" / (".".join(name.split()) + ".tsv")).write_text(
                "".join("\t".join(row.split("|")) + "\n" for row in rows))

    def per_io(self, kernel: str, *boots: float, job="1-context"):
        for n, value in enumerate(boots, 1):
            self.guest(f"icount {job} {kernel} {n}", f"{job}|per_io|instructions|{value}")

    def run_report(self, *words: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = report.main(list(words))
            except SystemExit as end:
                status = end.code
        return status, out.getvalue(), err.getvalue()

    def write(self, *words: str) -> tuple[int, str, str]:
        return self.run_report("write", *words, str(self.results), *KERNELS)

    def load(self) -> Results:
        return stats.load(self.results, KERNELS)


class Statistics(unittest.TestCase):
    def test_rank_is_the_nearest(self):
        values = [50, 10, 40, 20, 30]
        self.assertEqual([stats.rank(values, p) for p in (0, 25, 50, 75, 100)],
                         [10, 20, 30, 40, 50])
        self.assertEqual(stats.rank(values, 37), 20)  # 1.48 from the first on
        self.assertEqual(stats.rank(values, 38), 30)  # 1.52

    def test_rank_takes_the_upper_of_two(self):
        self.assertEqual(stats.rank([1, 2], 50), 2)
        self.assertEqual(stats.rank([1, 2, 3, 4], 50), 3)

    def test_deviation_is_that_of_a_sample(self):
        self.assertAlmostEqual(stats.rsd((8, 12)), 100 * math.sqrt(8) / 10)

    def test_spread(self):
        self.assertAlmostEqual(stats.spread((90, 100, 110)), 20)
        self.assertEqual(stats.spread((0, 0)), 0)

    def test_welch_two_degrees_of_freedom(self):
        # Equal variances of 2: t = 4 / sqrt(2), 2 degrees of freedom, and there
        # p = 1 - t / sqrt(2 + t^2)
        t = 4 / math.sqrt(2)
        self.assertAlmostEqual(stats.welch((1, 3), (5, 7)), 1 - t / math.sqrt(2 + t * t))

    def test_welch_is_not_students(self):
        # Only the first varies: t = 3, 1 degree of freedom, p = 1 - 2/pi atan(t)
        self.assertAlmostEqual(stats.welch((0, 2), (4, 4, 4)),
                               1 - 2 / math.pi * math.atan(3))

    def test_welch_without_variance(self):
        self.assertEqual(stats.welch((1,), (2, 3)), 1)
        self.assertEqual(stats.welch((2, 2), (2, 2, 2)), 1)
        self.assertEqual(stats.welch((2, 2), (3, 3)), 0)

    def test_count_is_mean_of_medians(self):
        figure = stats.counted({1: [1, 9, 2], 2: [4, 6]}, "instructions")
        self.assertEqual(figure, Figure(3.5, "instructions", (2, 5)))

    def test_clock_is_mean_of_means_in_ms(self):
        figures = stats.clocked({1: [1e6], 2: [2e6, 4e6, 6e6]}, "ns")
        self.assertEqual(figures["mean"].value, 2.5)  # of 1 and 4, not 13 / 4
        self.assertEqual(figures["runs"].value, 2)
        self.assertAlmostEqual(figures["rsd"].value, 100 * math.sqrt(4.5) / 2.5)
        self.assertEqual(figures["p0"].value, 1)
        self.assertEqual(figures["p100"].value, 6)

    def test_one_guest_has_no_deviation_and_one_call_no_percentiles(self):
        figures = stats.clocked({1: [5]}, "ms")
        self.assertEqual(figures["mean"].value, 5)
        self.assertEqual(set(figures), {"mean", "runs"})


class Reading(Folder):
    def figure(self, job, kernel, metric):
        return stats.get(self.load(), job, kernel, metric)

    def test_boots(self):
        self.per_io("series", 10, 20, 60)
        figure = self.load().figures["1-context", "series", "per_io"]
        self.assertEqual(figure, Figure(30, "instructions", (10, 20, 60)))

    def test_flavour_is_part_of_the_job(self):
        self.guest("icount lookup series-preempt 1", "lookup-1|lookup|instructions|72")
        self.guest("icount micro series 1", "lookup-1|lookup|instructions|66")
        self.assertEqual(self.figure("lookup-1-preempt", "series", "lookup"), 72)
        self.assertEqual(self.figure("lookup-1", "series", "lookup"), 66)

    def test_no_wall_clock_where_instructions_are_counted(self):
        self.guest("icount micro list 1", "exit-1|exit|virtual ns|7", "exit-1|run|ms|3")
        self.assertEqual(list(self.load().figures), [("exit-1", "list", "exit")])

    def test_wall_clock_against_list(self):
        self.guest("2cpu calls list 1", "exit-1|exit|ns|4000000")
        self.guest("2cpu calls series 1", "exit-1|exit|ns|1000000")
        self.assertEqual(self.figure("exit-1", "series", "exit.2cpu.mean"), 1)
        self.assertEqual(self.figure("exit-1", "series", "exit.2cpu.of_list"), 25)
        self.assertEqual(self.figure("exit-1", "series", "exit.2cpu.p_list"), 1)
        self.assertIsNone(self.figure("exit-1", "list", "exit.2cpu.of_list"))

    def test_other_units_by_the_clock(self):
        self.guest("4cpu interrupts list 1", "interrupts-busy|switches|a call|0.25")
        self.assertEqual(self.figure("interrupts-busy", "list", "switches"), 0.25)

    def test_what_was_counted_comes_first(self):
        self.guest("1cpu calls list 1", "exit-1|switches|a call|9")
        self.guest("icount micro list 1", "exit-1|switches|a call|2")
        self.assertEqual(self.figure("exit-1", "list", "switches"), 2)

    def test_a_result_nobody_expects_does_not_count(self):
        self.per_io("list", 10, 20)
        (self.results / "expected").write_text("icount 1-context list 1\n")
        self.assertEqual(self.figure("1-context", "list", "per_io"), 10)

    def test_sizes(self):
        (self.results / "sizes.tsv").write_text("memory\tlist\tkioctx\tbytes\t576\n")
        self.assertEqual(self.figure("memory", "list", "kioctx"), 576)

    def test_lost_and_not_asked(self):
        self.per_io("list", 10)
        self.guest("icount 1-context list 2", left=False)
        self.guest("icount 1-context series 1", left=False)
        self.guest("icount 512-contexts stock 1", left=False)
        results, key = self.load(), ("1-context", "list", "per_io")
        self.assertEqual(stats.lost(results, *key), 1)
        self.assertEqual(stats.boots_there(results, *key), "1 of 2")
        self.assertTrue(stats.asked(results, "1-context", "series", "per_io"))
        self.assertFalse(stats.asked(results, "1-context", "stock", "per_io"))
        self.assertTrue(stats.asked(results, "512-contexts", "list", "per_io"))

    def test_lost_of_one_clock_is_not_lost_of_another(self):
        self.guest("1cpu calls list 1", "exit-1|exit|ns|4")
        self.guest("2cpu calls list 1", "exit-1|exit|ns|4")
        self.guest("2cpu calls list 2", left=False)
        results = self.load()
        self.assertEqual(stats.lost(results, "exit-1", "list", "exit.1cpu.mean"), 0)
        self.assertEqual(stats.lost(results, "exit-1", "list", "exit.2cpu.p50"), 1)


# What is held against the bound, where the other kernel's figure is 1: the most
# (or least) that reaches it, and what does not
EDGES = {
    r"a look-up with .*": (76.4, 76.6), r"the same with .* PREEMPT": (85.4, 85.6),
    r"512 contexts, fio.*": (0.740, 0.7401), r"one context, fio.*": (1.0025, 1.0026),
    r"`io_setup\(\)` number 10*, .*": (1.05, 1.051),
    r"`io_setup\(\)` number 1?0?,?000, .*": (1.05, 1.051),
    r"`io_setup\(\)` number 10,000, .*": (1.05, 1.051),
    r"`io_setup\(\)` number 30,000, .*": (1.01, 1.011),
    r"exit with 1 idle context .*": (0.01, 0.0101),
    r"exit with 512 idle .*": (0.06, 0.0601), r"exit with 30,000 idle .*": (0.70, 0.7001),
    r"exit with 30,000 contexts \(instructions\)": (1.0049, 1.0051),
    r"SIGKILL.*|the same, 2 CPUs.*": (0.6, 0.601),
    r"`io_destroy\(\)`, idle, .* \(virtual\)": (0.0005, 0.00051),
    r"`io_destroy\(\)`, (?!idle).* \(virtual\)": (0.55, 0.551),
    r"`io_destroy\(\)`, idle, .*2 CPUs.*": (0.02, 0.0201),
    r"`io_destroy\(\)`, (?!idle).*2 CPUs.*": (0.55, 0.551),
    r"worst `io_destroy\(\)`.*": (1, 1.001), r"interrupts an .*": (0.1, 0.101),
    r"how often it sleeps.*": (0.05, 0.051), r".*, bytes": (1, 1.001),
    r"contexts of one process.*": (300000, 299999)}


class Goals(unittest.TestCase):
    def setUp(self):
        self.judged = [g for g in goals.GOALS if g.bound is not None]

    def verdict(self, goal, own, other=1.0, **more) -> str:
        figures = {(goal.job, k, goal.metric): other for k in ("list", "stock", "slot0")}
        figures[goal.job, "series", goal.metric] = own
        return goals.judge(goal, results_of({k: v for k, v in figures.items()
                                             if v is not None}, **more))

    def edges(self, goal) -> tuple[float, float]:
        found = {edge for what, edge in EDGES.items() if re.fullmatch(what, goal.what)}
        self.assertEqual(len(found), 1, goal.what)
        return found.pop()

    def test_each_is_reached_and_missed(self):
        for goal in self.judged:
            with self.subTest(goal.what):
                reaches, fails = self.edges(goal)
                self.assertEqual(self.verdict(goal, reaches), "yes")
                self.assertEqual(self.verdict(goal, fails), "**no**")

    def test_none_is_forgotten(self):
        whats = {goal.what for goal in goals.GOALS}
        self.assertEqual(len(whats), len(goals.GOALS))
        for edge in EDGES:
            self.assertTrue(any(re.fullmatch(edge, what) for what in whats), edge)
        # look-ups 6, fio 2, io_setup() 5, exit 4, SIGKILL 2, io_destroy() 12 and 1,
        # interrupts 8, memory 6, number of contexts 1
        self.assertEqual(len(whats), 6 + 2 + 5 + 4 + 2 + 12 + 1 + 8 + 6 + 1)

    def test_each_is_missing_without_figures(self):
        for goal in goals.GOALS:
            with self.subTest(goal.what):
                self.assertEqual(self.verdict(goal, None), "missing")
                if goal.of or isinstance(goal.bound, str):
                    self.assertEqual(self.verdict(goal, 0.001, other=None), "missing")

    def test_no_verdict_where_a_boot_is_lost(self):
        for goal in goals.GOALS:
            with self.subTest(goal.what):
                prefix = re.sub(r"(\.2cpu)\..*", r"\1", goal.metric)
                makers = {(goal.job, prefix): {("icount", "part", "")}}
                lost = [Guest("icount", "part", "series", "", 2)]
                self.assertEqual(self.verdict(goal, 0.001, missing=lost, makers=makers),
                                 "missing")
                other = [Guest("icount", "part", "slot0", "", 2)]
                self.assertNotEqual(self.verdict(goal, 0.001, missing=other, makers=makers),
                                    "missing")

    def test_the_first_job_has_to_be_below_stock_too(self):
        goal = next(g for g in goals.GOALS if g.job == "512-contexts")
        key = [(goal.job, k, "per_io") for k in ("list", "stock", "series")]
        for stock, verdict in ((0.72, "yes"), (0.70, "**no**"), (0.69, "**no**")):
            figures = dict(zip(key, (1, stock, 0.70)))
            self.assertEqual(goals.judge(goal, results_of(figures)), verdict)

    def test_ratios_are_to_the_kernel_that_is_named(self):
        for goal in self.judged:
            if not goal.of:
                continue
            with self.subTest(goal.what):
                for word in re.findall(r"of (list|stock)\b", goal.what):
                    self.assertEqual(goal.of, word)
                figures = {(goal.job, k, goal.metric): 1e-9 for k in goals.COLUMNS}
                figures[goal.job, goal.of, goal.metric] = 1e9
                if goal.below:
                    figures[goal.job, goal.below, goal.metric] = 1
                self.assertEqual(goals.judge(goal, results_of(figures)), "yes")

    def test_what_is_said_is_what_is_held(self):
        for goal in self.judged:
            with self.subTest(goal.what):
                number = re.match(r"[\d.]+", goals.said(goal))
                if number:
                    self.assertAlmostEqual(float(number.group()), goal.bound,
                                           delta=0.5 if goal.bound > 2 else 0.005)

    def test_cells(self):
        goal = goals.Goal("", "kill", "kill", 0.6, of="stock", scale=1e-6, unit="ms")
        results = results_of({("kill", "stock", "kill"): 20e6, ("kill", "series", "kill"): 5e6,
                              ("kill", "slot0", "kill"): 1e5})
        self.assertEqual([goals.cell(goal, results, k) for k in goals.COLUMNS],
                         ["1 (20.0 ms)", "missing", "0.00500 (0.1000 ms)",
                          "0.2500 (5.00 ms)"])

    def test_quick_leaves_out_what_was_not_measured(self):
        results = results_of({("kill", k, "kill"): 1 for k in ("series", "stock")})
        self.assertEqual(len(goals.rows(results, quick=False)), len(goals.GOALS))
        self.assertEqual([row[0][:7] for row in goals.rows(results, quick=True)], ["SIGKILL"])


class GoalsWithoutList(Folder):
    """On a base that has no list, the bound is stock"""

    def two(self, figures: dict) -> Results:
        return results_of(figures)._replace(kernels=["stock", "series"])

    def test_nothing_is_held_against_the_list(self):
        for goal in goals.goals_of(self.two({})):
            self.assertNotIn("list", (goal.of, goal.below, goal.bound))
            self.assertNotRegex(goal.what + goal.said, r"\blist\b")

    def test_as_many_goals(self):
        self.assertEqual(len(goals.goals_of(self.two({}))), len(goals.GOALS))
        self.assertEqual(goals.goals_of(results_of({})), goals.GOALS)

    def test_series_may_not_be_above_stock(self):
        for job, metric in (("lookup-1", "lookup"), ("512-contexts", "per_io"),
                            ("1-context", "per_io"), ("setup", "setup.1000")):
            goal = next(g for g in goals.goals_of(self.two({}))
                        if (g.job, g.metric) == (job, metric))
            for own, verdict in ((99, "yes"), (100, "yes"), (100.1, "**no**")):
                figures = {(job, "stock", metric): 100, (job, "series", metric): own}
                self.assertEqual(goals.judge(goal, self.two(figures)), verdict)

    def test_columns_and_ratios(self):
        self.per_io("stock", 80)
        self.per_io("series", 76)
        results = self.load()._replace(kernels=["stock", "series"])
        self.assertIn("| what | stock | series | goal | reached |", tables.reached(results))
        fio = tables.of_figures(results, tables.TABLES["fio"])
        self.assertEqual(cells_of(fio, "1-context, of stock"), ["1.0000", "0.9500"])

    def test_wall_clock(self):
        for kernel, value in (("stock", 10e6), ("series", 5e6)):
            for n in (1, 2):
                self.guest(f"2cpu calls {kernel} {n}", f"exit-1|exit|ns|{value + n}")
        results = self.load()._replace(kernels=["stock", "series"])
        self.assertEqual(tables.percent(results, "exit-1", "exit.2cpu", "stock"), "100.00")
        self.assertEqual(tables.percent(results, "exit-1", "exit.2cpu", "series"), "50.00*")


class Convoys(Folder):
    """Boots whose threads queued for fio's own lock"""

    def boot(self, run: int, per_io: float, switches: int):
        self.guest(f"icount 512-contexts series {run}",
                   f"512-contexts|per_io|instructions|{per_io}",
                   f"512-contexts|fio.switches|switches|{switches}")

    def test_is_left_out(self):
        self.boot(1, 100, 20000)
        self.boot(2, 200, 400000)
        self.boot(3, 110, 30000)
        results = self.load()
        self.assertEqual(stats.get(results, "512-contexts", "series", "per_io"), 105)
        self.assertEqual(stats.get(results, "512-contexts", "series", "boots_left_out"), 1)

    def test_stays_if_there_is_no_other(self):
        self.boot(1, 200, 400000)
        results = self.load()
        self.assertEqual(stats.get(results, "512-contexts", "series", "per_io"), 200)
        self.assertIsNone(stats.get(results, "512-contexts", "series", "boots_left_out"))


class Tables(Folder):
    def test_one_ratio_for_one_thing(self):
        self.per_io("list", 90, 110)
        self.per_io("series", 70, 74, 84)  # mean 76, first 70, median 74
        self.per_io("stock", 80)
        results = self.load()
        fio = tables.of_figures(results, tables.TABLES["fio"])
        self.assertEqual(cells_of(fio, "1-context, of list"), ["1.0000", "0.8000", "-", "0.7600"])
        self.assertEqual(cells_of(fio, "1-context"), ["100.0", "80.0", "-", "76.0"])
        self.assertEqual(cells_of(fio, "1-context, boots"),
                         ["2, 20.00 %", "1", "-", "3, 18.42 %"])  # 14 of 76
        row = cells_of(tables.reached(results), "one context, fio, an I/O, of list (instructions)")
        self.assertEqual(row[goals.COLUMNS.index("series")], "0.7600")
        for words, said in (([], "76"), (["--of", "list"], "0.76"),
                            (["--of", "list", "--digits", "4"], "0.7600")):
            status, out, _ = self.run_report("figure", *words, str(self.results),
                                             "1-context", "series", "per_io")
            self.assertEqual((status, out.strip()), (0, said))

    def test_dash_and_missing_and_columns(self):
        self.guest("icount sweep list 1", "sweep-1|per_io|instructions|1234.4")
        self.guest("icount sweep series 1", left=False)
        sweep = tables.of_figures(self.load(), tables.TABLES["sweep"])
        self.assertIn("| contexts | list | stock | slot0 | series |", sweep)
        self.assertEqual(cells_of(sweep, "1"), ["1,234", "-", "-", "missing"])
        self.guest("icount lookup series-preempt 1",
                   *(f"lookup-{n}|lookup|instructions|72" for n in (1, 512, 30000)))
        preempt = tables.of_figures(self.load(), tables.TABLES["preempt"])
        self.assertIn("| instructions | series |", preempt)

    def clocks(self, **times) -> str:
        for kernel, values in times.items():
            for run, ms in enumerate(values, 1):
                self.guest(f"2cpu 512-contexts+1-context+calls {kernel} {run}",
                           f"512-contexts|run_time|ms|{ms}")
        return tables.clocks(self.load(), "512-contexts", "run_time")

    def test_star_where_the_difference_is_one(self):
        # list and stock: t = 4 / sqrt(2), p = 0.106; series: t = 400 / sqrt(2)
        text = self.clocks(list=(1001, 1003), stock=(1005, 1007), series=(601, 603))
        self.assertIn("2 CPUs, emulated:", text)
        self.assertEqual(cells_of(text, "% of list"), ["100.00", "100.40", "60.08*"])
        self.assertEqual(cells_of(text, "mean, ms"), ["1,002", "1,006", "602"])
        self.assertEqual(cells_of(text, "%rsd")[0], "0.14")  # sqrt(2) of 1002

    def test_one_guest(self):
        text = self.clocks(list=(10,), series=(5,))
        self.assertEqual(cells_of(text, "%rsd"), ["-", "-"])
        self.assertEqual(cells_of(text, "% of list"), ["100.00", "50.00"])

    def test_guests_that_are_missing(self):
        self.guest("2cpu 512-contexts+1-context+calls series 3", left=False)
        self.guest("2cpu 512-contexts+1-context+calls stock 1", left=False)
        text = self.clocks(list=(1, 2), series=(1, 2))
        self.assertEqual(cells_of(text, "guests"), ["2", "missing", "2 of 3"])
        self.assertEqual(tables.missing(self.load()),
                         "## Missing\n\n* 512-contexts+1-context+calls, 2cpu: "
                         "series (1), stock (1)\n")

    def test_profile(self):
        self.guest("2cpu profile series 1", "profile|01 [k] lookup_ioctx|%|12.5")
        rows = tables.profile(self.load())
        self.assertEqual(cells_of(rows, "1"),
                         ["`lookup_ioctx` 32.51 %", "missing", "`[k] lookup_ioctx` 12.50 %"])


class Plots(Folder):
    def fill(self):
        for kernel, cost in (("list", 3), ("series", 1)):
            self.guest(f"icount sweep {kernel} 1",
                       *(f"sweep-{n}|per_io|instructions|{n * cost}" for n in (1, 2, 4)))
            self.guest(f"icount setup {kernel} 1",
                       *(f"setup|setup.{n}|instructions|{n * cost}" for n in (100, 1000)))
            self.guest(f"icount ends {kernel} 1",
                       *(f"exit-{n}|exit|virtual ns|{n * cost}" for n in (1, 4, 16, 64)),
                       *(f"among|destroy.{n}|virtual ns|{n * cost}" for n in (1, 4, 16, 64)))
            self.guest(f"2cpu calls {kernel} 1",
                       *(f"destroy-alone|destroy|ns|{cost * n}e6" for n in range(1, 22)))

    def test_points(self):
        self.fill()
        self.assertEqual(plots.points(self.load(), "list", r"sweep-(\d+) per_io"),
                         [(1, 3), (2, 6), (4, 12)])
        self.assertEqual(plots.points(self.load(), "series", r"exit-(\d+) exit", 1e-6)[3],
                         (64, 64 * 1e-6))

    def test_box(self):
        self.fill()
        self.assertEqual(plots.box(self.load(), "series"),
                         {"label": "series", "whislo": 2, "q1": 6, "med": 11, "q3": 16,
                          "whishi": 20})

    def test_equal_figures_make_equal_files(self):
        self.fill()
        for name in plots.PLOTS:
            with self.subTest(name):
                for path in ("a", "b"):
                    self.assertTrue(plots.write(self.load(), name, self.results / path))
                first = (self.results / "a").read_bytes()
                self.assertEqual(first, (self.results / "b").read_bytes())
                text = "".join(xml.etree.ElementTree.fromstring(first).itertext())
                self.assertIn("series", text)
                self.assertNotIn("stock", text)

    def test_nothing_to_plot(self):
        for name in plots.PLOTS:
            self.assertFalse(plots.write(self.load(), name, self.results / name))
            self.assertFalse((self.results / name).exists())


class Report(Folder):
    def names(self) -> set[str]:
        return {path.name for path in self.results.iterdir()}

    def text(self) -> str:
        return (self.results / "report.md").read_text()

    def test_all_there(self):
        self.per_io("list", 100)
        self.per_io("series", 99)
        status, out, err = self.write()
        self.assertEqual((status, err), (0, ""))
        self.assertNotIn("\n## Missing", self.text())
        self.assertNotRegex(self.text(), r"(?m)^@|\{clock\}")
        self.assertRegex(self.text(),
                         r"(?m)^Measured on fs/aio.c abc1 lib/percpu-refcount.c abc2$")
        self.assertIn("(sweep.svg: no figures)", self.text())
        self.assertIn("1-context\tseries\tper_io\tinstructions\t99\t1\t-\n",
                      (self.results / "bench.tsv").read_text())
        self.assertEqual(self.names(), {"raw", "facts.tsv", "expected", "bench.tsv",
                                        "report.md"})

    def test_per_io_for_make(self):
        self.per_io("list", 200, job="512-contexts")
        self.per_io("stock", 150.3, 150.5, job="512-contexts")
        self.write()
        self.assertIn("<!-- instructions per I/O, 512 contexts: list 200 stock 150 -->\n",
                      self.text())

    def test_missing_guest(self):
        self.per_io("list", 100)
        self.guest("icount 1-context series 1", left=False)
        status, out, _ = self.write()
        self.assertEqual(status, 1)
        self.assertIn("\n## Missing\n\n* 1-context, icount: series (1)\n", self.text())
        self.assertIn("1 of 2 guests", out)

    def test_series_that_is_not_named(self):
        self.per_io("list", 100)
        (self.results / "facts.tsv").write_text("wall-clock\temulated\nfs/aio.c\tabc1\n")
        status, out, _ = self.write()
        self.assertEqual(status, 1)
        self.assertIn("lib/percpu-refcount.c", out)
        self.assertNotIn("\nMeasured on", self.text())

    def test_old_plots_do_not_stay(self):
        self.per_io("list", 100)
        (self.results / "sweep.svg").write_text("old")
        self.write()
        self.assertNotIn("sweep.svg", self.names())

    def refused(self, pattern: str):
        """One clear line, and the report there was is there still"""
        (self.results / "report.md").write_text("before")
        status, _, err = self.write()
        self.assertEqual(status, 2)
        self.assertRegex(err, rf"\Areport.py: .*{pattern}.*\n\Z")
        self.assertEqual(self.text(), "before")
        self.assertFalse([n for n in self.names() if n.endswith(".new")])

    def test_bad_rows(self):
        for row in ("1-context|per_io|instructions|many", "1-context|per_io|instructions",
                    "1-context|per_io|instructions|nan", "1-context|per_io|i|n|s|1"):
            with self.subTest(row):
                self.guest("icount 1-context list 1", "1-context|ios|I/Os|5", row)
                self.refused(r"icount\.1-context\.list\.1\.tsv:2: ")

    def test_empty_result(self):
        self.guest("icount 1-context list 1")
        self.refused("list.1.tsv: empty")

    def test_bad_expected(self):
        for line in ("icount 1-context list", "fast 1-context list 1", "icount a list one"):
            with self.subTest(line):
                (self.results / "expected").write_text(line + "\n")
                self.refused("expected:1: not MODE PART KERNEL RUN")

    def test_no_expected(self):
        (self.results / "expected").unlink()
        self.refused("expected: No such file")

    def test_bad_facts(self):
        (self.results / "facts.tsv").write_text("processor\tfast\n")
        self.refused("facts.tsv: does not say what a wall clock is")
        (self.results / "facts.tsv").write_text("processor\n")
        self.refused("facts.tsv:1: not FACT")

    def test_no_such_table(self):
        template = self.results / "raw" / "template.md"
        template.write_text("@nonsense\n")
        status, out, err = self.write("--template", str(template))
        self.assertEqual((status, out), (2, ""))
        self.assertIn("no such table: @nonsense", err)

    def test_plots_that_no_template_shows_are_not_made(self):
        for n in (1, 2):
            self.guest(f"icount sweep series {n}", f"sweep-{n}|per_io|instructions|9")
        template = self.results / "raw" / "template.md"
        for words, plotted in (("@fio\n", False), ("![all](sweep.svg)\n", True)):
            template.write_text(words)
            status, out, _ = self.write("--template", str(template))
            self.assertEqual((status, "MISSING" in out), (0, False))
            self.assertEqual((self.results / "sweep.svg").exists(), plotted)

    def test_disk_that_is_full(self):
        self.per_io("list", 100)
        with mock.patch.object(plots, "write", side_effect=OSError("No space left")):
            self.refused("No space left")

    def test_figure_of_raw_results_alone(self):
        self.per_io("list", 100, 104)
        for name in ("expected", "facts.tsv"):
            (self.results / name).unlink()
        key = (str(self.results), "1-context", "list", "per_io")
        self.assertEqual(self.run_report("figure", *key), (0, "102\n", ""))

    def test_figure_without_scipy(self):
        for kernel in ("list", "series"):
            for run in (1, 2):
                self.guest(f"2cpu calls {kernel} {run}", f"exit-1|exit|ms|{run}")
        key = (str(self.results), "exit-1", "series")
        with mock.patch.dict("sys.modules", {"scipy": None, "scipy.stats": None}):
            self.assertEqual(self.run_report("figure", *key, "exit.2cpu.mean")[:2],
                             (0, "1.5\n"))
        self.assertEqual(self.run_report("figure", *key, "exit.2cpu.p_list")[:2], (0, "1\n"))

    def test_figure_that_is_not_there(self):
        status, out, err = self.run_report("figure", str(self.results), "a", "b", "c")
        self.assertEqual((status, out), (1, ""))
        self.assertRegex(err, "no figure c of a on b")

    def test_figure_that_lacks_a_boot(self):
        self.per_io("list", 100)
        self.guest("icount 1-context list 2", left=False)
        status, out, err = self.run_report("figure", str(self.results), "1-context", "list",
                                           "per_io")
        self.assertEqual((status, out), (0, "100\n"))
        self.assertIn("1 boots of 1-context on list are missing", err)

    def test_usage(self):
        self.assertEqual(self.run_report()[0], 2)
        status, out, _ = self.run_report("--help")
        self.assertEqual(status, 0)
        self.assertIn("Exit status:", out)

    def test_v3(self):
        self.per_io("list", 100)
        (self.results / "v3.tsv").write_text("a_test\tpasses\t\nb_test\thangs\tnot ok 3\n")
        self.write()
        self.assertIn("\n| a_test | passes |  |\n| b_test | hangs | `not ok 3` |\n", self.text())


class Uml(Folder):
    def boots(self, kernel: str, *values: list[str]):
        """A boot each, in which every row has these values"""
        for run, ns in enumerate(values, 1):
            self.guest(f"2cpu calls {kernel} {run}",
                       *(f"{job}|{metric}|ns|{value}" for _, job, metric in uml.ROWS
                         for value in ns))

    def table(self) -> str:
        return "\n".join(uml.table(self.results, stats.found_guests(self.results)))

    def test_median_least_and_most_of_the_boots(self):
        self.boots("stock", ["1200"], ["900"], ["1000"])
        self.boots("series", ["500"], ["500"], ["500"])
        self.assertEqual(cells_of(self.table(), "look-up, of 512"),
                         ["1,000 (900 to 1,200)", "500 (500 to 500)", "0.500"])

    def test_median_of_a_boot(self):
        self.boots("stock", ["100", "100", "700"])
        self.boots("series", ["300", "300", "300"])
        self.assertEqual(cells_of(self.table(), "exit with 512"),
                         ["100 (100 to 100)", "300 (300 to 300)", "3.000"])

    def test_kernel_that_was_not_measured(self):
        self.boots("stock", ["100"])
        with self.assertRaisesRegex(stats.Error, "no lookup of lookup-1 on series"):
            self.table()

    def kunit(self, *boots: str) -> str:
        for n, text in enumerate(boots):
            path = self.results / "kunit" / str(n)
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return "\n".join(uml.kunit_table(self.results))

    ROWS = ("loop 512 2.0\nlist 512 402.5\ntable 512 12.0\ntable-of-threads 512 {}.0\n"
            "slot 512 32.0\nkill 500 1090.0\n")

    def test_loop_is_taken_off(self):
        text = self.kunit(self.ROWS.format(22), self.ROWS.format(24), self.ROWS.format(42))
        self.assertEqual(cells_of(text, "of 512"),
                         ["400.5 (400.5 to 400.5)", "10.0 (10.0 to 10.0)",
                          "22.0 (20.0 to 40.0)", "30.0 (30.0 to 30.0)"])
        self.assertIn("without its ring: 1,090 (1,090 to 1,090) ns.", text)

    def test_boot_without_all_rows(self):
        with self.assertRaisesRegex(stats.Error, "not all rows"):
            self.kunit(self.ROWS.format(22), "loop 512 2.0\n")

    def test_row_that_is_none(self):
        with self.assertRaisesRegex(stats.Error, "0:1: not ROW CONTEXTS NS"):
            self.kunit("loop 512\n")


class CheckReport(unittest.TestCase):
    """check-report.sh, in a lab of nothing else"""

    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="check-report-"))
        self.addCleanup(shutil.rmtree, self.top)
        for name in ("scripts/lib.sh", "scripts/kernel/lib.sh", "patches/6.12/BASE",
                     "scripts/bench/check-report.sh"):
            (self.top / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / name, self.top / name)
        self.tree = self.top / "build/tree/series"
        for name in report.SOURCES:
            (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
            (self.tree / name).write_text(name)
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "series")
        self.report = self.top / "Documentation/results/6.12.md"
        self.report.parent.mkdir(parents=True)

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", "-c", "user.name=lab", "-c", "user.email=lab@localhost", *words],
            cwd=self.tree, check=True, stdout=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null"}).stdout.strip()

    def check(self) -> tuple[int, str]:
        done = subprocess.run([self.top / "scripts/bench/check-report.sh"], text=True,
                              stdout=subprocess.PIPE, check=False,
                              env={**os.environ, "BASE": "6.12"})
        return done.returncode, done.stdout

    def publish(self, *ids: str):
        facts = dict(zip(report.SOURCES, ids))
        results = Results({}, {}, [], [], facts, [])
        self.report.write_text("# Title\n\n" + report.measured_on(results))

    def assert_not_ok(self, pattern: str):
        status, out = self.check()
        self.assertEqual(status, 1)
        self.assertRegex(out, rf"\Anot ok report-is-of-this-series: .*{pattern}.*\n\Z")

    def test_the_same(self):
        self.publish(*(self.git("rev-parse", f"HEAD:{name}") for name in report.SOURCES))
        self.assertEqual(self.check(), (0, "ok report-is-of-this-series\n"))

    def test_another(self):
        ids = [self.git("rev-parse", f"HEAD:{name}") for name in report.SOURCES]
        self.publish(ids[1], ids[1])
        self.assert_not_ok("the report is of")
        self.publish(ids[0], ids[0])
        self.assert_not_ok("the report is of")

    def test_not_said(self):
        self.publish()
        self.assert_not_ok("does not say")

    def test_no_report(self):
        self.assert_not_ok("there is no Documentation/results/6.12.md")

    def test_no_tree(self):
        self.publish("1", "2")
        shutil.rmtree(self.tree)
        self.assert_not_ok("has no fs/aio.c")


if __name__ == "__main__":
    unittest.main()
