"""The table of results in the terminal: rounded, aligned numbers beside the results of real data."""

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
    """One line of the table.

    Attributes:
        name: name of the result.
        value: the result for the samples.
        better: which way it improves: low, high, real or none.
        error: its standard error, or None.
        floor: the result for equally many other real samples, or None.
    """

    name: str
    value: float
    better: str
    error: float | None = None
    floor: float | None = None

    @property
    def is_count(self) -> bool:
        """Whether the result counts something, so that it has no decimals."""
        return self.name in _COUNTS

    @property
    def reached(self) -> bool:
        """Whether the result is as good as real data, up to its error. If low is better, floors below 0 count as 0."""
        if self.floor is None or self.better not in _REACHED:
            return False
        error = self.error or 0.0
        if self.better == "low":
            return self.value <= max(self.floor, 0.0) + error
        return self.value >= self.floor - error

    @property
    def note(self) -> str:
        """Text for the last column: as good as real data, or which way the result improves."""
        return _REACHED[self.better] if self.reached else _WAYS[self.better]


def quality_table(figures: Sequence[Figure], width: int) -> list[str]:
    """Return the lines of a table that fits the terminal: a header and one line per figure.

    Args:
        figures: at least one figure.
        width: columns of the terminal. If they are too few, the errors, the notes or both are left out.
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
    """Number of decimals in a line: three significant digits of its largest number, no decimals for counts."""
    known = [abs(x) for x in (figure.value, figure.floor) if x is not None and math.isfinite(x)]
    if all(x == round(x) and (x > 1.0 or figure.is_count) for x in known):
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
    """Return a column with its header: names aligned left, numbers aligned at their decimal points."""
    if head == "metric":
        width = max(map(len, (head, *cells)))
        return [f"{cell:<{width}}" for cell in (head, *cells)]
    parts = [len(cell) - cell.index(".") if "." in cell else 0 for cell in cells]
    behind = max(parts, default=0)
    # numbers are aligned at their decimal points, words at the right edge
    padded = [
        cell + " " * (behind - part if cell[-1:].isdigit() else 0) for cell, part in zip(cells, parts, strict=True)
    ]
    width = max(map(len, (head, *padded)))
    return [f"{cell:>{width}}" for cell in (head, *padded)]
