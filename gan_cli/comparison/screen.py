"""Show a comparison on a screen of any width: as a table, as a table with fewer columns, or as one card per group.

No word is cut. Only paths and commands may be longer than the screen. The terminal wraps them, so that the user can
copy them whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len

from gan_cli.comparison.compare import Comparison
from gan_cli.comparison.table import SPREAD, Column, best, columns, findings, folders, heading, status_text
from gan_cli.wording import on_one_line, wrapped

METRICS = 3
"""How many further metrics the screen shows; the files contain all."""

_GAP = "  "
_WHOLE = frozenset({"best run", "sample"})
"""Labels of lines that are never wrapped, so that the user can copy them."""

Style = Literal["", "bold", "dim"]


@dataclass(frozen=True)
class Line:
    """A line of the screen.

    Attributes:
        text: the text of the line.
        style: the style of the text.
        label: a bold label in front of the text.
    """

    text: str
    style: Style = ""
    label: str = ""


def screen(found: Comparison, width: int) -> Iterator[Line]:
    """Yield all lines for the runs on one data set, each at most `width` columns, except paths and commands."""
    yield from (Line(part, "bold") for part in wrapped(on_one_line(heading(found)), width))
    yield Line("")
    numbers = Column("", [f"{place}" for place in range(1, len(found.groups) + 1)])
    listed = [numbers, *columns(found, metrics=METRICS, reasons=False)]
    fitting = _fitting(listed, width)
    if fitting is None:
        yield from _cards([numbers, *columns(found, metrics=METRICS)], folders(found), width)
    else:
        yield from _table(fitting)
        yield Line("")
        yield from _places(found, width)
        yield Line("")
    hidden = [] if fitting is None else [column.title for column in listed if column not in fitting]
    hidden += [measure.name for measure in found.measures[METRICS + 1 :]]
    notes = [SPREAD, *([f"not shown: {', '.join(hidden)}; csv=, markdown= and json= hold all"] if hidden else [])]
    yield from (Line(part, "dim") for note in notes for part in wrapped(on_one_line(note), width))
    for label, text in (*best(found), *findings(found)):
        yield from _said(label, on_one_line(text), width)


def _places(found: Comparison, width: int) -> Iterator[Line]:
    """Yield the folder of each row, and the reasons why runs of it have no result."""
    for place, (folder, group) in enumerate(zip(folders(found), found.groups, strict=True), 1):
        yield Line(f"{place:>3}  {on_one_line(folder)}")
        if group.reasons:
            yield from (Line(f"     {part}", "dim") for part in wrapped(on_one_line(status_text(group)), width - 5))


def _said(label: str, text: str, width: int) -> Iterator[Line]:
    """Yield a label with its text, wrapped to the width."""
    if label in _WHOLE:
        yield Line(text, label=label)
        return
    first, *others = wrapped(f"{label}{_GAP}{text}", width, indent=_GAP)
    yield Line(first.removeprefix(label).lstrip(" "), label=label)
    yield from (Line(part) for part in others)


def _fitting(listed: Sequence[Column], width: int) -> list[Column] | None:
    """Return the columns that fit after dropping columns with a `spare` above 0; None if the others do not fit."""
    kept = list(listed)
    while sum(map(_slimmest, kept)) + len(_GAP) * (len(kept) - 1) > width:
        spared = max(kept, key=lambda column: column.spare)
        if spared.spare == 0:
            return None
        kept.remove(spared)
    return kept


def _head(column: Column) -> list[str]:
    """Return a title as lines that break before its dots."""
    first, *others = on_one_line(column.title).split(".")
    return [first, *(f".{part}" for part in others)]


def _slimmest(column: Column) -> int:
    """The smallest width of a column in which its cells and its title are not cut."""
    return max(map(cell_len, (*_head(column), *map(on_one_line, column.cells))))


def _table(kept: Sequence[Column]) -> Iterator[Line]:
    widths = [_slimmest(column) for column in kept]
    heads = [_head(column) for column in kept]
    deepest = max(map(len, heads))
    rows = zip(*([""] * (deepest - len(head)) + head for head in heads), strict=True)
    yield from (Line(_row(row, kept, widths), "bold") for row in rows)
    yield Line("-" * (sum(widths) + len(_GAP) * (len(kept) - 1)), "dim")
    for place in range(len(kept[0].cells)):
        yield Line(_row([on_one_line(column.cells[place]) for column in kept], kept, widths))


def _row(cells: Sequence[str], kept: Sequence[Column], widths: Sequence[int]) -> str:
    padded = (
        " " * (wide - cell_len(cell)) + cell if column.figures else cell + " " * (wide - cell_len(cell))
        for cell, column, wide in zip(cells, kept, widths, strict=True)
    )
    return _GAP.join(padded).rstrip()


def _cards(listed: Sequence[Column], places: Sequence[str], width: int) -> Iterator[Line]:
    """Yield a block for each group, with one line per value that it has, and the label in front."""
    for place, folder in enumerate(places):
        for column in listed:
            cell = on_one_line(column.cells[place])
            if column.title and cell:
                yield from _said(on_one_line(column.title), cell, width)
            elif cell:
                yield Line("", label=f"{cell}.")
        yield Line(on_one_line(folder), label="folder")
        yield Line("")
