# SPDX-License-Identifier: GPL-2.0
"""goals.py - what the series set out to reach, and whether it does

GOALS is the table: a row for each goal, in the report's order.  A goal is about
the figure of one job and metric, or, with "of" a kernel, about its ratio to that
kernel's.  It is reached where that is not above the bound (with "least": not
below it), which is a number, or the name of a kernel: that one's own.

A base without a list has the same goals, where the list or a number of another base's
instructions is the bound: there the series is not to be above stock (against_stock).
"""

from typing import NamedTuple, Optional, Union

from stats import Results, asked, boots_there, get, lost, ratio, reference

COLUMNS = ("stock", "list", "slot0", "series")
OWN = "series"
SCENES = (("alone", "one thread"), ("asleep", "a second thread asleep"),
          ("other", "by a thread that did not make it"), ("poll", "a poll in flight"),
          ("read", "a read in flight, beyond its 1 ms"),
          ("inside", "a thread in `io_getevents()`"))
IDLE = ("alone", "asleep", "other")


class Goal(NamedTuple):
    what: str
    job: str
    metric: str
    bound: Union[float, str, None]
    said: str = ""        # of the bound; default "BOUND or less"
    of: str = ""          # the kernel that the ratio is to
    below: str = ""       # a kernel below whose figure this one has to be, too
    least: bool = False   # the bound is the least, not the most
    digits: int = 0       # of a figure
    scale: float = 1      # with a unit: the figure itself is shown, times this
    unit: str = ""


def contexts(n: int, word: str = "context") -> str:
    return f"{n:,} {word}{'' if n == 1 else 's'}"


def lookups() -> list[Goal]:
    # 76 or less, to the whole instruction
    return [Goal(f"a look-up with {contexts(n)} (instructions)", f"lookup-{n}",
                 "lookup", 76.49, "76 or less", digits=1) for n in (1, 512, 30000)] + \
        [Goal(f"the same with {n:,}, PREEMPT", f"lookup-{n}-preempt",
              "lookup", 85.49, "85 or less", digits=1) for n in (1, 512, 30000)]


def setups() -> list[Goal]:
    what = "`io_setup()` number {:,}, of list (instructions)"
    return [Goal(what.format(n), "setup", f"setup.{n}", bound, of="list")
            for n, bound in ((100, 1.05), (1000, 1.05), (10000, 1.05), (30000, 1.01))]


def exits() -> list[Goal]:
    return [Goal(f"exit with {contexts(n, 'idle context')} (virtual)", f"exit-{n}",
                 "exit", bound, said, of="stock", scale=1e-6, unit="ms")
            for n, bound, said in ((1, 0.01, ""), (512, 0.06, ""),
                                   (30000, 0.70, "0.70 or less"))]


def destroys(metric: str, clock: str, idle: float, busy: float,
             scale: float) -> list[Goal]:
    return [Goal(f"`io_destroy()`, {'idle, ' if scene in IDLE else ''}{what}{clock}",
                 f"destroy-{scene}", metric, idle if scene in IDLE else busy,
                 of="stock", scale=scale, unit="ms") for scene, what in SCENES]


def interrupts() -> list[Goal]:
    scenes = (("alone", "idle"), ("busy", "busy"),
              ("asleep", "idle, and 3 threads asleep"), ("spinning", "busy with threads"))
    kinds = (("interrupts an `io_destroy()`, TLB's left out", "interrupts", 0.1),
             ("how often it sleeps", "switches", 0.05))
    return [Goal(f"{kind}, 3 other CPUs {what}", f"interrupts-{scene}", metric, bound,
                 digits=2) for scene, what in scenes for kind, metric, bound in kinds]


def memory() -> list[Goal]:
    sizes = [(f"`struct {name}`", name) for name in ("mm_struct", "kioctx")] + \
        [(f"index of {contexts(n)}", f"index.{n}") for n in (1, 5, 100, 30000)]
    return [Goal(f"{what}, bytes", "memory", metric, "stock", "not above stock")
            for what, metric in sizes]


