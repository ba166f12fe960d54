# SPDX-License-Identifier: GPL-2.0
"""tables.py - the tables of the report, as Markdown

TABLES has what stands for "@NAME" in Documentation/results/template.md, where it
is nothing but figures; SECTIONS has a function for each of the others.  A figure
that was not asked for is a dash, one that is not there says "missing"; a kernel
with nothing but dashes has no column.
"""

import re
from collections import Counter
from typing import Callable, Iterable, NamedTuple, Optional

import goals
from goals import contexts
from stats import Results, asked, boots_there, get, ratio, reference, spread

Line = tuple[str, list[str]]  # the label, and a cell for each kernel


class Row(NamedTuple):
    """A figure of each kernel"""
    label: str
    job: str
    metric: str
    digits: int = 0
    scale: float = 1
    of: str = ""  # a kernel: the ratio to its figure


class Table(NamedTuple):
    head: str
    rows: list[Row]
    boots: bool = False  # say how many there are, and how far they differ


def milliseconds(label: str, job: str, metric: str) -> Row:
    return Row(label, job, metric, 4, 1e-6)


def fio_rows() -> list[Row]:
    return [row for job in ("512-contexts", "1-context", "depth32", "direct-read")
            for row in (Row(job, job, "per_io", 1),
                        Row(f"{job}, of list", job, "per_io", 4, of="list"))] + \
        [Row("512-contexts, boots left out (fio's own lock)", "512-contexts", "boots_left_out")]


def lookup_rows(flavour: str = "") -> list[Row]:
    return [Row(f"look-up, {contexts(n)}", f"lookup-{n}{flavour}", "lookup", 1)
            for n in (1, 512, 30000)]


def call_rows() -> list[Row]:
    return [*lookup_rows(),
            *(Row(f"`io_setup()` number {n:,}", "setup", f"setup.{n}")
              for n in (1, 100, 1000, 10000, 30000)),
            Row("`io_setup()`, mean of 30,050", "setup", "setup.mean"),
            Row("`io_setup()`, worst of 30,050", "setup", "setup.worst"),
            Row("`io_setup()` when only the last of 30,000 slots is free", "setup",
                "setup.refill"),
            *(Row(f"exit with {contexts(n)}", f"exit-{n}", "exit.all") for n in (1, 30000))]


def virtual_rows() -> list[Row]:
    sizes = (1, 4, 16, 64, 512, 4096, 30000)
    return [*(milliseconds(f"`io_destroy()`, {'idle, ' if scene in goals.IDLE else ''}{what}",
                           f"destroy-{scene}", "destroy") for scene, what in goals.SCENES),
            milliseconds("SIGKILL, 16 contexts with a poll in flight each", "kill", "kill"),
            *(milliseconds(f"exit with {contexts(n)}", f"exit-{n}", "exit") for n in sizes),
            *(milliseconds(f"`io_destroy()` beside {n:,}", "among", f"destroy.{n}")
              for n in sizes)]


def scene_rows() -> list[Row]:
    scenes = [(s, f"destroy-{s}") for s in ("asleep", "other", "poll", "read", "inside", "hogs")]
    return [Row(scene + word, job, f"destroy.2cpu.{metric}", 3) for scene, job in scenes
            for word, metric in (("", "p50"), (", worst", "p100"))] + \
        [Row("SIGKILL", "kill", "kill.2cpu.p50", 3)]


def interrupt_rows() -> list[Row]:
    kinds = (("interrupts but for the TLB", "interrupts", 2),
             ("interrupts for the TLB", "interrupts.tlb", 2),
             ("interrupts but for the TLB, in as long without a call", "interrupts.quiet", 2),
             ("wake-ups", "interrupts.resched", 2), ("times asleep", "switches", 2),
             ("ms", "destroy.4cpu.mean", 3))
    return [Row(f"{scene}, {label}", f"interrupts-{scene}", metric, digits)
            for scene in ("alone", "busy", "asleep", "spinning")
            for label, metric, digits in kinds]


