"""The progress line of a sweep, and the closing block at its end."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gan_cli.errors import printable
from gan_cli.run_status import ENDED, FINISHED
from gan_cli.telemetry.closing_block import add_rows, shortest
from gan_cli.telemetry.terminal import has_terminal, say, shared_console
from gan_cli.wording import duration

if TYPE_CHECKING:
    from rich.status import Status


class SweepLine:
    """The progress line of a sweep: `depths: 12 of 48 done, 2 running, 1 failed, 6 min 3 s left`.

    On a terminal the line is updated in place; elsewhere it is printed whenever a job ends. If the jobs run one after
    another in this process, it is not shown, because each job prints a line of its own.

    Args:
        name: name of the sweep.
        turns: whether the jobs run one after another in this process, each with its own display.
    """

    def __init__(self, name: str, *, turns: bool) -> None:
        self._name = name
        self._turns = turns
        self._told = 0
        self._status: Status | None = None

    def begin(self, folder: Path, total: int) -> None:
        """Print the number of runs, the sweep folder and the command to view it."""
        place = shortest(folder)
        runs = f"{total} run{'s' * (total > 1)}"
        say(f"{self._name}: {runs} in {place}; look: tensorboard --logdir {shlex.quote(place)}", whole=True)

    def show(self, counts: Mapping[str, int], seconds_left: float | None) -> None:
        """Show the progress.

        Args:
            counts: number of points that are done, running, failed and waiting.
            seconds_left: estimated remaining seconds; None if not known.
        """
        if self._turns:
            return
        text = self._text(counts, seconds_left)
        if has_terminal():
            if self._status is None:
                self._status = shared_console().status(text)
                self._status.start()
            self._status.update(text)
        elif (ended := counts["done"] + counts["failed"]) > self._told:
            self._told = ended
            say(text)

    def close(self) -> None:
        """Remove the line from the screen."""
        if self._status is not None:
            self._status.stop()

    def _text(self, counts: Mapping[str, int], seconds_left: float | None) -> str:
        parts = [f"{self._name}: {counts['done']} of {sum(counts.values())} done"]
        parts += [f"{counts[name]} {name}" for name in ("running", "failed") if counts[name]]
        if seconds_left is not None and counts["running"] + counts["waiting"]:
            parts.append(f"{duration(seconds_left)} left")
        return ", ".join(parts)


def print_end(
    folder: Path, rows: Sequence[tuple[str, str, str]], seconds: float, more: Sequence[tuple[str, str]] = ()
) -> None:
    """Print the closing block of a sweep to stderr.

    Args:
        folder: the sweep folder.
        rows: name, status and reason of each point.
        seconds: wall-clock time of this command.
        more: further lines, each with its label.
    """
    from rich.text import Text

    counts = Counter(status for _, status, _ in rows)
    told = ", ".join(f"{number} {status}" for status, number in counts.most_common())
    block = Text("\n").append(f"{printable(folder.name)}: {told}, {duration(seconds)}\n", style="bold")
    for name, status, reason in rows:
        if status in FINISHED:
            continue
        block.append(f"  {status:<12}", style="red").append(f"{printable(name)}\n")
        if reason:
            block.append(f"{'':<14}{printable(' '.join(reason.split()))}\n", style="dim")
    if not set(counts) <= ENDED:
        block.append("  the same command goes on with what is not finished\n", style="dim")
    place = shlex.quote(shortest(folder))
    lines = [*more, ("compare", f"gan compare {place}"), ("look", f"tensorboard --logdir {place}")]
    add_rows(block, lines, shared_console().width if has_terminal() else None)
    block.right_crop(1)
    shared_console().print(block, soft_wrap=True)
