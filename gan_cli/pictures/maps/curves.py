"""Curves for a sweep over one setting: the result and D's accuracy, each with its spread over the runs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from matplotlib.ticker import FuncFormatter, NullLocator

from gan_cli import wording
from gan_cli.diagnosis.step_gauges import BAND
from gan_cli.pictures.maps.cells import Chart, Scale
from gan_cli.pictures.maps.legend import ACCENT, INK, PLAIN, key, log_ticks, soften, tick_labels

_BAND_COLOUR = "#b2dfdb"
_COLOURS = ("#00695c", ACCENT)
_FAINT: dict[str, Any] = {"alpha": 0.3, "markersize": 4, "markeredgewidth": 0}
"""Style of single runs, behind their mean."""
WIDTH, HEIGHT = 8.0, 6.0
"""Inches."""


def draw_curves(figure: Any, chart: Chart) -> None:
    """Draw a chart with one axis."""
    (scale,) = chart.axes
    panels = 1 + any(cell.accuracy is not None for cell in chart.cells)
    upper, *lower = figure.subplots(panels, 1, sharex=True, squeeze=False, height_ratios=(3, 2)[:panels])[:, 0]
    places = scale.places
    _draw_figure(upper, chart, places)
    for axes in lower:
        _draw_accuracy(axes, chart, places)
    _draw_letters(upper, chart, places)
    _label((upper, *lower)[-1], scale, places)
    key(figure, chart)


def _draw_figure(axes: Any, chart: Chart, places: Sequence[float]) -> None:
    _soften(axes)
    known = [cell for cell in chart.cells if cell.value is not None]
    _curve(axes, [places[cell.x] for cell in known], [(cell.value, cell.spread, cell.runs) for cell in known], 0, chart)
    axes.set_ylabel(chart.measure_words.replace(" (", "\n("), fontsize=10, color=INK)
    if chart.wide:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(log_ticks(chart.values))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(PLAIN)


def _draw_accuracy(axes: Any, chart: Chart, places: Sequence[float]) -> None:
    _soften(axes)
    axes.axhspan(*BAND, color=_BAND_COLOUR, alpha=0.5, linewidth=0)
    known = [cell for cell in chart.cells if cell.accuracy is not None]
    points = [(cell.accuracy, _std(cell.accuracies), cell.accuracies) for cell in known]
    _curve(axes, [places[cell.x] for cell in known], points, 1, chart)
    axes.set_ylim(-0.03, 1.06)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: wording.percent(share)))
    axes.set_ylabel(f"how often D {chart.right}\n(band: 50 to 70 %)", fontsize=10, color=INK)


def _curve(axes: Any, at: Sequence[float], points: Sequence[tuple[Any, Any, Any]], which: int, chart: Chart) -> None:
    """Draw means with error bars and single runs behind them; a line joins the means if the x values are numbers."""
    colour = _COLOURS[which]
    for place, (_, _, runs) in zip(at, points, strict=True):
        if len(runs) > 1:
            axes.plot([place] * len(runs), runs, "o", color=colour, gid="run", **_FAINT)
    means = [mean for mean, _, _ in points]
    spreads = [spread or 0.0 for _, spread, _ in points]
    line = "-" if chart.axes[0].values else "none"
    axes.errorbar(at, means, spreads, color=colour, linestyle=line, marker="o", markersize=6, capsize=4, linewidth=1.6)


def _draw_letters(axes: Any, chart: Chart, places: Sequence[float]) -> None:
    """Write the verdict above each point, or at the bottom for a cell without a value."""
    for cell in chart.cells:
        known = cell.value is not None
        text = cell.letter + (f" {cell.share}" if cell.share else "")
        text = text if known else "\n".join(part for part in (text, cell.note) if part)
        above = max([*cell.runs, (cell.value or 0.0) + (cell.spread or 0.0)]) if known else 0.0
        style: dict[str, Any] = {"xycoords": "data" if known else ("data", "axes fraction"), "gid": "letter"}
        style |= {"color": INK if known else ACCENT, "fontsize": 10 if known else 8.5, "weight": "bold"}
        axes.annotate(
            text, (places[cell.x], above if known else 0.0), xytext=(0, 5), textcoords="offset points",
            ha="center", va="bottom", **style,
        )  # fmt: skip
    axes.margins(y=0.18)


def _label(axes: Any, scale: Scale, places: Sequence[float]) -> None:
    """Label the x axis with the setting; each value has a tick if `scale.ticked`."""
    margin = 0.06
    if scale.log:
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_locator(log_ticks(places))
        reach = (places[-1] / places[0]) ** margin
        axes.set_xlim(places[0] / reach, places[-1] * reach)
    else:
        reach = (margin * (places[-1] - places[0]) if scale.values else 0.0) or 0.5
        axes.set_xlim(places[0] - reach, places[-1] + reach)
    if not scale.ticked:
        axes.xaxis.set_major_formatter(PLAIN)
    else:
        axes.set_xticks(places, **tick_labels(scale.labels, WIDTH))
    axes.set_xlabel(scale.name, fontsize=11, color=INK, labelpad=6)


def _soften(axes: Any) -> None:
    soften(axes)
    axes.grid(axis="y", color="#eeeeee", linewidth=0.8)


def _std(values: Sequence[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None