# For {clock}, report.py has emulated or hardware
GOALS = [
    *lookups(),
    Goal("512 contexts, fio, an I/O, of list (instructions)", "512-contexts", "per_io",
         0.740, "0.740 or less, and below stock", of="list", below="stock"),
    Goal("one context, fio, an I/O, of list (instructions)", "1-context", "per_io",
         1.0025, of="list"),
    *setups(),
    Goal("`io_setup()` when only the last of 30,000 slots is free, of list (instructions)",
         "setup", "setup.refill", None, of="list", unit="in all"),
    *exits(),
    Goal("exit with 30,000 contexts (instructions)", "exit-30000", "exit.all",
         1.0049, "1.00 or less", of="stock"),
    Goal("SIGKILL, 16 contexts with a poll in flight each (virtual)", "kill", "kill",
         0.6, of="stock", scale=1e-6, unit="ms"),
    Goal("the same, 2 CPUs ({clock})", "kill", "kill.2cpu.p50", 0.6, of="stock", unit="ms"),
    *destroys("destroy", " (virtual)", 0.0005, 0.55, 1e-6),
    *destroys("destroy.2cpu.p50", ", 2 CPUs ({clock})", 0.02, 0.55, 1),
    Goal("worst `io_destroy()`, SCHED_FIFO hogs, 2 CPUs ({clock})", "destroy-hogs",
         "destroy.2cpu.p100", 1, "not above stock", of="stock", unit="ms"),
    *interrupts(),
    *memory(),
    Goal("contexts of one process (300,000 were tried)", "limit", "limit", 300000,
         "no limit", least=True),
]


def against_stock(goal: Goal) -> Goal:
    """What that goal asks for where nothing but stock and series is measured"""
    if goal.of == "list":
        what = goal.what.replace("of list", "of stock")
        bound = None if goal.bound is None else 1
        return goal._replace(what=what, of="stock", bound=bound, below="",
                             said="" if bound is None else "not above stock")
    if goal.job.startswith("lookup-"):
        return goal._replace(bound="stock", said="not above stock")
    return goal


def goals_of(results: Results) -> list[Goal]:
    return GOALS if reference(results) == "list" else [against_stock(g) for g in GOALS]


def columns_of(results: Results) -> list[str]:
    return [k for k in COLUMNS if k in results.kernels]


def value(goal: Goal, results: Results, kernel: str) -> Optional[float]:
    """What is held against the bound"""
    if goal.of:
        return ratio(results, goal.job, kernel, goal.metric, goal.of)
    return get(results, goal.job, kernel, goal.metric)


def judge(goal: Goal, results: Results) -> str:
    """yes, no, or missing, also where not all boots left a result"""
    others = [k for k in (goal.of, goal.below, goal.bound) if isinstance(k, str) and k]
    for kernel in (OWN, *others):
        if get(results, goal.job, kernel, goal.metric) is None or \
                lost(results, goal.job, kernel, goal.metric):
            return "missing"
    mine = value(goal, results, OWN)
    if mine is None:  # the other one's is 0
        return "missing"
    if goal.bound is None:
        return ""
    bound = value(goal, results, goal.bound) if isinstance(goal.bound, str) else goal.bound
    held = mine >= bound if goal.least else mine <= bound
    if goal.below:
        held = held and get(results, goal.job, OWN, goal.metric) < \
            get(results, goal.job, goal.below, goal.metric)
    return "yes" if held else "**no**"


def said(goal: Goal) -> str:
    if goal.bound is None:
        return ""
    return goal.said or f"{goal.bound:g} or less"


def quantity(x: float) -> str:
    """Three digits that count"""
    digits = 0 if x >= 100 else 1 if x >= 10 else 2 if x >= 1 else 4
    return f"{x:,.{digits}f}"


def proportion(x: float) -> str:
    return f"{x:.{5 if x < 0.01 else 4 if x < 10 else 1}f}"


def cell(goal: Goal, results: Results, kernel: str) -> str:
    """A kernel's figure, as the report has it"""
    figure, shown = get(results, goal.job, kernel, goal.metric), value(goal, results, kernel)
    if figure is None or shown is None:
        return "missing" if asked(results, goal.job, kernel, goal.metric) else "-"
    text = f"{shown:,.{goal.digits}f}"
    if goal.of:
        text = "1" if kernel == goal.of else proportion(shown)
    if goal.unit:
        text += f" ({quantity(figure * goal.scale)} {goal.unit})"
    if lost(results, goal.job, kernel, goal.metric):
        text += f", {boots_there(results, goal.job, kernel, goal.metric)} boots"
    return text


def rows(results: Results, quick: bool) -> list[list[str]]:
    """What, a cell a kernel, the goal, the verdict; QUICK does not ask for all"""
    out = []
    for goal in goals_of(results):
        cells = [cell(goal, results, kernel) for kernel in columns_of(results)]
        if quick and not any(c[:1].isdigit() for c in cells):
            continue
        out.append([goal.what, *cells, said(goal), judge(goal, results)])
    return out
