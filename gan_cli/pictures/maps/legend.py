"""The parts that all pictures of a sweep share: heads, colours, letters, scales and legends."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator

from gan_cli.diagnosis.verdict import name_of
from gan_cli.pictures.maps.cells import LETTERS, Cell, Chart

INK = "#222222"
SOFT = "#666666"
ACCENT = "#c2185b"
BLANK = "#bdbdbd"
WHITE = (1.0, 1.0, 1.0, 1.0)
HATCHED: dict[str, Any] = {"facecolor": "#f3f3f3", "edgecolor": BLANK, "hatch": "////", "linewidth": 0.0}

_DARK = 0.179
"""Relative luminance below which white text has more contrast than black text; the contrast is at least 4.5 to 1."""
_MANY = 1000.0
_LONG = 18
_WHOLE: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
_LETTER = 0.085
"""Width in inches of a letter of ten points."""
_ENTRY = 2.4
"""Width in inches of an entry of a legend."""
_NOTHING: dict[str, Any] = {"facecolor": "none", "edgecolor": "none"}


def head(figure: Any, chart: Chart, *, size: float = 11.0) -> None:
    """Write title and note above the picture, in lines that fit its width."""
    letters = int(figure.bbox.width / figure.dpi * 72 / (0.53 * size))
    lines = [line for text in (chart.title, chart.note) for line in textwrap.wrap(text, letters)]
    figure.suptitle("\n".join(lines), x=0.012, ha="left", fontsize=size, color=INK)


def colours(chart: Chart) -> ScalarMappable:
    """Return the mapping from values to colours: bright is better, so that a gray print is still readable."""
    values = chart.values or [0.0, 1.0]
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5 * abs(low or 1.0), high + 0.5 * abs(high or 1.0)
    norm = (LogNorm if chart.wide else Normalize)(low, high)
    return ScalarMappable(norm, "viridis_r" if chart.better == "low" else "viridis")


def colour_of(scale: Any, value: float) -> Sequence[float]:
    """Return red, green, blue and opacity of a value on a scale from `colours`, each from 0 to 1."""
    channels: Sequence[float] = scale.to_rgba(value)
    return channels


def ink_on(ground: Sequence[float]) -> str:
    """Return the colour of text that is readable on this RGB colour."""
    return "white" if luminance(ground) < _DARK else "black"


def luminance(colour: Sequence[float]) -> float:
    """Relative luminance of an sRGB colour, 0 black to 1 white (WCAG 2)."""
    channels = np.asarray(colour[:3], dtype=np.float64)
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))


def colour_bar(figure: Any, axes: Any, chart: Chart, scale: ScalarMappable) -> None:
    """Draw the colour bar with the name and direction of the result, or nothing if there are no values."""
    if not chart.values:
        return
    bar = figure.colorbar(scale, ax=axes, pad=0.02, fraction=0.06, aspect=26)
    bar.outline.set_visible(False)
    bar.ax.minorticks_off()
    if chart.wide:
        bar.ax.yaxis.set_major_locator(log_ticks(chart.values))
    bar.ax.yaxis.set_major_formatter(PLAIN)
    bar.ax.tick_params(labelsize=9, colors=SOFT)
    bar.set_label(chart.measure_words, fontsize=10, color=INK)


PLAIN = FuncFormatter(lambda value, _: f"{value:g}")
"""Ticks as plain numbers, also on a log scale."""


def log_ticks(values: Sequence[float]) -> LogLocator:
    """Return the ticks of a log scale: 1, 2 and 5 of each power of ten, or only the powers if the range is wide."""
    return LogLocator(subs=(1.0, 2.0, 5.0) if max(values) < _MANY * min(values) else (1.0,))


def tick_labels(labels: Sequence[str], inches: float) -> dict[str, Any]:
    """Return the labels of an axis of this length, with further arguments for `set_xticks`.

    Long lists of techniques are broken into several lines. Labels that would overlap are rotated.
    """
    broken = ["\n".join(_lines(label)) for label in labels]
    widest = max((len(line) for label in broken for line in label.split("\n")), default=0)
    if widest * len(labels) * _LETTER > inches:
        return {"labels": labels, "rotation": 25, "ha": "right", "rotation_mode": "anchor"}
    return {"labels": broken}


def _lines(label: str) -> list[str]:
    if len(label) <= _LONG:
        return [label]
    return [line.replace(", ", ",") for line in textwrap.wrap(label.replace(",", ", "), _LONG, **_WHOLE)]


def key(figure: Any, chart: Chart, *more: Any) -> None:
    """Draw the legend at the bottom: the verdict of each letter with its number of cells, and further entries."""
    handles = [*_letters(chart.cells), *more]
    if any(cell.doubt for cell in chart.cells):
        handles.append(Patch(label="?  in doubt", **_NOTHING))
    if split := [cell for cell in chart.cells if cell.share]:
        said, there = split[0].agree
        handles.append(Patch(label=f"{split[0].share}  {said} of {there} runs agree", **_NOTHING))
    if handles:
        columns = max(1, min(len(handles), int(figure.bbox.width / figure.dpi / _ENTRY)))
        figure.legend(handles=handles, loc="outside lower left", ncols=columns, frameon=False, fontsize=9)


def _letters(cells: Sequence[Cell]) -> list[Any]:
    counts = Counter(cell.state for cell in cells if cell.state in LETTERS)
    style: dict[str, Any] = {"linestyle": "none", "color": INK, "markersize": 8, "markeredgewidth": 0.0}
    return [
        Line2D([], [], marker=rf"$\mathbf{{{letter}}}$", label=f"{name_of(state)} ({counts[state]})", **style)
        for state, letter in LETTERS.items()
        if counts[state]
    ]


def soften(axes: Any) -> None:
    """Draw the axes in soft gray, behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[:].set_color("#bbbbbb")
    axes.tick_params(colors=SOFT, labelsize=9)
    axes.set_axisbelow(True)
