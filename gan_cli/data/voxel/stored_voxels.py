"""Voxels in a file that is not read yet: their shape is known from its header, and whether they can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gan_cli.disk.reading import open_plain

Axis = Literal[0, 1, 2]
Grids = npt.NDArray[Any]
"""(N, D, H, W): voxels in the range that their file has, with the axes (up, front, right)."""
Shape = tuple[int, int, int, int]

LONGEST = 512
"""The most voxels per side that are read."""
_MOST = 1 << 32  # bytes of one array
_NUMBERS = "buif"


@dataclass(frozen=True)
class Stored:
    """The voxels in a file that is not read yet.

    Attributes:
        shape: number of samples, and their extents upwards, to the front and to the right.
        read: reads them, (N, D, H, W).
    """

    shape: Shape
    read: Callable[[], Grids]


def content_of(path: Path) -> bytes:
    """Return all bytes of a file, which may be behind a link."""
    with open_plain(path, follow=True) as file:
        return file.read()


def checked(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Shape:
    """Return the shape of an array if it can be read.

    Raises:
        ValueError: the array is empty, too large, or not of numbers.
    """
    samples, *sides = shape
    if dtype.kind not in _NUMBERS:
        raise ValueError(f"its array holds {dtype}, not numbers")
    if min(shape) < 1:
        raise ValueError("its array is empty")
    if max(sides) > LONGEST:
        raise ValueError(f"it has {max(sides):,} voxels a side, and at most {LONGEST} are read; average them")
    size = prod(shape) * dtype.itemsize
    if size > _MOST:
        raise ValueError(
            f"its array takes {size / 2**30:.1f} GiB, and at most 4 are read; save it in parts, or as uint8"
        )
    high, deep, wide = sides
    return samples, high, deep, wide
