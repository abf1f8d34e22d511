"""The newest scalars and durations in a few words, alike on the display, in plain lines and in the closing block."""

from __future__ import annotations

import math
from collections.abc import Mapping

BETTER = {"low": "lower is better", "high": "higher is better"}
"""Which way a figure improves, where it does."""


def figures(values: Mapping[str, float]) -> list[str]:
    """Losses, D's accuracy and the speed, as far as they were measured."""
    parts = [losses(values), accuracy(values), speed(values)]
    return [part for part in parts if part]


def losses(values: Mapping[str, float]) -> str:
    """`loss D 1.312  G 0.842`."""
    sides = (("D", "loss/discriminator"), ("G", "loss/generator"))
    known = [f"{letter} {number(values[tag])}" for letter, tag in sides if tag in values]
    return "loss " + "  ".join(known) if known else ""


def accuracy(values: Mapping[str, float]) -> str:
    """`D is right 63 %`, or how often it ranks a real above a fake sample where single answers were not judged."""
    if "accuracy/discriminator" in values:
        return f"D is right {percent(values['accuracy/discriminator'])}"
    if "accuracy/pairwise" in values:
        return f"D ranks right {percent(values['accuracy/pairwise'])}"
    return ""


def speed(values: Mapping[str, float]) -> str:
    """`4,512 samples/s`."""
    tag = "time/samples_per_second"
    return f"{values[tag]:,.0f} samples/s" if tag in values else ""


def number(value: float) -> str:
    """Four figures: 1.312, -12.48, 0.0006312."""
    return f"{value:#.4g}".rstrip(".")


def with_spread(mean: float, std: float | None) -> str:
    """`0.0312 ± 0.0042`: the spread to two figures, the mean to the same place, but to three figures at least.

    Args:
        mean: any number.
        std: its spread; None leaves it out.
    """
    if not math.isfinite(mean) or mean == 0.0 and not std:
        return f"{mean:g}"
    size = _magnitude(mean) if mean else _magnitude(std or 1.0)
    if not -_TINY <= size <= _HUGE:
        return f"{mean:.2e}" if std is None else f"{mean:.2e} ± {std:.1e}"
    places = max(0, 2 - size, 1 - _magnitude(std) if std else 0)
    places = min(places, max(0, 4 - size))  # no more than five figures of the mean, however small the spread
    return f"{mean:.{places}f}" if std is None else f"{mean:.{places}f} ± {std:.{places}f}"


def _magnitude(value: float) -> int:
    """The power of ten of its first figure."""
    return math.floor(math.log10(abs(value)))


_TINY, _HUGE = 4, 6
"""Numbers below 10^-4 and from 10^7 on are written with a power of ten."""


def percent(share: float) -> str:
    """A share as whole per cents: 63 %."""
    return f"{100.0 * share:.0f} %"


def duration(seconds: float) -> str:
    """8 s, 2 min 5 s, 3 h 12 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"
