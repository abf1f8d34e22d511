"""The results of a benchmark on the screen: a line per round, a table with a column per side, and the ratio."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from gan_cli.benchmark.benchmark import Side, ratios
from gan_cli.errors import printable
from gan_cli.shortage import size_in_words

if TYPE_CHECKING:
    from rich.table import Table

_SIZES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))

ROWS: Mapping[str, Callable[[Side], str]] = {
    "samples per second": lambda side: number(side.speed),
    "ms per step": lambda side: _ms(side.step),
    "  data": lambda side: _ms(side.figures.times.data),
    "  discriminator": lambda side: _ms(side.figures.times.discriminator),
    "  generator": lambda side: _ms(side.figures.times.generator),
    "  readings": lambda side: _ms(side.figures.times.readings),
    "peak memory": lambda side: size_in_words(side.figures.peak_memory),
    "multiply-adds per step": lambda side: in_thousands(side.figures.multiply_adds),
    "precision": lambda side: side.figures.dtype,
    "FLOP per second": lambda side: in_thousands(side.rate),
    "share of matrix rate": lambda side: f"{_percent(side.share)} % of {in_thousands(side.figures.matrix_rate)}",
    "host waits per step": lambda side: number(side.figures.host_waits),
}
"""The rows of the table in their order: name, and value of a side."""


def table(sides: Sequence[Side]) -> Iterator[Table | str]:
    """Yield a table with a column per side, and what must be known to read it."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    found = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), show_edge=False, pad_edge=False, header_style="bold")
    found.add_column("", no_wrap=True)
    for side in sides:
        found.add_column(escape(printable(side.candidate.label)), justify="right", overflow="fold")
    for name, value in ROWS.items():
        found.add_row(name, *(value(side) for side in sides))
    yield found
    yield f"\n[dim]{escape(_machine(sides[0]))}[/dim]"
    for side in sides:
        if side.figures.recorded:
            yield f"[dim]{escape(_of_recorded(side))}[/dim]"


def _machine(side: Side) -> str:
    figures = side.figures
    threads = f"{figures.threads} thread{'s' if figures.threads > 1 else ''}"
    return f"{figures.device}; {threads}; torch {figures.torch}; batches of {figures.batch_size}"


def _of_recorded(side: Side) -> str:
    return (
        f"{printable(side.candidate.label)}: steps are replayed from a recording, which has no parts; data, "
        "discriminator and generator are of steps that are executed one operation at a time"
    )


def round_line(place: int, labels: Sequence[str], speeds: Sequence[float]) -> str:
    """Return a line with the speed of each side in a round, and their ratio if there are two."""
    told = ", ".join(f"{printable(label)} {number(speed)}" for label, speed in zip(labels, speeds, strict=True))
    times = f", {speeds[0] / speeds[1]:.2f} times" if len(speeds) > 1 else ""
    return f"round {place}: {told} samples/s{times}"


def summary(sides: Sequence[Side]) -> str:
    """Return a line with the median speeds, and the median ratio (of one side alone the speed) with its range."""
    told = ", ".join(f"{printable(side.candidate.label)} {number(side.speed)} samples/s" for side in sides)
    compared = ratios(sides)
    if not compared:
        speeds = sides[0].speeds
        return f"{told} (from {number(min(speeds))} to {number(max(speeds))} over {_rounds(speeds)})"
    middle, lowest, highest = statistics.median(compared), min(compared), max(compared)
    return f"{told}: {middle:.2f} times (from {lowest:.2f} to {highest:.2f} over {_rounds(compared)})"


def _rounds(counted: Sequence[float]) -> str:
    return f"{len(counted)} round{'s' if len(counted) > 1 else ''}"


def number(value: float) -> str:
    """Return a number with three digits at least: 1234.5 -> 1,234 and 0.0123."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def in_thousands(value: float) -> str:
    """Return a number with three digits and a letter for its size: 1234567 -> 1.23 M."""
    size, letter = next(((size, letter) for size, letter in _SIZES if value >= size), (1.0, ""))
    return f"{value / size:.3g} {letter}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.1 else f"{100 * share:.2g}"


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:,.1f}" if seconds >= 1e-2 else f"{1e3 * seconds:.2f}"
