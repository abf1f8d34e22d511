"""Crop the newest samples of a run for a cell of a map: a few tiles of the grid, or the plot of the points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from gan_cli.disk.reading import open_plain
from gan_cli.pictures.png import Picture
from gan_cli.pictures.tiles import GAP_COLOUR
from gan_cli.telemetry.sample_folder import pictures_of

TILES = 3
"""The most tiles in a row of a thumbnail."""

_FRAME_COLOUR = (187, 187, 187)
"""The colour of the frame around a plot of points."""
_MOST_OF_IT = 0.6
"""The share of a row or column that must have one colour, so that it counts as a line."""
_SMALLEST = 8


def thumbnail(run: Path) -> Picture | None:
    """Return the newest picture of a run's fixed latents, cropped; None if no picture can be read."""
    try:
        newest_first = reversed(pictures_of(run))
    except OSError:
        return None
    for _, path in newest_first:
        try:
            with open_plain(path) as file, Image.open(file) as image:
                return cut(np.asarray(image.convert("RGB")))
        except (OSError, SyntaxError):  # Pillow raises the latter for a torn PNG
            continue
    return None


def cut(picture: Picture) -> Picture:
    """Crop a picture to the first tiles of a grid of samples, to the first panel of a figure, or else to a square."""
    gaps = [_lines(picture, GAP_COLOUR, axis, 1.0) for axis in (0, 1)]
    if all(len(_ends(gap)) > 1 for gap in gaps):
        return _tiles(picture, *gaps)
    frames = [_lines(picture, _FRAME_COLOUR, axis, _MOST_OF_IT) for axis in (0, 1)]
    if all(len(_ends(frame)) > 1 for frame in frames):
        (top, bottom), (left, right) = (_ends(frame)[:2] for frame in frames)
        return picture[top[1] : bottom[0], left[1] : right[0]]
    side = min(picture.shape[:2])
    return picture[:side, :side]


def _tiles(picture: Picture, rows: npt.NDArray[np.bool_], columns: npt.NDArray[np.bool_]) -> Picture:
    """Crop a grid to its first tiles, with as many rows as make the picture nearly square."""
    down, across = _ends(rows), _ends(columns)
    wide = min(TILES, len(across) - 1)
    height, width = (ends[1][0] - ends[0][1] for ends in (down, across))
    tall = max(1, min(len(down) - 1, round(wide * width / height)))
    return picture[: down[tall][1], : across[wide][1]]


def _lines(picture: Picture, colour: tuple[int, int, int], axis: int, share: float) -> npt.NDArray[np.bool_]:
    """Return which rows (axis 0) or columns (axis 1) have this colour in at least this share of their pixels."""
    alike: npt.NDArray[np.bool_] = (picture == np.array(colour, dtype=np.uint8)).all(axis=2)
    lines: npt.NDArray[np.bool_] = alike.mean(axis=1 - axis) >= share
    return lines


def _ends(lines: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return start and end (exclusive) of each group of adjacent lines.

    A group is left out if the space before it has fewer than `_SMALLEST` pixels.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lines, [False]]).astype(np.int8)))
    pairs = [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
    kept = pairs[:1]
    for pair in pairs[1:]:
        kept += [pair] if pair[0] - kept[-1][1] >= _SMALLEST else []
    return kept
