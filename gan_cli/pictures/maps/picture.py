"""A sweep as one picture: curves for one setting, a map for two, and a map beside bars for more."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gan_cli.disk.writing import replace_file
from gan_cli.marks import COMPOSITE, KEY
from gan_cli.pictures.maps import curves, heatmap, scatter
from gan_cli.pictures.maps.bars import WIDTH as BARS_WIDTH
from gan_cli.pictures.maps.bars import Bars, draw_bars
from gan_cli.pictures.maps.cells import Chart
from gan_cli.pictures.maps.legend import head
from gan_cli.pictures.png import Picture

SUFFIXES = (".png", ".pdf")

_DPI = 150
_AROUND = 2.3
"""Inches for axes, colour bar, head and legend."""
_NARROWEST = 6.4


def draw(chart: Chart, bars: Bars | None = None) -> Figure:
    """Draw a chart with one or two axes, without a window system or global state.

    Args:
        chart: the sweep.
        bars: the importance of the settings, drawn beside a map; None for none.
    """
    if len(chart.axes) == 1:
        figure = _figure(curves.WIDTH, curves.HEIGHT)
        head(figure, chart)
        curves.draw_curves(figure, chart)
        return figure
    width, height = _size(chart)
    figure = _figure(width + (BARS_WIDTH if bars else 0.0), height)
    head(figure, chart)
    left: Any = figure
    if bars:
        parts: Any = figure.subfigures(1, 2, width_ratios=(width, BARS_WIDTH), wspace=0.02)
        left = parts[0]
        draw_bars(parts[1], bars)
    plane = scatter.draw_points if chart.sparse else heatmap.draw_cells
    plane(left, left.subplots(), chart)
    return figure


def _size(chart: Chart) -> tuple[float, float]:
    if chart.sparse:
        return scatter.WIDTH, scatter.HEIGHT
    x, y = (len(scale.labels) for scale in chart.axes)
    width, height = heatmap.cell_size(chart)
    return max(_NARROWEST, width * x + _AROUND), height * y + _AROUND


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def encode(figure: Figure) -> dict[str, bytes]:
    """Return the figure as the bytes of a PNG and a PDF file, by suffix; equal figures give equal bytes."""
    encoded = {}
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it logs every glyph in a PDF
    for suffix in SUFFIXES:
        buffer = io.BytesIO()
        metadata = {"CreationDate": None} if suffix == ".pdf" else {KEY: COMPOSITE}  # no date: files are equal
        with rc_context({"pdf.fonttype": 42}):
            figure.savefig(buffer, format=suffix[1:], metadata=metadata)
        encoded[suffix] = buffer.getvalue()
    return encoded


def write(encoded: dict[str, bytes], path: Path) -> list[Path]:
    """Write the bytes from `encode` to `path` with each suffix, each file atomically; return the paths.

    Raises:
        OSError: a file could not be written.
    """
    written = [path.with_suffix(suffix) for suffix in encoded]
    for place, data in zip(written, encoded.values(), strict=True):
        replace_file(place, [data])
    return written


def pixels(figure: Figure) -> Picture:
    """Return the figure as an RGB picture."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()
