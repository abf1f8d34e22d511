"""The balance map: a grid of two settings, where the colour shows the result and a letter the verdict."""

from __future__ import annotations

from typing import Any

from matplotlib.cm import ScalarMappable
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import Patch, Rectangle

from gan_cli import wording
from gan_cli.pictures.maps.cells import Cell, Chart
from gan_cli.pictures.maps.legend import (
    ACCENT,
    BLANK,
    HATCHED,
    INK,
    colour_bar,
    colour_of,
    colours,
    ink_on,
    key,
    tick_labels,
)

_ROOM = 5.8
"""Inches for all cells of a row together, within the limits below."""
_NARROWEST, _WIDEST = 0.5, 1.45
_FLAT = 0.74
"""Height of a cell without a picture, as a share of its width."""
_PICTURED = 1.6
"""Minimum width in inches of a cell with a picture."""
_FEW_ROOM = 4.1
"""Minimum width in inches of all cells of a row together, if they have pictures."""
_PICTURE = 0.84
"""Side of a picture as a share of the width of its cell."""
_BELOW = 0.98
"""Inches below a picture for text."""
_ALL_WORDS, _SOME_WORDS = 1.1, 0.68
"""Minimum widths in inches of a cell that shows all of its text, and of one that shows its mean."""

_EMPTY: dict[str, Any] = {"facecolor": "none", "edgecolor": BLANK, "linestyle": (0, (3, 3)), "linewidth": 0.8}
_BEST: dict[str, Any] = {"facecolor": "none", "edgecolor": ACCENT, "linewidth": 2.4}
_LIFTED = {"facecolor": "white", "edgecolor": "none", "boxstyle": "round,pad=0.15"}
"""Background of text on hatching."""
_LETTER_SIZES = ((_ALL_WORDS, 16.0), (_SOME_WORDS, 11.0), (0.0, 9.0))
"""Minimum width of a cell, and the font size of its letter in points."""
_SMALL = 7.8
_LEADING = 1.5
_GAP = 0.025


def cell_size(chart: Chart) -> tuple[float, float]:
    """Return width and height of a cell in inches: smaller if there are many cells, larger if they have pictures."""
    side = min(_WIDEST, max(_NARROWEST, _ROOM / max(len(scale.labels) for scale in chart.axes)))
    if any(cell.picture is not None for cell in chart.cells):
        width = max(side, _PICTURED, _FEW_ROOM / len(chart.axes[0].labels))
        return width, _PICTURE * width + _BELOW
    return side, _FLAT * side


def draw_cells(figure: Any, axes: Any, chart: Chart) -> None:
    """Draw a chart with two axes into a figure or a part of one; the first axis is x."""
    scale, (width, _) = colours(chart), cell_size(chart)
    for cell in chart.cells:
        _draw_cell(axes, cell, chart, scale, width)
    if chart.best is not None:
        axes.add_patch(_square(chart.best, gid="best", zorder=4, **_BEST))
    _label(axes, chart)
    colour_bar(figure, axes, chart, scale)
    failed = any(cell.status == "failed" for cell in chart.cells)
    more = [Patch(label="no run has finished", **HATCHED)] if failed else []
    key(figure, chart, *more, *([Patch(label="best mean", **_BEST)] if chart.best is not None else []))


def _square(cell: Cell, **style: Any) -> Rectangle:
    edge = 0.5 - _GAP
    return Rectangle((cell.x - edge, cell.y - edge), 2 * edge, 2 * edge, **style)


def _draw_cell(axes: Any, cell: Cell, chart: Chart, scale: ScalarMappable, width: float) -> None:
    if cell.value is not None:
        ground = colour_of(scale, cell.value)
        axes.add_patch(_square(cell, facecolor=ground, linewidth=0.0, gid="measured"))
        ink = ink_on(ground)
    else:
        axes.add_patch(_square(cell, gid=cell.status, **(HATCHED if cell.status == "failed" else _EMPTY)))
        ink = INK
    top = 0.0
    if cell.picture is not None:
        top = _draw_picture(axes, cell, width)
    lines = _lines(cell, width, chart.right)
    _write(axes, cell, lines, ink, width, top)


def _draw_picture(axes: Any, cell: Cell, width: float) -> float:
    """Draw the picture in the upper part of a cell, undistorted; return its share of the cell's height."""
    assert cell.picture is not None
    side = _PICTURE * width
    image = OffsetImage(cell.picture, zoom=72 * side / max(cell.picture.shape[:2]), interpolation="antialiased")
    top = (cell.x, cell.y + 0.5 - _GAP)
    style: dict[str, Any] = {"box_alignment": (0.5, 1.0), "xybox": (0, -4), "boxcoords": "offset points"}
    axes.add_artist(AnnotationBbox(image, top, frameon=False, pad=0.0, zorder=3, **style))
    return (side + 0.1) / (side + _BELOW)


def _write(axes: Any, cell: Cell, lines: list[str], ink: str, width: float, top: float) -> None:
    """Write the letter and the lines below it, centred in the part of the cell below its picture."""
    size = next(font for least, font in _LETTER_SIZES if width >= least)
    heights = [size * _LEADING if cell.letter else 0.0, *(_SMALL * _LEADING for _ in lines)]
    style: dict[str, Any] = {"xycoords": "data", "textcoords": "offset points", "va": "center", "color": ink}
    style |= {"xy": (cell.x, cell.y - 0.5 * top), "zorder": 5}
    ground = {"bbox": _LIFTED} if cell.status == "failed" else {}
    height = sum(heights) / 2.0
    for part, text in zip(heights, (cell.letter, *lines), strict=True):
        if text == cell.letter and part:
            font: dict[str, Any] = {"fontsize": size, "weight": "bold", "gid": "letter"}
        else:
            font = {"fontsize": _SMALL}
        if text:
            axes.annotate(text, xytext=(0, height - part / 2), ha="center", **style, **font, **ground)
        height -= part
    if cell.letter and cell.share and width >= _SOME_WORDS:
        beside = (0.42 * size * len(cell.letter) + 4, sum(heights) / 2.0 - heights[0] / 2)
        axes.annotate(cell.share, xytext=beside, ha="left", fontsize=_SMALL, **style, **ground)


def _lines(cell: Cell, width: float, right: str) -> list[str]:
    """Return the lines below the letter, as many as the cell has room for."""
    note = [cell.note] if cell.note and width >= _ALL_WORDS else []
    if cell.value is None or width < _SOME_WORDS:
        return note if cell.value is None else []
    if width < _ALL_WORDS:
        return [wording.with_spread(cell.value, None)]
    accuracy = [] if cell.accuracy is None else [f"D {right} {wording.percent(cell.accuracy)}"]
    return [wording.with_spread(cell.value, cell.spread), *accuracy, *note]


def _label(axes: Any, chart: Chart) -> None:
    x, y = chart.axes
    axes.set(xlim=(-0.5, len(x.labels) - 0.5), ylim=(-0.5, len(y.labels) - 0.5))
    axes.set_aspect("auto")
    axes.set_xticks(range(len(x.labels)), **tick_labels(x.labels, cell_size(chart)[0] * len(x.labels)))
    axes.set_yticks(range(len(y.labels)), tick_labels(y.labels, _ROOM * len(y.labels))["labels"])
    axes.set_xlabel(x.name, fontsize=11, color=INK, labelpad=6)
    axes.set_ylabel(y.name, fontsize=11, color=INK, labelpad=6)
    axes.tick_params(length=0, labelsize=10, labelcolor=INK)
    axes.spines[:].set_visible(False)
