"""An estimate of the remaining time of a run from its steps so far; it never waits for the device."""

from __future__ import annotations

import time

from gan_cli.wording import duration

_STEPS, _SECONDS = 5, 1.0
"""Steps and seconds after the first step that an estimate needs, because steps are queued on a GPU before they run."""

_SLOW = 5.0
"""Seconds after the first step from which one further step is enough for an estimate."""


class Pace:
    """A counter of steps that estimates the time to the end.

    Args:
        start: the step at which the run starts or resumes.
        total: the step at which it ends.
    """

    def __init__(self, start: int, total: int) -> None:
        self._total = total
        self._step = start
        self._first: tuple[int, float] | None = None
        self._now = 0.0

    def count(self, step: int) -> None:
        """Note that `step` was just finished."""
        self._step, self._now = step, time.monotonic()
        if self._first is None:  # not counted: the first step includes one-time preparations
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
        """Mean seconds per step so far, including readings and pictures; 0 before the second step."""
        if self._first is None or self._step == self._first[0]:
            return 0.0
        return (self._now - self._first[1]) / (self._step - self._first[0])

    @property
    def left(self) -> str:
        """Remaining time in words; empty at the end, and before the second step."""
        seconds = self.step_seconds * (self._total - self._step)
        return f"{duration(seconds)} left" if seconds > 0 else ""
