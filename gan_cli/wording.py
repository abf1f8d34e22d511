"""Format numbers, durations and names, in the same way on the display, in closing blocks, tables and sentences."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping

from gan_cli.errors import printable

BETTER = {"low": "lower is better", "high": "higher is better"}
"""A phrase for the direction in which a figure improves."""


def figures(values: Mapping[str, float]) -> list[str]:
    """Return the losses, D's accuracy and the speed as texts, if they were measured."""
    parts = [losses(values), accuracy(values), speed(values)]
    return [part for part in parts if part]


def losses(values: Mapping[str, float]) -> str:
    """Return the losses as `loss D 1.312  G 0.842`."""
    sides = (("D", "loss/discriminator"), ("G", "loss/generator"))
    known = [f"{letter} {number(values[tag])}" for letter, tag in sides if tag in values]
    return "loss " + "  ".join(known) if known else ""


def accuracy(values: Mapping[str, float]) -> str:
    """Return `D is right 63 %`, or `D ranks right 63 %` if only its ranking of real over fake samples was measured."""
    if "accuracy/discriminator" in values:
        return f"D is right {percent(values['accuracy/discriminator'])}"
    if "accuracy/pairwise" in values:
        return f"D ranks right {percent(values['accuracy/pairwise'])}"
    return ""


def speed(values: Mapping[str, float]) -> str:
    """Return the speed since the previous logged scalars as `4,512 samples/s`."""
    tag = "time/samples_per_second"
    return rate(values[tag]) if tag in values else ""


def rate(samples: float) -> str:
    """Return a speed as `4,512 samples/s` or `0.31 samples/s`."""
    return f"{samples:,.0f} samples/s" if samples >= 10 else f"{samples:.2g} samples/s"


def step_time(seconds: float) -> str:
    """Return the time of a step as `3.1 ms a step`, `0.42 s a step` or `2 min 5 s a step`."""
    if seconds < 0.1:
        return f"{1000 * seconds:.2g} ms a step"
    return f"{seconds:.2g} s a step" if seconds < 60 else f"{duration(seconds)} a step"


def marked(verdict: str, doubt: object) -> str:
    """Return a verdict, with a question mark if it is in doubt."""
    return f"{verdict}?" if doubt else verdict


def number(value: float) -> str:
    """Return a number with four significant digits: 1.312, -12.48, 0.0006312."""
    return f"{value:#.4g}".rstrip(".")


AT_FLOOR = "at the floor of real data"
"""A phrase for an unbiased distance whose value is below zero."""

_UNBIASED = frozenset({"energy_distance", "mmd", "kid_classifier", "inception_kid", "distance"})
"""Distances whose mean between two sets of real samples is zero, so that about half of such values are negative."""


def is_at_floor(name: str, value: float) -> bool:
    """Whether a figure is a distance below zero: samples are as near to real data as real data are to each other.

    Args:
        name: the name of the figure, or its tag.
        value: the value of the figure.
    """
    return value < 0 and name.rpartition("/")[2].removesuffix("_view") in _UNBIASED


def with_floor(name: str, value: float, text: str) -> str:
    """Return the text of a figure, with an explanation if it is a distance below zero."""
    return f"{text}, {AT_FLOOR}" if is_at_floor(name, value) else text


def with_spread(mean: float, std: float | None) -> str:
    """Return a mean and its spread as `0.0312 ± 0.0042`.

    The spread has two significant digits. The mean is rounded to the same decimal place, but to at least three digits.

    Args:
        mean: any number.
        std: the spread; None omits it.
    """
    if not math.isfinite(mean) or mean == 0.0 and not std:
        return f"{mean:g}"
    size = _magnitude(mean) if mean else _magnitude(std or 1.0)
    if not -_TINY <= size <= _HUGE:
        return f"{mean:.2e}" if std is None else f"{mean:.2e} ± {std:.1e}"
    places = max(0, 2 - size, 1 - _magnitude(std) if std else 0)
    places = min(places, max(0, 4 - size))  # at most five digits of the mean, even if the spread is small
    return f"{mean:.{places}f}" if std is None else f"{mean:.{places}f} ± {std:.{places}f}"


def _magnitude(value: float) -> int:
    """The power of ten of the first digit."""
    return math.floor(math.log10(abs(value)))


_TINY, _HUGE = 4, 6
"""Numbers below 10^-4 and numbers of 10^7 or more are written with a power of ten."""


def percent(share: float) -> str:
    """Return a share as a whole percentage: 63 %."""
    return f"{100.0 * share:.0f} %"


def duration(seconds: float) -> str:
    """Return a duration as 8 s, 2 min 5 s or 3 h 12 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"


def on_one_line(text: str) -> str:
    """Return a text on one line, with line breaks and other control characters escaped."""
    return printable(text).replace("\n", "\\n")


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Break a text into lines of at most `width` columns, between words and after the commas of lists.

    A word that is longer than `width` gets its own line and is not cut.

    Args:
        text: a text without line breaks.
        width: columns of the screen, or of a part of it.
        indent: text in front of all lines but the first.
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
    """Number of terminal columns of a text; a wide letter has two."""
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return len(text) + wide
