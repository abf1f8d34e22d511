"""Figures, durations and names in a few words, alike on the display, in closing blocks, tables and sentences."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping

from gan_cli.errors import printable

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
    """`4,512 samples/s`, of the steps since the last reading."""
    tag = "time/samples_per_second"
    return rate(values[tag]) if tag in values else ""


def rate(samples: float) -> str:
    """`4,512 samples/s`, `0.31 samples/s`."""
    return f"{samples:,.0f} samples/s" if samples >= 10 else f"{samples:.2g} samples/s"


def step_time(seconds: float) -> str:
    """`3.1 ms a step`, `0.42 s a step`, `2 min 5 s a step`."""
    if seconds < 0.1:
        return f"{1000 * seconds:.2g} ms a step"
    return f"{seconds:.2g} s a step" if seconds < 60 else f"{duration(seconds)} a step"


def marked(verdict: str, doubt: object) -> str:
    """A verdict with a question mark where there is doubt."""
    return f"{verdict}?" if doubt else verdict


def number(value: float) -> str:
    """Four figures: 1.312, -12.48, 0.0006312."""
    return f"{value:#.4g}".rstrip(".")


AT_FLOOR = "at the floor of real data"
"""Where an unbiased distance stands that came out below zero."""

_UNBIASED = frozenset({"energy_distance", "mmd", "kid_classifier", "inception_kid", "distance"})
"""Distances that are zero on average between two sets of real samples, so that half of such pairs lie below."""


def is_at_floor(name: str, value: float) -> bool:
    """Whether a figure is a distance below zero: no farther from real data than these are from each other.

    Args:
        name: of the figure, or its tag.
        value: of it.
    """
    return value < 0 and name.rpartition("/")[2] in _UNBIASED


def with_floor(name: str, value: float, text: str) -> str:
    """A figure as it is written, with what it means where it is a distance below zero."""
    return f"{text}, {AT_FLOOR}" if is_at_floor(name, value) else text


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


def on_one_line(text: str) -> str:
    """A text without what a terminal would obey, line breaks among it."""
    return printable(text).replace("\n", "\\n")


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` columns that break between words, and inside of lists behind commas.

    A word that is longer stands on a line of its own, whole.

    Args:
        text: without line breaks.
        width: of the screen, or of a part of it.
        indent: in front of all lines but the first.
    """
    parts = _BREAKS.split(text)
    lines = [""]
    for part in parts:
        if lines[-1].strip() and _columns(lines[-1] + part.rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append(indent)
            part = part.lstrip()
        lines[-1] += part
    return [line.rstrip() for line in lines]


_BREAKS = re.compile(r"(?<=[ ,])(?=[^ ,%])")


def _columns(text: str) -> int:
    """Columns of a terminal that a text takes: two for a wide letter."""
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return len(text) + wide
