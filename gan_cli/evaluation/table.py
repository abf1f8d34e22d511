"""Quality in figures as a person reads them: few digits, aligned, each beside what real data score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gan_cli.wording import AT_FLOOR, BETTER

_WAYS = {**BETTER, "real": "best as real data", "none": "to compare with"}
_REACHED = {"low": AT_FLOOR, "high": "as high as real data"}
_DIGITS, _MOST_PLACES = 3, 4
_GAP = "  "


@dataclass(frozen=True)
class Figure:
    """One line.

    Attributes:
        name: of the result.
        value: of the samples.
        better: low, high, real or none: which way it improves.
        error: its standard error, or None.
        floor: what as many other real samples score, or None.
    """

    name: str
    value: float
    better: str
    error: float | None = None
    floor: float | None = None

    @property
    def reached(self) -> bool:
        """Whether real samples score no better, up to the error; unbiased distances then may lie below 0."""
        if self.floor is None or self.better not in _REACHED:
            return False
        error = self.error or 0.0
        if self.better == "low":
            return self.value <= max(self.floor, 0.0) + error
        return self.value >= self.floor - error

    @property
    def note(self) -> str:
        """Where it stands, or which way it improves."""
        return _REACHED[self.better] if self.reached else _WAYS[self.better]


def quality_table(figures: Sequence[Figure], width: int) -> list[str]:
    """Lines of a table that fits the terminal: a head and a line for each figure.

    Args:
        figures: at least one.
        width: columns of the terminal; where they do not suffice, the errors are left out, then the notes.
    """
    names = ("metric", [figure.name for figure in figures])
    notes = ["", *(figure.note for figure in figures)]
    for errors, noted in ((True, True), (False, True), (True, False), (False, False)):
        columns = [names, *_numbers(figures, errors=errors)]
        lines = [_GAP.join(cells).rstrip() for cells in zip(*(_aligned(*column) for column in columns), strict=True)]
        if noted:
            start = max(map(len, lines))
            lines = [f"{line:<{start}}{_GAP}{note}".rstrip() for line, note in zip(lines, notes, strict=True)]
        if max(map(len, lines)) <= width:
            break
    return lines


def _numbers(figures: Sequence[Figure], *, errors: bool) -> list[tuple[str, list[str]]]:
    places = [_places(figure) for figure in figures]
    samples = [_written(figure.value, count) for figure, count in zip(figures, places, strict=True)]
    spread = ["" if f.error is None else f"± {_written(f.error, n)}" for f, n in zip(figures, places, strict=True)]
    floors = ["" if f.floor is None else _written(f.floor, n) for f, n in zip(figures, places, strict=True)]
    columns = [("samples", samples), ("error", spread), ("real data", floors)]
    return [column for column in columns if column[0] != "error" or (errors and any(spread))]


def _places(figure: Figure) -> int:
    """Decimals of all numbers in a line: three figures of the largest, none of counts."""
    known = [abs(x) for x in (figure.value, figure.floor) if x is not None and math.isfinite(x)]
    if all(x == round(x) and (x > 1.0 or figure.name in _COUNTS) for x in known):
        return 0
    largest = max([x for x in known if x > 0.0], default=1.0)
    return min(_MOST_PLACES, max(0, _DIGITS - 1 - math.floor(math.log10(largest))))


_COUNTS = frozenset({"classes", "modes"})


def _written(value: float, places: int) -> str:
    if not math.isfinite(value):
        return "none" if math.isnan(value) else "infinite"
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0.0 else text


def _aligned(head: str, cells: Sequence[str]) -> list[str]:
    """A column under its head: names to the left, numbers by their points."""
    if head == "metric":
        width = max(map(len, (head, *cells)))
        return [f"{cell:<{width}}" for cell in (head, *cells)]
    parts = [len(cell) - cell.index(".") if "." in cell else 0 for cell in cells]
    behind = max(parts, default=0)
    # words end where numbers end, numbers stand by their points
    padded = [
        cell + " " * (behind - part if cell[-1:].isdigit() else 0) for cell, part in zip(cells, parts, strict=True)
    ]
    width = max(map(len, (head, *padded)))
    return [f"{cell:>{width}}" for cell in (head, *padded)]
