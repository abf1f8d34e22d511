"""`gan compare`: runs side by side, with their spread over seeds, and the balance map."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from rich.console import Console
    from rich.table import Table

    from gan_cli.comparison.compare import Comparison

SCHEMA = "gan_cli.comparison.request.Request"
"""The signature that `configs/compare.yaml` is held against."""

UNSEEN_WIDTH = 160
"""Columns where there is no terminal to ask."""

_METRICS = 3
"""Further metrics that the screen shows; the files hold all."""


def run(config: DictConfig) -> None:
    """Read the runs, print a table, write what is asked for."""
    from rich.console import Console

    from gan_cli.comparison.request import Request, answer
    from gan_cli.config.compose import plain_job

    found, written = answer(Request(**plain_job(config)))
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = UNSEEN_WIDTH
    _print(found, console)
    for path in written:
        print(f"  {path}")


def _print(found: Comparison, console: Console) -> None:
    from rich.markup import escape

    from gan_cli.comparison.table import SPREAD, findings, heading

    console.print(f"[bold]{escape(heading(found))}[/bold]\n")
    console.print(_table(found))
    console.print(f"\n[dim]{SPREAD}[/dim]")
    hidden = [measure.name for measure in found.measures[_METRICS + 1 :]]
    if hidden:
        console.print(f"[dim]not shown: {escape(', '.join(hidden))}; csv=, markdown= and json= hold all[/dim]")
    for name, said in findings(found):
        console.print(f"[bold]{escape(name)}[/bold]  {escape(said)}")


def _table(found: Comparison) -> Table:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from gan_cli.comparison.table import columns

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    listed = columns(found, metrics=_METRICS)
    for column in listed:
        title = escape(column.title.replace(".", "\n."))
        table.add_column(title, justify="right" if column.figures else "left", no_wrap=column.figures)
    for cells in zip(*(column.cells for column in listed), strict=True):
        table.add_row(*map(escape, cells))
    return table
