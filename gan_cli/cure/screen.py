"""A cure on the screen: its table, and below it what helped and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_cli.cure.report import Line, findings, lines, reasons
from gan_cli.telemetry.closing_block import add_rows
from gan_cli.wording import on_one_line, wrapped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from gan_cli.cure.cure import Cure

ROOMY = 110
"""From this width on, names and verdicts are on one line each."""


def show(cure: Cure, console: Console) -> None:
    """Print a cure."""
    from rich.text import Text

    console.print(_table(cure, roomy=console.width >= ROOMY))
    for reason in reasons(cure):
        for part in wrapped(on_one_line(reason), console.width, indent="  "):
            console.print(Text(part, style="dim"), soft_wrap=True)
    block = Text("\n")
    add_rows(block, findings(cure), console.width)
    block.right_crop(1)
    console.print(block, soft_wrap=True)


def _table(cure: Cure, *, roomy: bool) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    by = cure.standing.by
    figure = "" if by is None else by.name
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 2, 0, 0), show_edge=False, pad_edge=False, header_style="bold")
    table.add_column("attempt", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for name in (figure if roomy else figure.replace("_", "_\n"), "steps", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in lines(cure):
        cells = (_name(line, roomy=roomy), line.verdict if roomy else line.verdict.replace(" ", "\n"))
        texts = [Text(cell, style="bold" if line.best else "") for cell in (*cells, line.figure, line.steps, line.time)]
        table.add_row(*texts)
    return table


def _name(line: Line, *, roomy: bool) -> str:
    return (" " if roomy else "\n  ").join(map(on_one_line, line.name))
