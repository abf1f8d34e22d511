"""Turns numbers of any usual range into occupancies 0..255, and grids of any extents into cubes of one size."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

SLACK = 1e-3
"""By how much floats may leave their range, as interpolation makes them."""
_DARKEST = 16  # a largest number between 1 and this one is that of a class or a material, not of a gray


class RangeError(ValueError):
    """The numbers are in no range that has one meaning."""


def scale_of(numbers: npt.NDArray[Any]) -> float:
    """Return by what to multiply numbers so that 0 is empty and 255 is solid: truth values, 0 to 1, or 0 to 255.

    Raises:
        ValueError: a number is not finite.
        RangeError: they have another range.
    """
    low, high = float(numbers.min()), float(numbers.max())
    if not np.isfinite(low) or not np.isfinite(high):
        raise ValueError("a number is NaN or infinite")
    if low < -SLACK or high > 255 or 1 + SLACK < high < _DARKEST:
        raise RangeError(f"its numbers are {low:g} to {high:g}")
    return 1.0 if high > 1 + SLACK else 255.0


def scaled(grid: npt.NDArray[Any], scale: float) -> Bytes:
    """Return numbers times their scale, rounded, in 0..255."""
    return np.round((grid * np.float32(scale)).clip(0.0, 255.0)).astype(np.uint8)


def fit(grid: Bytes, size: int) -> Bytes:
    """Pad a grid (D, H, W) to a cube around it, and average it to (size, size, size)."""
    longest = max(grid.shape)
    spare = [longest - extent for extent in grid.shape]
    cube = np.pad(grid, [(each // 2, each - each // 2) for each in spare])
    if longest == size:
        return cube
    weights = _weights(longest, size)
    resized = cube.astype(np.float32)
    for _ in range(3):  # each turn averages along the last axis and makes it the first
        resized = np.moveaxis(resized @ weights, -1, 0)
    return np.round(resized).astype(np.uint8)


def _weights(source: int, target: int) -> npt.NDArray[np.float32]:
    """Return how much each old cell counts in a new one, (source, target): the share of the new one that it covers."""
    edges = np.arange(target + 1) * (source / target)
    cells = np.arange(source)[:, None]
    overlap = np.minimum(edges[1:], cells + 1) - np.maximum(edges[:-1], cells)
    shares: npt.NDArray[np.float32] = (overlap.clip(0.0) * (target / source)).astype(np.float32)
    return shares
