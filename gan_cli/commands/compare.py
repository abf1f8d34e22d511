"""`gan compare`: compare runs, with their spread over seeds, and draw the balance map."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from rich.console import Console

    from gan_cli.comparison.screen import Line

SCHEMA = "gan_cli.comparison.request.Request"
"""The signature against which `configs/compare.yaml` is checked."""

UNSEEN_WIDTH = 160
"""Columns of the output if it does not go to a terminal."""


def run(config: DictConfig) -> None:
    """Read the runs, print a table for each data set, and write the requested files."""
    from gan_cli.comparison.request import Request, answer
    from gan_cli.comparison.screen import screen
    from gan_cli.config.compose import plain_job
    from gan_cli.telemetry.terminal import result_console

    lists, written = answer(Request(**plain_job(config)))
    console = result_console()
    width = console.width if console.is_terminal or "COLUMNS" in os.environ else UNSEEN_WIDTH
    for place, found in enumerate(lists):
        if place:
            console.print()
        for line in screen(found, width):
            _print(console, line)
    for path in written:
        print(f"  {path}")


def _print(console: Console, line: Line) -> None:
    from rich.text import Text

    text = Text(f"{line.label}  " if line.label and line.text else line.label, style="bold")
    # a line that is longer than the screen is a path or a command, so only the terminal may break it
    console.print(text.append(line.text, style=line.style or "none"), soft_wrap=True)
