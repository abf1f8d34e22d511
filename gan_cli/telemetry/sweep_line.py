"""One line that says how a sweep goes, and the closing block at its end."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gan_cli.telemetry.closing_block import shortest
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
