"""One line that says how a sweep goes, and the closing block at its end."""

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
    """`depths: 12 of 48 done, 2 running, 1 failed, 6 min 3 s left`.

    On a terminal the line stays and changes; elsewhere it is printed whenever a job ends. Where the jobs take turns in
    this process each of them says a line of its own, and this one is silent.

    Args:
        name: of the sweep.
        turns: whether the jobs take turns in this process, with a display each.
    """

    def __init__(self, name: str, *, turns: bool) -> None:
        self._name = name
        self._turns = turns
        self._told = 0
        self._status: Status | None = None

    def begin(self, folder: Path, total: int) -> None:
        """Say how many runs there will be, where they lie and how to look at them."""
        place = shortest(folder)
        runs = f"{total} run{'s' * (total > 1)}"
        say(f"{self._name}: {runs} in {place}; look: tensorboard --logdir {shlex.quote(place)}", whole=True)

    def show(self, counts: Mapping[str, int], seconds_left: float | None) -> None:
        """Tell how it stands.

        Args:
            counts: points that are done, running, failed and waiting.
            seconds_left: None while nobody knows.
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
        """Take the line off the screen."""
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
    """Print it to stderr.

    Args:
        folder: of the sweep.
        rows: name, status and reason of each point.
        seconds: of this command.
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
