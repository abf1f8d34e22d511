"""The four small charts of a run's card: what they show, the history of their values, and how one is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_cli import wording
from gan_cli.diagnosis.step_gauges import BAND
from gan_cli.pictures.canvas import D_COLOUR, G_COLOUR, INK, SOFT, Box, Canvas
from gan_cli.telemetry.jsonl import FILE_NAME, records

_MOST = 160
"""Maximum number of points in a curve; more cannot be distinguished."""


class History:
    """The values of all readings so far, by tag.

    Args:
        tags: tags whose values are kept.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        self._points: dict[str, list[tuple[int, float]]] = {tag: [] for tag in tags}

    def read(self, folder: Path, last_step: int) -> None:
        """Add the readings of a run's metrics.jsonl up to a step; none if there is no such file."""
        for record in records(folder / FILE_NAME, last_step):
            self.add(int(record["step"]), record)

    def add(self, step: int, values: Mapping[str, object]) -> None:
        """Add one reading; values that are not finite numbers are left out."""
        for tag, points in self._points.items():
            value = values.get(tag)
            if isinstance(value, (int, float)) and math.isfinite(value):
                points.append((step, float(value)))

    def curve(self, tag: str) -> list[tuple[float, float]]:
        """Return the points (step, value) of a tag. If there are many, neighbours are averaged, except the newest."""
        points = self._points[tag]
        size = math.ceil(len(points) / _MOST)
        if size <= 1:
            return [(float(step), value) for step, value in points]
        groups = (points[start : start + size] for start in range(0, len(points) - 1, size))
        means = [tuple(sum(column) / len(group) for column in zip(*group, strict=True)) for group in groups]
        return [*((x, y) for x, y in means), (float(points[-1][0]), points[-1][1])]


LOSSES = ("loss/discriminator", "loss/generator")
DISTANCE, TEMPO = "balance/distance", "balance/tempo"

_SIDES = (D_COLOUR, G_COLOUR)
_TITLE = 27
"""Height of a chart's title in pixels."""
_LABEL = 22
"""Height of the text in a band in pixels."""
_OUTLIERS = 0.02
"""Share of the values at each end that may be outside a chart."""
_AIR = 0.06

Words = Sequence[tuple[str, str]]
"""Pieces of a line of text, each with its colour."""


@dataclass(frozen=True)
class Chart:
    """One small chart.

    Attributes:
        title: title of the chart, with the newest value.
        lines: tags of the curves, each with a colour.
        band: lower and upper bound of good values; None on a side without a bound.
        meaning: text in the band.
        ratio: whether the values are shown on a log2 scale.
    """

    title: Words
    lines: Sequence[tuple[str, str]]
    band: tuple[float | None, float | None] | None = None
    meaning: str = ""
    ratio: bool = False


def accuracy_of(*, has_cut: bool) -> str:
    """Return the tag of D's accuracy that has a meaning for this loss."""
    return "accuracy/discriminator" if has_cut else "accuracy/pairwise"


def charts(course: History, bounds: Mapping[str, float], *, has_cut: bool) -> list[Chart]:
    """Return the four charts of the card, with their newest values.

    Args:
        course: the readings so far.
        bounds: bounds of the diagnosis by name: `far`, `hurried`, as far as they are known.
        has_cut: whether a single logit of D says "real" or "fake".
    """
    accuracy = accuracy_of(has_cut=has_cut)

    def newest(tag: str, text: Callable[[float], str]) -> str:
        points = course.curve(tag)
        return text(points[-1][1]) if points else "?"

    losses = [
        (f"{side} {newest(tag, wording.number)}  ", colour)
        for side, tag, colour in zip("DG", LOSSES, _SIDES, strict=True)
    ]
    tempo = (1.0 / bounds["hurried"], bounds["hurried"]) if "hurried" in bounds else None
    return [
        Chart(
            [("D is right " if has_cut else "D ranks right ", INK), (newest(accuracy, wording.percent), D_COLOUR)],
            [(accuracy, D_COLOUR)],
            BAND,
            "folk rule: {:.0f} to {:.0f} %".format(*(100 * end for end in BAND)),
        ),
        Chart([("loss  ", INK), *losses], list(zip(LOSSES, _SIDES, strict=True))),
        Chart(
            [("distance to data  ", INK), (newest(DISTANCE, _short), G_COLOUR)],
            [(DISTANCE, G_COLOUR)],
            (None, bounds["far"]) if "far" in bounds else None,
            "G has arrived",
        ),
        Chart(
            [("D learns ", INK), (f"{newest(TEMPO, _short)}x", D_COLOUR), (" as fast", INK)],
            [(TEMPO, D_COLOUR)],
            tempo,
            "in step",
            ratio=True,
        ),
    ]