def size_rows() -> list[Row]:
    return [*(Row(f"`struct {name}`", "memory", name)
              for name in ("mm_struct", "task_struct", "kioctx", "kioctx_cpu")),
            *(Row(f"index of {contexts(n)}", "memory", f"index.{n}")
              for n in (1, 5, 100, 30000)),
            Row("`fs/aio.o`, text", "memory", "text.aio"),
            Row("`lib/percpu-refcount.o`, text", "memory", "text.percpu-refcount")]


TABLES = {
    "fio": Table("instructions per I/O", fio_rows(), boots=True),
    "sweep": Table("contexts", [Row(f"{1 << i}", f"sweep-{1 << i}", "per_io")
                                for i in range(11)]),
    "calls": Table("instructions", call_rows(), boots=True),
    "preempt": Table("instructions", lookup_rows("-preempt")),
    "virtual": Table("ms", virtual_rows(), boots=True),
    "percentiles": Table("percentile", [Row(f"{p}", "destroy-alone", f"destroy.2cpu.p{p}", 3)
                                        for p in (0, 5, 25, 50, 75, 95, 100)]),
    "scenes": Table("median, and worst", scene_rows()),
    "interrupts": Table("", interrupt_rows()),
    "sizes": Table("bytes", size_rows()),
    "taken": Table("kB", [Row(f"{what}, {n:,}", f"memory-{n}", what) for n in (100, 30000)
                          for what in ("MemFree", "Slab", "VmallocUsed", "Percpu")]),
}

# The thread's own profile, of 2013
THREAD_PROFILE = (
    ("lookup_ioctx", 32.51), ("__lock_acquire.isra.28", 9.19), ("lock_release", 4.40),
    ("sched_clock_local", 4.19), ("local_clock", 3.86), ("native_sched_clock", 3.68),
    ("sched_clock_cpu", 3.08), ("lock_release_holdtime.part.11", 2.64), ("memcpy", 2.60),
    ("lock_acquired", 2.33), ("lock_acquire", 2.25), ("do_io_submit", 1.84))


def markdown(head: list[str], rows: Iterable[Iterable[str]],
             rule: Optional[list[str]] = None) -> str:
    rule = rule or ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, rule, *rows))


def table(results: Results, head: str, lines: list[Line]) -> str:
    """With a column for each kernel that has more than dashes"""
    shown = [i for i in range(len(results.kernels)) if any(c[i] != "-" for _, c in lines)]
    if not shown:
        return "No such run was asked for.\n"
    return markdown([head, *(results.kernels[i] for i in shown)],
                    ([label, *(cells[i] for i in shown)] for label, cells in lines))


def cells(results: Results, job: str, metric: str,
          say: Callable[[str], Optional[str]]) -> list[str]:
    """What say() has on each kernel, or why it has nothing"""
    return [say(k) or ("missing" if asked(results, job, k, metric) else "-")
            for k in results.kernels]


def figures(results: Results, row: Row) -> Line:
    if row.of == "list" != reference(results):
        row = row._replace(label=row.label.replace("of list", "of stock"), of="stock")

    def say(kernel: str) -> Optional[str]:
        x = ratio(results, row.job, kernel, row.metric, row.of) if row.of else \
            get(results, row.job, kernel, row.metric)
        return None if x is None else f"{x * row.scale:,.{row.digits}f}"
    return row.label, cells(results, row.job, row.metric, say)


def boots(results: Results, row: Row) -> Line:
    """How many boots a figure is the mean of, and how far they differ"""
    def say(kernel: str) -> Optional[str]:
        figure = results.figures.get((row.job, kernel, row.metric))
        if figure is None:
            return None
        there = boots_there(results, row.job, kernel, row.metric)
        return there + (f", {spread(figure.boots):.2f} %" if len(figure.boots) > 1 else "")
    return f"{row.label}, boots", cells(results, row.job, row.metric, say)


def of_figures(results: Results, what: Table) -> str:
    lines = []
    for row in what.rows:
        lines.append(figures(results, row))
        if what.boots and not row.of:
            line = boots(results, row)
            lines += [line] if any("%" in c or "of" in c for c in line[1]) else []
    return table(results, what.head, lines)


