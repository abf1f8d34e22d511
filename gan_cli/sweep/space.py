"""The axes of a sweep as a search space: which values each axis allows, and how they become overrides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep

from gan_cli.config.axis import count, ends
from gan_cli.errors import UserError
from gan_cli.sweep.axes import listed


class Space:
    """The values that may be drawn on each axis.

    `a,b,c` are categories, `range(1,5)` and `int(interval(1,8))` whole numbers, and `interval(0,1)` real numbers.
    `tag(log,interval(1e-5,1e-2))` is uniform on a logarithmic scale.

    Attributes:
        distributions: Optuna's distributions, by setting.
    """

    def __init__(self, axes: tuple[Override, ...]) -> None:
        self._axes = {axis.get_key_element(): axis for axis in axes}
        self.distributions: Mapping[str, Any] = {key: _distribution(axis) for key, axis in self._axes.items()}

    @property
    def log_axes(self) -> tuple[str, ...]:
        """The settings that are drawn uniformly on a logarithmic scale."""
        return tuple(key for key, drawn in self.distributions.items() if getattr(drawn, "log", False))

    def typed(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """The drawn values as overrides, in the order of the axes."""
        return tuple(f"{key}={params[key]}" for key in self._axes)

    def corners(self) -> list[tuple[str, ...]]:
        """As few points as possible that contain both ends of every interval, and each value of the other axes."""
        values = [_ends(axis) for axis in self._axes.values()]
        longest = max(map(len, values), default=0)
        return [tuple(each[min(place, len(each) - 1)] for each in values) for place in range(longest)]


def _ends(axis: Override) -> list[str]:
    value = axis.value() if axis.is_sweep_override() else None
    if isinstance(value, IntervalSweep):
        return [f"{axis.get_key_element()}={end}" for end in (value.start, value.end)]
    return listed(axis)


def _distribution(axis: Override) -> Any:
    from optuna.distributions import CategoricalDistribution

    value = axis.value() if axis.is_sweep_override() else None
    if value is None or isinstance(value, ChoiceSweep):
        return CategoricalDistribution([text.partition("=")[2] for text in listed(axis)])
    for kind, build in _KINDS.items():
        if isinstance(value, kind):
            return build(value)
    raise UserError(f"{axis.input_line}: cannot be searched; take a,b,c, range(...) or interval(...)")


def _of_range(values: RangeSweep) -> Any:
    from optuna.distributions import FloatDistribution, IntDistribution

    start, stop, step = ends(values)
    last = start + step * (count(values) - 1)
    low, high = min(start, last), max(start, last)
    if all(isinstance(number, int) for number in (start, stop, step)):
        return IntDistribution(int(low), int(high), step=abs(int(step)))
    return FloatDistribution(low, high, step=abs(step))


def _of_interval(values: IntervalSweep) -> Any:
    from optuna.distributions import FloatDistribution, IntDistribution

    start, end = values.start, values.end
    assert start is not None and end is not None
    log = "log" in values.tags
    if isinstance(start, int) and isinstance(end, int):
        return IntDistribution(start, end, log=log)
    return FloatDistribution(start, end, log=log)


_KINDS: Mapping[type, Callable[[Any], Any]] = {RangeSweep: _of_range, IntervalSweep: _of_interval}