def draw_chart(canvas: Canvas, box: Box, chart: Chart, course: History) -> None:
    """Draw a chart with its title into a box."""
    canvas.pieces(box[:2], chart.title, size=21, width=box[2] - box[0])
    frame = (box[0], box[1] + _TITLE, box[2], box[3])
    curves = [(course.curve(tag), colour) for tag, colour in chart.lines]
    scaled = [([(x, _scale(y, chart)) for x, y in points if y > 0 or not chart.ratio], c) for points, c in curves]
    heights = [y for points, _ in scaled for _, y in points]
    if not heights:
        canvas.fill(frame, "#fafafa")
        canvas.text((frame[0] + 8, frame[1] + 8), "not measured yet", size=18, width=box[2] - box[0] - 16, colour=SOFT)
        return
    band = None if chart.band is None else tuple(None if end is None else _scale(end, chart) for end in chart.band)
    low, high = _extent(heights, band)
    last = max(x for points, _ in scaled for x, _ in points[-1:])
    lines = [([(x / max(last, 1.0), (y - low) / (high - low)) for x, y in points], c) for points, c in scaled if points]
    place = None if band is None else _band_box(frame, band, low, high)
    canvas.lines(frame, lines, place)
    if place is not None:
        # at the end of the band that is away from the newest value
        low_end = frame[3] - lines[0][0][-1][1] * (frame[3] - frame[1]) > (place[1] + place[3]) / 2
        y = max(frame[1], place[1]) + 2 if low_end else place[3] - _LABEL
        if place[3] - place[1] < _LABEL:  # a thin band cannot hold its text, so it stands above
            y = place[1] - _LABEL
        canvas.text((place[2] - 6, y), chart.meaning, size=16, width=200, colour=SOFT, right=True)
    for y, value in ((frame[1] + 2, high), (frame[3] - 21, low)):
        canvas.text((frame[0] + 5, y), _short(2.0**value if chart.ratio else value), size=15, width=90, colour=SOFT)


def _scale(value: float, chart: Chart) -> float:
    return math.log2(value) if chart.ratio else value


def _extent(heights: list[float], band: tuple[float | None, ...] | None) -> tuple[float, float]:
    """Return the lowest and the highest of nearly all values and of the band's bounds, with a margin."""
    inner = sorted(heights)
    cut = int(_OUTLIERS * len(inner))
    ends = [*inner[cut : len(inner) - cut], heights[-1], *(end for end in band or () if end is not None)]
    low, high = min(ends), max(ends)
    air = _AIR * (high - low) or max(0.5, _AIR * abs(high))
    return low - air, high + air


def _band_box(frame: Box, band: tuple[float | None, ...], low: float, high: float) -> Box:
    bottom, top = (end if end is not None else side for end, side in zip(band, (low, high), strict=True))
    height = frame[3] - frame[1]
    return (
        frame[0],
        frame[3] - round(height * (top - low) / (high - low)),
        frame[2],
        frame[3] - round(height * (bottom - low) / (high - low)),
    )


def _short(value: float) -> str:
    return f"{value:.2g}"
