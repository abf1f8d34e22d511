"""The map of a sweep without a grid: points at their two settings, the result as colour, the verdict as a letter."""

from __future__ import annotations

from typing import Any

from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from gan_cli.pictures.maps.cells import Cell, Chart, Scale
from gan_cli.pictures.maps.legend import (
    ACCENT,
    BLANK,
    INK,
    PLAIN,
    WHITE,
    colour_bar,
    colour_of,
    colours,
    ink_on,
    key,
    log_ticks,
    soften,
    tick_labels,
)

WIDTH, HEIGHT = 8.0, 6.6
"""Inches."""

_AREA = 330.0
"""Area of a point in square typographic points."""


def draw_points(figure: Any, axes: Any, chart: Chart) -> None:
    """Draw a chart with two axes, at least one with numbers, into a figure or a part of one."""
    soften(axes)
    axes.grid(color="#eeeeee", linewidth=0.8)
    scale = colours(chart)
    best = [cell for cell in chart.cells if cell is chart.best]
    for depth, cell in enumerate([*(cell for cell in chart.cells if cell not in best), *best]):
        _draw_point(axes, chart, cell, scale, 3.0 + depth / (1 + len(chart.cells)))
    for side, axis in zip("xy", chart.axes, strict=True):
        _label(axes, side, axis)
    colour_bar(figure, axes, chart, scale)
    ring: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 10, "markerfacecolor": "none"}
    mark = Line2D([], [], markeredgecolor=ACCENT, markeredgewidth=2.0, label="best", **ring)
    key(figure, chart, *([mark] if best else []))


def _draw_point(axes: Any, chart: Chart, cell: Cell, scale: Any, depth: float) -> None:
    """Draw a point and its letter at one depth, so that it also hides the letters of the points behind it."""
    if cell.status == "waiting":
        return
    place = tuple(axis.places[at] for axis, at in zip(chart.axes, (cell.x, cell.y), strict=True))
    ground = WHITE if cell.value is None else colour_of(scale, cell.value)
    edge, width = (ACCENT, 2.4) if cell is chart.best else (BLANK, 1.0)
    hatch = "/////" if cell.status == "failed" else None
    style = {"s": _AREA, "edgecolors": edge, "linewidths": width, "hatch": hatch, "gid": cell.status}
    axes.scatter(*place, color=[ground], zorder=depth, **style)
    font = {"fontsize": 9, "weight": "bold", "color": ink_on(ground)}
    axes.annotate(cell.letter, place, ha="center", va="center", zorder=depth, **font)


def _label(axes: Any, side: str, axis: Scale) -> None:
    ticks = axes.xaxis if side == "x" else axes.yaxis
    if not axis.values:
        label = tick_labels(axis.labels, (WIDTH if side == "x" else HEIGHT) - 2.0)
        (axes.set_xticks if side == "x" else axes.set_yticks)(axis.places, **label)
        (axes.set_xlim if side == "x" else axes.set_ylim)(-0.5, len(axis.labels) - 0.5)
    elif axis.log:
        (axes.set_xscale if side == "x" else axes.set_yscale)("log")
        ticks.set_major_locator(log_ticks(axis.values))
        ticks.set_minor_locator(NullLocator())
    if axis.values:
        ticks.set_major_formatter(PLAIN)
    ticks.set_label_text(axis.name, fontsize=11, color=INK)
