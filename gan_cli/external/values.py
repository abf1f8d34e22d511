"""Finds the values of black and white in samples of another program, by common conventions or as the user sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gan_cli.errors import SettingError, UserError
from gan_cli.external.arrays import SAMPLES

Array = npt.NDArray[Any]
Range = tuple[float, float]

UNIT, SIGNED, LEVELS, WORDS = (0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (0.0, 65535.0)

_TOLERANCE = 0.01
"""Share of a range by which values may exceed either end, because of rounding or resampling."""
_DARKEST = 1 / 8
"""Share of a range that the brightest value must reach; below it the range is ambiguous."""
_LEAST_SIGNED = 0.55
"""Values in -1..1 must reach this magnitude; otherwise the range could also be -0.5..0.5."""
_CHUNK = 1 << 24


@dataclass(frozen=True)
class Span:
    """The range of the values in an array.

    Attributes:
        low: smallest finite value.
        high: largest finite value.
        broken: number of samples with nan or infinity.
    """

    low: float
    high: float
    broken: int

    def __str__(self) -> str:
        return f"from {self.low:.4g} to {self.high:.4g}"


def span_of(array: Array) -> Span:
    """Return the span of all values of samples (N, ...), N >= 1, reading a part at a time."""
    rows = max(1, _CHUNK // max(1, int(np.prod(array.shape[1:]))))
    lows, highs, broken = [], [], 0
    for start in range(0, len(array), rows):
        part = np.asarray(array[start : start + rows])
        finite = np.isfinite(part)
        whole = finite.reshape(len(part), -1).all(axis=1)
        broken += int((~whole).sum())
        values = part if whole.all() else part[finite]
        if values.size:
            lows.append(float(values.min()))
            highs.append(float(values.max()))
    return Span(min(lows, default=0.0), max(highs, default=0.0), broken)


def range_of(span: Span, array: str, dtype: np.dtype[Any], *, name: str = "") -> Range:
    """Return the values of black and white in images, audio or voxels: (0, 1), (-1, 1), (0, 255) or (0, 65535).

    Args:
        span: span of the values.
        array: description of the array, for messages.
        dtype: type of the values.
        name: name of the array; the name `samples` means the range (-1, 1), as `gan sample` writes it.

    Raises:
        UserError: no convention fits, or several do.
    """
    if dtype.kind == "b":
        return UNIT
    found = _of_whole_numbers(span, dtype) if dtype.kind in "ui" else _of_floats(span, name)
    if found is None:
        raise UserError(
            f"{array} {span}: it is not clear which of these is black and which is white;\n"
            "say it, such as range=[0,1], range=[-1,1] or range=[0,255]"
        )
    return found


def _of_whole_numbers(span: Span, dtype: np.dtype[Any]) -> Range | None:
    if _within(span, LEVELS, tolerance=0.0):
        return LEVELS if span.high == 0.0 or span.high >= _DARKEST * LEVELS[1] else None
    bright = dtype.itemsize == 2 and dtype.kind == "u" and span.high >= WORDS[1] / 2
    return WORDS if bright else None


def _of_floats(span: Span, name: str) -> Range | None:
    largest = max(abs(span.low), abs(span.high))
    if name == SAMPLES:
        return SIGNED if _within(span, SIGNED) and (span.low < 0.0 or largest == 0.0) else None
    if _within(span, UNIT):
        return UNIT if span.high >= _DARKEST or largest == 0.0 else None
    if _within(span, SIGNED):
        return SIGNED if largest >= _LEAST_SIGNED else None
    return LEVELS if _within(span, LEVELS) and span.high >= _DARKEST * LEVELS[1] else None


def _within(span: Span, bounds: Range, tolerance: float = _TOLERANCE) -> bool:
    room = tolerance * (bounds[1] - bounds[0])
    return bounds[0] - room <= span.low and span.high <= bounds[1] + room


def checked_range(span: Span, array: str, bounds: Sequence[float]) -> Range:
    """Return the range that the user set, if the values are inside it.

    Raises:
        SettingError: values are outside the range, or its first value is not below the second.
    """
    low, high = bounds
    if not low < high:
        raise SettingError("range", list(bounds), "the first value must be below the second")
    if not _within(span, (low, high)):
        raise SettingError("range", list(bounds), f"{array} goes {span}")
    return low, high


def rescale(values: Array, bounds: Range, target: Range) -> Array:
    """Convert values from one range to another, float32; values outside the range are clipped."""
    exact = np.asarray(values, dtype=np.float64)
    unit = np.clip((exact - bounds[0]) / (bounds[1] - bounds[0]), 0.0, 1.0)
    return (unit * (target[1] - target[0]) + target[0]).astype(np.float32)
