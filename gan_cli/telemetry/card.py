"""The card of a run, a picture that shows its state: the verdict in words, generated and real samples, four charts.

It is readable in a card of TensorBoard, which has about 450 x 215 pixels, as well as at full size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.pictures.canvas import G_COLOUR, PAPER, SOFT, Box, Canvas
from gan_cli.pictures.png import Picture
from gan_cli.pictures.render import tiles_of
from gan_cli.pictures.tiles import Tiles
from gan_cli.spec import SampleSpec
from gan_cli.telemetry.base import RunInfo
from gan_cli.telemetry.card_charts import DISTANCE, LOSSES, TEMPO, History, accuracy_of, charts, draw_chart
from gan_cli.telemetry.verdict_text import evidence_and_doubt

_CAPTION = 25
_GAP = 4
_ROWS = 2
_REAL = (0x9E, 0x9E, 0x9E)
_MADE = (0xC2, 0x18, 0x5B)
_SPREAD = 1.2
"""Short side of the plane as a multiple of the extent of the real points."""


@dataclass(frozen=True)
class Shown:
    """Samples ready to be drawn: tiles, or the first two coordinates (N, 2) of points."""

    tiles: Tiles | None = None
    points: npt.NDArray[np.float32] | None = None


def shown(samples: Tensor, spec: SampleSpec) -> Shown:
    """Copy samples (N, *shape) from any device to the host, ready to be drawn."""
    if spec.traits.drawn == "tiles":
        return Shown(tiles=tiles_of(samples, spec))
    flat = samples.detach().float().cpu().flatten(1).numpy()
    return Shown(points=np.stack([flat[:, 0], flat[:, -1]], axis=1))


def draw_samples(canvas: Canvas, box: Box, real: Shown, made: Shown | None) -> None:
    """Draw real and generated samples into a box, each with a caption."""
    left, top, right, bottom = box
    width = right - left
    if real.points is not None:
        canvas.text((left, top), "generated", size=20, width=width // 2, colour=G_COLOUR, bold=True)
        canvas.text((right, top), "real", size=20, width=width // 2, colour=SOFT, bold=True, right=True)
        clouds = [(real.points, _REAL)] + ([(made.points, _MADE)] if made and made.points is not None else [])
        canvas.picture((left, top + _CAPTION, right, bottom), _plane(clouds, width, bottom - top - _CAPTION))
        return
    half = (bottom - top + _GAP) // 2
    kinds = (("generated", G_COLOUR, made), ("real", SOFT, real))
    for place, (caption, colour, samples) in enumerate(kinds):
        y = top + place * half
        canvas.text((left, y), caption, size=20, width=width, colour=colour, bold=True)
        if samples is not None and samples.tiles is not None:
            _strip(canvas, (left, y + _CAPTION, right, y + half - _GAP), samples.tiles)


def _strip(canvas: Canvas, box: Box, tiles: Tiles) -> None:
    """Draw up to two rows of tiles, as many per row as fit; tiles that are wider than the box are shrunk."""
    width, height = box[2] - box[0], box[3] - box[1]
    shape = tiles.shape[2] / tiles.shape[1]
    tall = (height - _GAP * (_ROWS - 1)) // _ROWS
    wide = min(width, round(tall * shape))
    tall = min(tall, max(1, round(wide / shape)))
    columns = max(1, (width + _GAP) // (wide + _GAP))
    for number, tile in enumerate(tiles[: columns * _ROWS]):
        row, column = divmod(number, columns)
        x, y = box[0] + column * (wide + _GAP), box[1] + row * (tall + _GAP)
        canvas.picture((x, y, x + wide, y + tall), tile)


def _plane(
    clouds: list[tuple[npt.NDArray[np.float32], tuple[int, int, int]]], width: int, height: int
) -> npt.NDArray[np.uint8]:
    """Clouds of points (N, 2) -> uint8 (height, width, 3), dots of 3 x 3 pixels; the first cloud sets the extent."""
    page = np.full((height, width, 3), 250, dtype=np.uint8)
    first = clouds[0][0]
    middle = (first.max(axis=0) + first.min(axis=0)) / 2
    span = max(float((first.max(axis=0) - first.min(axis=0)).max()), 1e-6) * _SPREAD / min(width, height)
    for points, colour in clouds:
        inside = points[np.isfinite(points).all(axis=1)]
        places = ((inside - middle) / span * (1.0, -1.0) + (width / 2, height / 2)).round()
        within = ((places >= 1) & (places < (width - 1, height - 1))).all(axis=1)
        columns, rows = places[within].astype(np.intp).T
        for down in (-1, 0, 1):
            for across in (-1, 0, 1):
                page[rows + down, columns + across] = colour
    return page


WIDTH, HEIGHT = 960, 456
_HEAD, _LEFT, _CORNER, _MARGIN, _GAP = 118, 362, 300, 12, 18

GOOD, WRONG = "#2e7d32", "#b23c17"
GROUNDS = {"balanced": GOOD, "warming_up": "#616161"}
"""Background colours by state; all other states have `WRONG`."""
_MEANINGS = {"balanced": "neither network is far ahead of the other"}
"""Meanings of states that `verdict.WORDS` gives only a name."""


class Card:
    """Collects the readings and samples of a run and draws its card.

    Args:
        run: the run of the card; if it is resumed, the earlier readings are loaded from its folder.
        spec: kind of sample.
        real: samples (N, *shape) of the data.
        bounds: bounds of the diagnosis by name, as far as they are known.
    """

    def __init__(self, run: RunInfo, spec: SampleSpec, real: Tensor, bounds: Mapping[str, float]) -> None:
        # not all of the facts about the run, because the card is sent to another process to be drawn
        self._name, self._total_steps, self._has_cut = run.name, run.total_steps, run.has_cut
        self._spec, self._bounds = spec, bounds
        self._course = History([accuracy_of(has_cut=run.has_cut), *LOSSES, DISTANCE, TEMPO])
        if run.start_step > 0:
            self._course.read(run.folder, run.start_step)
        # evenly spaced, because a data set may be sorted by class
        some = torch.linspace(0, len(real) - 1, min(len(real), self._count), device=real.device).round().long()
        self._real = shown(real[some], spec)
        self._made: Shown | None = None

    @property
    def _count(self) -> int:
        """Maximum number of samples of each kind on the card."""
        return 24 if self._spec.traits.drawn == "tiles" else 2048

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Add one reading."""
        self._course.add(step, values)

    def samples(self, made: Tensor) -> None:
        """Set the newest generated samples (N, *shape)."""
        self._made = shown(made[: self._count], self._spec)

    def draw(self, step: int, verdict: Verdict | None) -> Picture:
        """Draw the card.

        Args:
            step: the present step.
            verdict: the newest verdict; None before the first reading.
        """
        canvas = Canvas(WIDTH, HEIGHT)
        self._head(canvas, step, verdict)
        top, bottom = _HEAD + 6, HEIGHT - 6
        draw_samples(canvas, (_MARGIN, top, _LEFT, bottom), self._real, self._made)
        left = _LEFT + _GAP
        wide, tall = (WIDTH - _MARGIN - left - _GAP) // 2, (bottom - top - 6) // 2
        for place, chart in enumerate(charts(self._course, self._bounds, has_cut=self._has_cut)):
            row, column = divmod(place, 2)
            x, y = left + column * (wide + _GAP), top + row * (tall + 6)
            draw_chart(canvas, (x, y, x + wide, y + tall), chart, self._course)
        return canvas.pixels()

    def _head(self, canvas: Canvas, step: int, verdict: Verdict | None) -> None:
        """Draw the head: the verdict, since which step it holds, its evidence and its doubt."""
        state = "warming_up" if verdict is None else verdict.state
        canvas.fill((0, 0, WIDTH, _HEAD), GROUNDS.get(state, WRONG))
        right = WIDTH - _MARGIN
        for y, said in ((8, self._name), (34, f"step {step:,} of {self._total_steps:,}")):
            canvas.text((right, y), said, size=21, width=_CORNER, colour=PAPER, bold=True, right=True)
        name, meaning, reason = _sayings(verdict)
        canvas.text((_MARGIN, 5), name, size=40, width=right - _CORNER - 24, colour=PAPER, bold=True)
        canvas.text((_MARGIN, 58), meaning, size=22, width=right - _MARGIN, colour=PAPER, bold=True)
        canvas.text((_MARGIN, 87), reason, size=20, width=right - _MARGIN, colour=PAPER)


def _sayings(verdict: Verdict | None) -> tuple[str, str, str]:
    """Return a verdict's name, with (?) if it is in doubt; its meaning and first step; its evidence and doubt."""
    if verdict is None:
        return "Nothing measured yet", "", ""
    name, _, meaning = verdict.words.removesuffix(" (?)").partition(": ")
    name = name[:1].upper() + name[1:] + (" (?)" if verdict.doubt else "")
    parts = [meaning or _MEANINGS.get(verdict.state, ""), f"since step {verdict.since:,}"]
    return name, ", ".join(part for part in parts if part), evidence_and_doubt(verdict)
