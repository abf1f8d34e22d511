"""How many CPU cores other processes leave free (Linux). This module does not load torch."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gan_cli.control_groups import own_groups

_COUNTERS = Path("/proc/stat")
_BUSY = (0, 1, 2, 5, 6, 7)
"""Columns of /proc/stat that count as busy: user, nice, system, interrupts of two kinds, time that a hypervisor took.

Processes that were started with `nice` count too: beside one on each core, two threads of ours are several times slower
than one.
"""


@dataclass(frozen=True)
class CoreTime:
    """Counters at one moment, in seconds.

    Attributes:
        at: time of the monotonic clock.
        busy: time that the cores of this process were busy, with any process, since the machine started.
        own: time that this process kept cores busy.
    """

    at: float
    busy: float
    own: float


def core_time() -> CoreTime | None:
    """Return the counters of now; None where the system does not count them."""
    cores = allowed_cores()
    try:
        lines = _COUNTERS.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    ticks = 0
    for line in lines:
        name, *counts = line.split()
        if name.startswith("cpu") and name[3:].isdigit() and int(name[3:]) in cores:
            ticks += sum(int(counts[column]) for column in _BUSY)
    return CoreTime(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"), time.process_time())


def free_cores(since: CoreTime, until: CoreTime) -> float:
    """Return how many cores other processes left free on average between two moments, those of our own use included."""
    seconds = until.at - since.at
    others = (until.busy - since.busy) - (until.own - since.own)
    return len(allowed_cores()) - max(others, 0.0) / seconds


def allowed_cores() -> set[int]:
    """Return the numbers of the cores that this process may use."""
    return os.sched_getaffinity(0)


def most_cores() -> float:
    """Return how many cores this process may keep busy at a time, within the limits of its control groups."""
    return min([len(allowed_cores()), *_quotas()])


def _quotas() -> Iterator[float]:
    for group in own_groups():
        with contextlib.suppress(OSError, ValueError):
            quota, period = (group / "cpu.max").read_text().split()
            yield int(quota) / int(period)  # "max" if there is no limit, which raises ValueError


SHORTEST = 0.5
"""Seconds over which free cores are measured, at least: the counters count hundredths of a second."""

_begun: CoreTime | None = None


def begin() -> None:
    """Take the counters at the start of a command."""
    global _begun
    _begun = core_time()


def free_since_beginning() -> float:
    """Return how many cores other processes have left free since the start of the command, as far as it is known."""
    now = core_time()
    if _begun is None or now is None or now.at - _begun.at < SHORTEST:
        return most_cores()
    return min(free_cores(_begun, now), most_cores())


def at_beginning() -> CoreTime | None:
    """Return the counters at the start of the command; None if there was none, or the system does not count."""
    return _begun