def mean(results: Results, job: str, prefix: str, kernel: str) -> Optional[str]:
    x = get(results, job, kernel, f"{prefix}.mean")
    return None if x is None else f"{x:,.{0 if prefix.startswith('run_time') else 3}f}"


def deviation(results: Results, job: str, prefix: str, kernel: str) -> Optional[str]:
    x = get(results, job, kernel, f"{prefix}.rsd")
    if x is None:  # of one guest there is none
        return mean(results, job, prefix, kernel) and "-"
    return f"{x:.2f}"


def percent(results: Results, job: str, prefix: str, kernel: str) -> Optional[str]:
    """Of the reference, with a star where Welch's t-test says that it differs"""
    base = reference(results)
    if kernel == base:
        return mean(results, job, prefix, kernel) and "100.00"
    x = get(results, job, kernel, f"{prefix}.of_{base}")
    p = get(results, job, kernel, f"{prefix}.p_{base}")
    return None if x is None or p is None else f"{x:.2f}" + ("*" if p < 0.05 else "")


def guests(results: Results, job: str, prefix: str, kernel: str) -> Optional[str]:
    return mean(results, job, prefix, kernel) and \
        boots_there(results, job, kernel, f"{prefix}.mean")


def clocks(results: Results, job: str, metric: str) -> str:
    """Mean, spread and percentage, a table for each number of CPUs"""
    numbers = sorted({int(g.mode[:-3]) for g in results.expected
                      if g.mode != "icount" and "512-contexts" in g.part}) or [1, 2]
    out = []
    for n in numbers:
        prefix = f"{metric}.{n}cpu"
        lines = [(label, cells(results, job, f"{prefix}.mean",
                               lambda k, say=say: say(results, job, prefix, k)))
                 for label, say in (("mean, ms", mean), ("%rsd", deviation),
                                    (f"% of {reference(results)}", percent), ("guests", guests))]
        out.append(f"{n} CPU{'' if n == 1 else 's'}, {results.facts['wall-clock']}:\n\n"
                   + table(results, "", lines))
    return "\n".join(out)


def profile(results: Results) -> str:
    symbols = {(kernel, int(metric[:2])): f"`{metric[3:]}` {figure.value:.2f} %"
               for (job, kernel, metric), figure in results.figures.items()
               if job == "profile" and re.match(r"\d\d ", metric)}
    rows = ([f"{n}", f"`{name}` {share:.2f} %",
             *(symbols.get((k, n), "missing") for k in ("list", "series"))]
            for n, (name, share) in enumerate(THREAD_PROFILE, 1))
    return markdown(["", "the thread's list (2013)", "list", "series"], rows,
                    ["---:", "---", "---", "---"])


def reached(results: Results, quick: str = "") -> str:
    columns = goals.columns_of(results)
    out = markdown(["what", *columns, "goal", "reached"], goals.rows(results, bool(quick)),
                   ["---", *["---:"] * len(columns), "---", "---"])
    bound = ratio(results, "1-context", "bound", "per_io", "list")
    return out if bound is None else out + \
        f"\nWith no look-up at all (bound), one context is at {bound:.4f} of the list.\n"


def facts(results: Results) -> str:
    return "".join(f"| {name} | `{value}` |\n" for name, value in results.facts.items())


def missing(results: Results) -> str:
    """Each part that some guest is missing of, with the kernels and how many"""
    parts: dict[str, Counter] = {}
    for guest in results.missing:
        kernels = parts.setdefault(f"{guest.part}, {guest.mode}", Counter())
        kernels[guest.kernel + guest.flavour] += 1
    lines = [f"* {part}: " + ", ".join(f"{k} ({n})" for k, n in kernels.items())
             for part, kernels in parts.items()]
    return "## Missing\n\n" + "\n".join(lines) + "\n" if lines else ""


SECTIONS: dict[str, Callable[..., str]] = {
    "goals": reached, "clocks": clocks, "profile": profile, "facts": facts,
    "missing": missing}
