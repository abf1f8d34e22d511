"""Time on a device: work on a GPU has ended only when the host has waited for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def finished(device: torch.device) -> float:
    """Wait until the device has finished, and return the time in seconds since some fixed moment."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


class PhaseClock:
    """Adds up the time of each phase of a step. Inside a phase, the time of an inner one does not count for the outer.

    The clock waits for the device wherever a phase begins or ends, so the phases of a step on a GPU take longer than
    the step alone.

    Args:
        device: the device that does the work.

    Attributes:
        seconds: total time by phase.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._phase: str | None = None
        self._since = 0.0
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time of the block for a phase."""
        outer = self._phase
        self._enter(name)
        try:
            yield
        finally:
            self._enter(outer)

    def _enter(self, phase: str | None) -> None:
        now = finished(self._device)
        if self._phase is not None:
            self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = phase, now
