"""The card of a sweep, a picture of its best setting in words, a table of settings, and generated and real samples.

It has the style of a run's card and is the first picture on TensorBoard's page. This module does not read runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gan_cli.pictures.canvas import FAINT, G_COLOUR, INK, PAPER, SOFT, Canvas
from gan_cli.pictures.png import Picture
from gan_cli.telemetry.card import GROUNDS, HEIGHT, WIDTH, WRONG

_GROUND = "#37474f"
_HEAD, _MARGIN, _GAP = 118, 12, 22
_TABLE = 682
"""Right edge of the table in pixels; the pictures are beside it."""
_ROW, _MOST, _LETTERS = 35, 8, 19
_SIDE = 128


@dataclass(frozen=True)
class Line:
    """One setting: a row of the table.

    Attributes:
        cells: a text for each column.
        state: the verdict of its runs, which determines the colour of the last cell; None if there is none.
    """

    cells: Sequence[str]
    state: str | None


@dataclass(frozen=True)
class SweepSummary:
    """The results of a sweep as texts and pictures, ready to be drawn.

    Attributes:
        title: the best setting in a few words.
        result: value and verdict of the best setting.
        overrides: the best setting as overrides.
        name: name of the sweep.
        progress: how many runs are done.
        columns: titles of the table's columns; the verdict is the last one.
        lines: the settings, best first.
        importance: which settings the result depends on; empty if that is not known.
        pictures: pictures of samples, each with its caption.
    """

    title: str
    result: str
    overrides: str
    name: str
    progress: str
    columns: Sequence[str]
    lines: Sequence[Line]
    importance: str
    pictures: Sequence[tuple[str, Picture]]


def draw_summary(shown: SweepSummary) -> Picture:
    """Draw the card."""
    canvas = Canvas(WIDTH, HEIGHT)
    _head(canvas, shown)
    bottom = HEIGHT - (30 if shown.importance else 6)
    _table(canvas, shown, _HEAD + 8, bottom)
    if shown.importance:
        canvas.text(
            (_MARGIN, HEIGHT - 28), shown.importance, size=18, width=WIDTH - 2 * _MARGIN, colour=SOFT, bold=True
        )
    for place, (caption, picture) in enumerate(shown.pictures):
        row, column = divmod(place, 2)
        left, top = _TABLE + 10 + column * (_SIDE + 10), _HEAD + 8 + row * (_SIDE + 26)
        colour = SOFT if caption == "real" else G_COLOUR
        canvas.text((left, top), caption, size=19, width=_SIDE, colour=colour, bold=True)
        height, width = picture.shape[:2]
        scale = _SIDE / max(height, width)
        box = (left, top + 24, left + max(1, round(width * scale)), top + 24 + max(1, round(height * scale)))
        canvas.picture(box, picture)
    return canvas.pixels()


def _head(canvas: Canvas, shown: SweepSummary) -> None:
    canvas.fill((0, 0, WIDTH, _HEAD), _GROUND)
    right, corner = WIDTH - _MARGIN, 270
    for y, said in ((8, shown.name), (34, shown.progress)):
        canvas.text((right, y), said, size=21, width=corner, colour=PAPER, bold=True, right=True)
    canvas.text((_MARGIN, 6), shown.title, size=36, width=right - corner - 24, colour=PAPER, bold=True)
    canvas.text((_MARGIN, 57), shown.result, size=22, width=right - _MARGIN, colour=PAPER, bold=True)
    canvas.text((_MARGIN, 87), shown.overrides, size=20, width=right - _MARGIN, colour=PAPER)


def _table(canvas: Canvas, shown: SweepSummary, top: int, bottom: int) -> None:
    """Draw as many settings as fit; if there are more, the best ones and the last one."""
    lines = list(shown.lines)
    most = min(_MOST, (bottom - top) // _ROW - 1)
    cut = len(lines) > most
    shown_lines = [*lines[: most - 1], lines[-1]] if cut else lines
    wanted = [
        max(canvas.length(text, _LETTERS) for text in (title, *(line.cells[place] for line in shown_lines))) + _GAP
        for place, title in enumerate(shown.columns)
    ]
    room = (_TABLE - _MARGIN) / max(sum(wanted), _TABLE - _MARGIN)
    lefts = [_MARGIN + round(room * sum(wanted[:place])) for place in range(len(wanted) + 1)]
    for place, title in enumerate(shown.columns):
        canvas.text((lefts[place], top), title, size=_LETTERS, width=_width(lefts, place), colour=SOFT, bold=True)
    for number, line in enumerate(shown_lines, start=1):
        y = top + number * _ROW
        canvas.fill((_MARGIN, y - 5, _TABLE - 4, y - 4), INK if cut and number == len(shown_lines) else FAINT)
        for place, text in enumerate(line.cells):
            colour = INK if place < len(line.cells) - 1 else GROUNDS.get(line.state or "warming_up", WRONG)
            canvas.text((lefts[place], y), text, size=_LETTERS, width=_width(lefts, place), colour=colour, bold=True)


def _width(lefts: Sequence[int], place: int) -> int:
    return max(1, lefts[place + 1] - lefts[place] - _GAP // 2)
