"""Lays out images in a grid, separated and large enough to judge each one; it handles only pixels."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gan_cli.pictures.png import Picture

Tiles = npt.NDArray[np.uint8]
"""RGB tiles of equal size, uint8 (N, height, width, 3)."""

GAP_COLOUR = (74, 85, 104)
"""Slate, which differs from black and white backgrounds and from the mid-grey of an untrained generator."""

_LINE_COLOUR = (36, 41, 51)
_GRID_SIDE = 960
_TILE_SIDE = 256


def grid(tiles: Tiles, *, columns: int | None = None) -> Picture:
    """Lay out tiles row by row with gaps, enlarged by a whole factor to about 600 to 1000 pixels a side.

    Args:
        tiles: at least one tile.
        columns: tiles in a row; None makes the picture nearly square.
    """
    count, height, width, _ = tiles.shape
    columns = min(count, columns or math.ceil(math.sqrt(count * height / width)))
    rows = math.ceil(count / columns)
    factor = enlargement(max(rows * height, columns * width), min(height, width))
    tiles = tiles.repeat(factor, axis=1).repeat(factor, axis=2)
    _, height, width, _ = tiles.shape
    gap = gap_of(height, width)
    picture = np.empty((rows * (height + gap) + gap, columns * (width + gap) + gap, 3), dtype=np.uint8)
    picture[:] = GAP_COLOUR
    for index, tile in enumerate(tiles):
        top, left = (
            place * (size + gap) + gap for place, size in zip(divmod(index, columns), (height, width), strict=True)
        )
        picture[top : top + height, left : left + width] = tile
    return picture


def enlargement(grid_side: int, tile_side: int) -> int:
    """Return the factor of enlargement, >= 1: up to 960 pixels a side of the grid, 256 on the short side of a tile."""
    return max(1, min(_GRID_SIDE // grid_side, _TILE_SIDE // tile_side))


def gap_of(height: int, width: int) -> int:
    """Gap in pixels between enlarged tiles of this size, 2 to 8."""
    return min(8, max(2, min(height, width) // 16))


def join(parts: list[Tiles], *, axis: int) -> Tiles:
    """Join tiles side by side (axis 2) or one above the other (axis 1), a line apart; smaller ones are centred."""
    across = 3 - axis
    extent = max(part.shape[across] for part in parts)
    padded = [_centred(part, extent, across) for part in parts]
    line_shape = list(padded[0].shape)
    line_shape[axis] = 1
    line = np.broadcast_to(np.array(_LINE_COLOUR, dtype=np.uint8), line_shape)
    pieces = [piece for part in padded for piece in (line, part)]
    return np.concatenate(pieces[1:], axis=axis)


def _centred(part: Tiles, extent: int, axis: int) -> Tiles:
    shape = list(part.shape)
    shape[axis] = extent
    frame = np.empty(shape, dtype=np.uint8)
    frame[:] = _LINE_COLOUR
    start = (extent - part.shape[axis]) // 2
    place = [slice(None)] * 4
    place[axis] = slice(start, start + part.shape[axis])
    frame[tuple(place)] = part
    return frame
