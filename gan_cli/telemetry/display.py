"""The live display on a terminal: a progress bar, and below it the newest values, the verdict and overrides to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from gan_cli import wording
from gan_cli.telemetry.base import RunInfo

# on a machine with few cores, drawing slows training down
_FRAMES_PER_SECOND = 4
_PACE_WINDOW = 30.0
_BAR_FROM = 60
"""Minimum width of the terminal, in columns, at which the bar fits beside the name, the steps and the time."""


class Display:
    """A display that redraws itself from its own thread until it is closed; log messages appear above it."""

    def __init__(self, console: Console, run: RunInfo) -> None:
        self._console, self._run = console, run
        self._lines: list[tuple[str, str]] = [("waiting for the first figures", "dim")]
        bar = [BarColumn(bar_width=None, complete_style="cyan", finished_style="cyan")]
        self._progress = Progress(
            TextColumn(
                "{task.fields[name]}", style="bold", markup=False, table_column=Column(no_wrap=True, overflow="fold")
            ),
            *(bar if console.width >= _BAR_FROM else []),
            _Steps(),
            _TimeLeft(),
            console=console,
            auto_refresh=False,
            expand=True,
            speed_estimate_period=_PACE_WINDOW,
        )
        name = run.name if run.turn is None else f"{run.turn.number} of {run.turn.of}"
        self._task = self._progress.add_task("", name=name, total=run.total_steps, completed=run.start_step)
        self._live = Live(
            console=console, get_renderable=self._render, refresh_per_second=_FRAMES_PER_SECOND, transient=True
        )
        self._live.start()

    def move(self, step: int) -> None:
        """Move the bar to `step`."""
        self._progress.update(self._task, completed=step)

    def show(self, step: int, values: Mapping[str, float], verdict: str, advice: Sequence[str] = ()) -> None:
        """Show the values of `step`, the verdict, and overrides to try."""
        self.move(step)
        tries = [(f"try {override}", "") for override in advice]
        self._lines = [("   ".join(wording.figures(values)), ""), (verdict, "bold"), *tries]

    def close(self) -> None:
        """Remove the display from the screen and restore the cursor."""
        self._live.stop()

    def _render(self) -> RenderableType:
        """Return the bar and the lines below it, broken between words to fit the present width of the window."""
        point = [] if self._run.turn is None else [(self._run.turn.point, "dim")]
        room = max(1, self._console.width - 2)
        told = [
            Text(f"  {part}", style=style, no_wrap=True, overflow="fold")
            for text, style in [*point, *self._lines]
            for part in wording.wrapped(wording.on_one_line(text), room)
        ]
        return Group(self._progress, *told)


class _Steps(ProgressColumn):
    """The column of the steps so far: 1,240/4,000."""

    def render(self, task: Task) -> Text:
        return Text(f"{int(task.completed):,}/{int(task.total or 0):,}")


class _TimeLeft(ProgressColumn):
    """The column of the remaining time, from the speed of the last half minute."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        left = task.time_remaining
        return Text("" if left is None else f"{wording.duration(left)} left", style="dim")
