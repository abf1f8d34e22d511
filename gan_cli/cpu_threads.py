"""The number of CPU threads of torch's operations, chosen by what other processes leave free."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch

from gan_cli.processors import SHORTEST, CoreTime, at_beginning, core_time, free_cores, most_cores

log = logging.getLogger(__name__)

SLOW = 0.6
"""Share of the best speed below which the number of threads is chosen again."""

BETWEEN = 2.0
"""Seconds between two looks at the free cores of a run that has started, at least."""

USUAL = torch.get_num_threads()
"""The number that torch chooses when it is loaded."""

CHOSEN_BY_USER = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables by which users, torchrun and launchers choose the number."""


class CpuThreads:
    """Chooses the number of threads when a run starts, and again when it has become slow or cores have become free.

    The threads of an operation wait for each other. So one thread that shares its core with another process makes all
    of them wait, and fewer threads are several times faster than one per core. The number of threads changes the
    rounding of sums, so it is kept in checkpoints: a resumed run starts with the number that it had.

    Args:
        fixed: whether the number stays as it is.
        measure: returns the counters of the cores.
    """

    def __init__(self, *, fixed: bool, measure: Callable[[], CoreTime | None] = core_time) -> None:
        self._fixed = fixed or any(name in os.environ for name in CHOSEN_BY_USER)
        self._measure = measure
        self._since = at_beginning()
        self._most = _most_threads()
        self._best = 0.0
        self._room_before = False

    def choose(self) -> None:
        """Choose the number for a run that starts, by what was free since the command started."""
        free = self._free(at_least=SHORTEST)
        torch.set_num_threads(USUAL) if free is None else self._set(round(free))

    def after_reading(self, speed: float) -> None:
        """Choose again if the run has become slow, or if more cores have been free for two readings.

        Args:
            speed: samples per second since the last reading.
        """
        free = self._free(at_least=BETWEEN)
        if free is None:
            return
        slow, self._best = speed < SLOW * self._best, max(speed, self._best)
        now, wanted = torch.get_num_threads(), min(max(round(free), 1), self._most)
        room, self._room_before = self._room_before and wanted > now, wanted > now
        if (slow and wanted < now) or room:
            self._set(wanted)
            self._best = 0.0
            log.info("%s: other processes leave %.1f cores free", in_words(wanted), free)

    def _free(self, at_least: float) -> float | None:
        """Return the cores that were free since the last call that returned a number; None if that is too recent."""
        now = None if self._fixed else self._measure()
        if now is None or self._since is None or now.at - self._since.at < at_least:
            return None
        free, self._since = free_cores(self._since, now), now
        return free

    def _set(self, count: int) -> None:
        torch.set_num_threads(min(max(count, 1), self._most))

    @property
    def fewer(self) -> bool:
        """Whether there are fewer threads than on a machine with nothing else to do."""
        return not self._fixed and torch.get_num_threads() < self._most

    @property
    def description(self) -> str:
        """The present number in words, and how to choose another one if it is not the usual one."""
        why = f" of {self._most}, because other processes are busy; runtime.threads={self._most} would use them all"
        return in_words(torch.get_num_threads()) + (why if self.fewer else "")

    def state_dict(self) -> dict[str, Any]:
        """Return the number of threads and the best speed so far."""
        return {"count": torch.get_num_threads(), "best": self._best}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on with the number of a checkpoint, as far as this machine has it."""
        if not self._fixed:
            self._set(int(state["count"]))
            self._best = float(state["best"])


@cache
def _most_threads() -> int:
    return max(1, min(USUAL, round(most_cores())))


def in_words(count: int) -> str:
    """Return a number of threads in words."""
    return "1 CPU thread" if count == 1 else f"{count} CPU threads"
