"""Samples beside real ones on a run's card: two strips of tiles, or two clouds of points one over the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import Tensor

from gan_cli.pictures.canvas import G_COLOUR, SOFT, Box, Canvas
from gan_cli.pictures.render import tiles_of
from gan_cli.pictures.tiles import Tiles
from gan_cli.spec import SampleSpec

_CAPTION = 25
_GAP = 4
_ROWS = 2
_REAL = (0x9E, 0x9E, 0x9E)
_MADE = (0xC2, 0x18, 0x5B)
_SPREAD = 1.2
"""How much wider than the real points the plane is."""


@dataclass(frozen=True)
class Shown:
    """Samples ready to be drawn: tiles, or the first two coordinates (N, 2) of points."""

    tiles: Tiles | None = None
    points: npt.NDArray[np.float32] | None = None


def shown(samples: Tensor, spec: SampleSpec) -> Shown:
    """Samples (N, *shape) on any device, read to the host."""
    if spec.traits.drawn == "tiles":
        return Shown(tiles=tiles_of(samples, spec))
    flat = samples.detach().float().cpu().flatten(1).numpy()
    return Shown(points=np.stack([flat[:, 0], flat[:, -1]], axis=1))


def draw_samples(canvas: Canvas, box: Box, real: Shown, made: Shown | None) -> None:
    """Draw both kinds into a box, each with its caption."""
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
    """Two rows of tiles, or one of such as are too wide for two."""
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
    """Clouds of points (N, 2), the first one setting the extent, as dots of three pixels."""
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
