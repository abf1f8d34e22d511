"""How long a run still takes, from the steps that it has made; it never waits for the device."""

from __future__ import annotations

import time

from gan_cli.wording import duration

_STEPS, _SECONDS = 5, 1.0
"""What a first estimate needs after the first step: steps, and time, for a GPU is handed steps ahead of its work."""

_SLOW = 5.0
"""Seconds after which one more step is enough."""


class Pace:
    """Counts steps.

    Args:
        start: the step that the run goes on from.
        total: the step at which it ends.
    """

    def __init__(self, start: int, total: int) -> None:
        self._total = total
        self._step = start
        self._first: tuple[int, float] | None = None
        self._now = 0.0

    def count(self, step: int) -> None:
        """A step was made."""
        self._step, self._now = step, time.monotonic()
        if self._first is None:  # the first one prepares much that the others find done
            self._first = step, self._now

    @property
    def known(self) -> bool:
        """Whether there are enough steps for an estimate."""
        if self._first is None or self._step == self._first[0]:
            return False
        steps, seconds = self._step - self._first[0], self._now - self._first[1]
        return seconds >= _SLOW or (steps >= _STEPS and seconds >= _SECONDS)

    @property
    def step_seconds(self) -> float:
        """Of one step so far, with all that was done beside it; 0 before the second."""
        if self._first is None or self._step == self._first[0]:
            return 0.0
        return (self._now - self._first[1]) / (self._step - self._first[0])

    @property
    def left(self) -> str:
        """Time to the end, in words; empty at the end, and while nobody can know."""
        seconds = self.step_seconds * (self._total - self._step)
        return f"{duration(seconds)} left" if seconds > 0 else ""
