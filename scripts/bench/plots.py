# SPDX-License-Identifier: GPL-2.0
"""plots.py - the plots of the report, as SVG

Equal figures give equal files: no date, no random names, nobody's own settings.
A kernel without figures has no line.  PLOTS has a function for each file, which
gives nothing when there is nothing to plot.
"""

import re
from pathlib import Path
from typing import Callable, Optional

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, LogLocator

from stats import Results, get

# A kernel looks the same in every plot: colour (Okabe and Ito's) and sign
LOOKS = {"list": ("#000000", "o"), "radix": ("#e69f00", "^"), "xarray": ("#56b4e9", "v"),
         "v3": ("#cc79a7", "x"), "stock": ("#d55e00", "s"), "slot0": ("#0072b2", "<"),
         "series": ("#009e73", "D"), "bound": ("#999999", "+")}
OTHER = ("#882255", ".")

Points = list[tuple[int, float]]


def points(results: Results, kernel: str, pattern: str, scale: float = 1) -> Points:
    """(x, figure) of all "JOB METRIC" that match, x being the pattern's group"""
    found = ((re.fullmatch(pattern, f"{job} {metric}"), figure.value * scale)
             for (job, k, metric), figure in results.figures.items() if k == kernel)
    return sorted((int(match.group(1)), value) for match, value in found if match)


def curves(results: Results, pattern: str, scale: float = 1, least: int = 1) -> dict:
    lines = {k: points(results, k, pattern, scale) for k in results.kernels}
    return {k: line for k, line in lines.items() if len(line) >= least}


def axes(drawing: Drawing, rows: int, row: int, title: str, x: str, y: str) -> Axes:
    out = drawing.add_subplot(rows, 1, row, title=title, xlabel=x, ylabel=y)
    out.grid(color="#dddddd")
    out.set_axisbelow(True)
    out.spines[["top", "right"]].set_visible(False)
    return out


def plain_ticks(axis: matplotlib.axis.Axis) -> None:
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))


def lines(on: Axes, all_curves: dict[str, Points]) -> None:
    for kernel, line in all_curves.items():
        colour, sign = LOOKS.get(kernel, OTHER)
        on.plot(*zip(*line), color=colour, marker=sign, markersize=5, label=kernel)
    on.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    plain_ticks(on.xaxis)
    plain_ticks(on.yaxis)


def drawing_of(height: float) -> Drawing:
    return Drawing(figsize=(9, height), layout="constrained")


def sweep(results: Results) -> Optional[Drawing]:
    found = curves(results, r"sweep-(\d+) per_io")
    if not found:
        return None
    close = {k: line for k, line in found.items() if k != "list"}
    panels = [("What an I/O costs, threads with a context each (fio, 1 KiB randrw, "
               "ext2 on a RAM disk)", found),
              ("The same, without list and closer", close)][:2 if close else 1]
    drawing = drawing_of(4.2 * len(panels))
    for row, (title, shown) in enumerate(panels, 1):
        on = axes(drawing, len(panels), row, title, "contexts of the process",
                  "instructions per I/O")
        on.set_xscale("log", base=2)
        lines(on, shown)
        on.xaxis.set_major_locator(LogLocator(base=2, numticks=12))
    drawing.axes[0].set_ylim(bottom=0)
    return drawing


def setup(results: Results) -> Optional[Drawing]:
    found = curves(results, r"setup setup\.(\d+)")
    if not found:
        return None
    drawing = drawing_of(4.4)
    on = axes(drawing, 1, 1, "What io_setup() costs, as the process gets more contexts",
              "number of the call", "instructions per call")
    on.set_xscale("log")
    lines(on, found)
    on.set_xlim(80, 36000)
    on.set_ylim(bottom=0)
    return drawing


def ends(results: Results) -> Optional[Drawing]:
    # exit with 1, 512 and 30,000 is measured for all
    panels = (("Exit of a process with idle contexts", "contexts of the process",
               curves(results, r"exit-(\d+) exit", 1e-6, least=4)),
              ("io_destroy() of an idle context, with others in the process",
               "other contexts of the process",
               curves(results, r"among destroy\.(\d+)", 1e-6, least=4)))
    if not all(found for _, _, found in panels):
        return None
    drawing = drawing_of(8)
    for row, (title, x, found) in enumerate(panels, 1):
        on = axes(drawing, 2, row, title, x, "virtual ms")
        on.set_xscale("log")
        on.set_yscale("log")
        lines(on, found)
    return drawing


def box(results: Results, kernel: str) -> Optional[dict]:
    at = {p: get(results, "destroy-alone", kernel, f"destroy.2cpu.p{p}")
          for p in (5, 25, 50, 75, 95)}
    if at[50] is None:
        return None
    return {"label": kernel, "whislo": at[5], "q1": at[25], "med": at[50],
            "q3": at[75], "whishi": at[95]}


def destroy(results: Results) -> Optional[Drawing]:
    boxes = [b for k in results.kernels if (b := box(results, k))]
    if not boxes:
        return None
    drawing = drawing_of(4.4)
    on = axes(drawing, 1, 1, "io_destroy() of an idle context, 2 CPUs "
              f"({results.facts['wall-clock']}): 5, 25, 50, 75 and 95 %", "", "ms")
    on.set_yscale("log")
    on.margins(y=0.1)
    drawn = on.bxp(boxes, showfliers=False, patch_artist=True, widths=0.5)
    for n, (b, patch, line) in enumerate(zip(boxes, drawn["boxes"], drawn["medians"]), 1):
        patch.set(facecolor=LOOKS.get(b["label"], OTHER)[0], alpha=0.6)
        line.set(color="#000000", linewidth=2)
        on.annotate(f"{b['med']:.2f}", (n, b["whishi"]), (0, 5),
                    textcoords="offset points", ha="center")
    plain_ticks(on.yaxis)
    return drawing


PLOTS: dict[str, Callable[[Results], Optional[Drawing]]] = {
    "sweep.svg": sweep, "setup.svg": setup, "ends.svg": ends, "destroy.svg": destroy}


def write(results: Results, name: str, path: Path, kind: str = "svg") -> bool:
    """Write that plot, if there is anything in it"""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.hashsalt": name, "svg.fonttype": "none",
                                    "font.size": 11})
        drawing = PLOTS[name](results)
        if drawing is None:
            return False
        drawing.savefig(path, format=kind,
                        metadata={"Date": None, "Creator": None} if kind == "svg" else {})
    return True
