"""A cure on the screen: its table, and below it what helped and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_cli.cure.report import findings, lines, reasons
from gan_cli.telemetry.closing_block import add_rows
from gan_cli.wording import on_one_line, wrapped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from gan_cli.cure.cure import Cure


def show(cure: Cure, console: Console) -> None:
    """Print a cure."""
    from rich.text import Text

    console.print(_fitting(cure, console))
    for reason in reasons(cure):
        for part in wrapped(on_one_line(reason), console.width, indent="  "):
            console.print(Text(part, style="dim"), soft_wrap=True)
    block = Text("\n")
    add_rows(block, findings(cure), console.width)
    block.right_crop(1)
    console.print(block, soft_wrap=True)


def _fitting(cure: Cure, console: Console) -> Table:
    """Return the table in the roomiest form that fits the screen, else the narrowest one."""
    unlimited = console.options.update(width=_UNLIMITED)
    tables = (_table(cure, *form) for form in _FORMS)
    for table in tables:
        if console.measure(table, options=unlimited).maximum <= console.width:
            break
    return table


_UNLIMITED = 10_000
_FORMS = ((" ", " ", 5), ("\n  ", " ", 5), ("\n  ", "\n", 5), ("\n  ", "\n", 4), ("\n  ", "\n", 3))
"""What is between the overrides of an attempt and between the words of a verdict, and the number of columns."""


def _table(cure: Cure, between_overrides: str, between_words: str, columns: int) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    by = cure.standing.by
    figure = "" if by is None else by.name.replace("_", "_\n" if "\n" in between_overrides else "_")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("attempt", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for heading in (figure, "steps", "time")[: columns - 2]:
        table.add_column(heading, justify="right", no_wrap=True)
    for line in lines(cure):
        name = between_overrides.join(map(on_one_line, line.name))
        cells = (name, line.verdict.replace(" ", between_words), line.figure, line.steps, line.time)
        table.add_row(*(Text(cell, style="bold" if line.best else "") for cell in cells[:columns]))
    return table
