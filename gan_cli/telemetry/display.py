"""The live display on a terminal: a bar, and below it the newest figures."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from gan_cli.telemetry import words
from gan_cli.telemetry.base import RunInfo

# drawing takes time from training on a machine with few cores
_FRAMES_PER_SECOND = 4
_PACE_WINDOW = 30.0


class Display:
    """Draws itself from its own thread until it is closed; log messages pass above it."""

    def __init__(self, console: Console, run: RunInfo) -> None:
        self._figures = Text("  waiting for the first figures", style="dim")
        self._verdict = Text("")
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=None, complete_style="cyan", finished_style="cyan"),
            _Steps(),
            _TimeLeft(),
            console=console,
            auto_refresh=False,
            expand=True,
            speed_estimate_period=_PACE_WINDOW,
        )
        self._task = self._progress.add_task(run.name, total=run.total_steps, completed=run.start_step)
        self._live = Live(
            console=console, get_renderable=self._render, refresh_per_second=_FRAMES_PER_SECOND, transient=True
        )
        self._live.start()

    def move(self, step: int) -> None:
        """The bar stands at `step`."""
        self._progress.update(self._task, completed=step)

    def show(self, step: int, values: Mapping[str, float], verdict: str) -> None:
        """The figures of `step`, and who is winning."""
        self.move(step)
        self._figures = Text("  " + "   ".join(words.figures(values)), overflow="ellipsis", no_wrap=True)
        self._verdict = Text(f"  {verdict}", style="bold", overflow="ellipsis", no_wrap=True)

    def close(self) -> None:
        """Take the display off the screen and the terminal's cursor back."""
        self._live.stop()

    def _render(self) -> RenderableType:
        return Group(self._progress, self._figures, self._verdict)


class _Steps(ProgressColumn):
    """How far: 1,240/4,000."""

    def render(self, task: Task) -> Text:
        return Text(f"{int(task.completed):,}/{int(task.total or 0):,}")


class _TimeLeft(ProgressColumn):
    """How long still, at the pace of the last half minute."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        left = task.time_remaining
        return Text("" if left is None else f"{words.duration(left)} left", style="dim")
