"""The newest scalars and durations in a few words, alike on the display, in plain lines and in the closing block."""

from __future__ import annotations

from collections.abc import Mapping


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
