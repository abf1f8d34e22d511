"""One axis of a sweep as typed: how many values it has, and whether a sweep can use them."""

from __future__ import annotations

import math

from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep

MOST_VALUES = 10_000
"""Most values of one axis, and most points of one grid: each is composed and checked before the first one starts."""


def fault(override: Override) -> str | None:
    """Return what is wrong with the values of an axis, with the remedy; None if a sweep can use them."""
    value = override.value() if override.is_sweep_override() else None
    if isinstance(value, RangeSweep):
        return _of_range(value)
    return _of_interval(value) if isinstance(value, IntervalSweep) else None


def count(values: RangeSweep) -> int:
    """Number of values in a valid range."""
    start, stop, step = ends(values)
    return max(0, math.ceil((stop - start) / step - 1e-9))


def ends(values: RangeSweep) -> tuple[float, float, float]:
    """Start, stop and step of a range."""
    assert values.start is not None and values.stop is not None
    return values.start, values.stop, values.step


def _of_range(values: RangeSweep) -> str | None:
    if not all(map(math.isfinite, ends(values))):
        return "has no end; a range is range(start,stop)"
    if values.step == 0:
        return "never comes to its end; a step is not 0"
    number = count(values)
    if not number:
        return "holds no value; range(0,3) goes through 0, 1, 2 and range(3,0,-1) through 3, 2, 1"
    if number > MOST_VALUES:
        return f"{number:,} values; {MOST_VALUES:,} at most, or search with hydra/sweeper=tpe and int(interval(a,b))"
    return None


def _of_interval(values: IntervalSweep) -> str | None:
    start, end = values.start, values.end
    assert start is not None and end is not None
    if not (math.isfinite(start) and math.isfinite(end)):
        return "an interval has two finite ends"
    if start > end:
        return "the smaller end of an interval comes first"
    if "log" in values.tags and start <= 0:
        return "a logarithmic axis begins above 0"
    return None
