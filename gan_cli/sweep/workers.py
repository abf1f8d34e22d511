"""How many jobs run at a time on one machine, and which GPU each of them uses."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from pathlib import Path
from typing import IO, Annotated, Literal

import torch
from annotated_types import Ge

from gan_cli.cpu_threads import CHOSEN_BY_USER
from gan_cli.disk.writing import append_to
from gan_cli.memory import free_memory
from gan_cli.processors import free_since_beginning

Workers = Annotated[int, Ge(1)] | Literal["auto"]

BYTES_EACH = 3 * 2**29
"""Bytes of memory assumed per job: torch, a data set of a few hundred megabytes and two small networks."""

SHARING_A_GPU = 8
"""Number of jobs at a time in one process on one GPU, unless it is given."""

_held: IO[bytes] | None = None
"""The slot file that this process has locked. The system releases it when the process ends."""


def count_workers(asked: Workers) -> int:
    """Number of jobs at a time: the given number, or one per GPU, or else per core, as memory allows."""
    if asked != "auto":
        return asked
    places = torch.cuda.device_count() or len(os.sched_getaffinity(0))
    return max(1, min(places, free_memory() // BYTES_EACH))


def divide_threads(workers: int) -> None:
    """Give each of several jobs an equal part of the free cores, at least one thread; a number that was set stays."""
    if workers > 1:
        each = str(max(1, round(free_since_beginning()) // workers))
        for name in CHOSEN_BY_USER:
            os.environ.setdefault(name, each)


def take_device(sweep: Path) -> None:
    """Make `cuda` mean a separate GPU in this process of a sweep. Does nothing if there are fewer than two GPUs.

    The process locks the first free slot of this machine until it ends. So jobs that end at different times do not
    gather on one GPU.
    """
    global _held
    gpus = torch.cuda.device_count()
    if gpus < 2 or _held is not None:
        return
    slot = 0
    while _held is None:
        file = append_to(sweep / f".slot-{socket.gethostname()}-{slot}")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _held = file
        except BlockingIOError:
            file.close()
            slot += 1
    torch.cuda.set_device(slot % gpus)


def start_tracker() -> None:
    """Start joblib's cleanup process so that it ignores SIGHUP and survives a closed terminal.

    It ignores SIGINT and SIGTERM by itself. If a SIGHUP to the whole group ended it, joblib would start it again, and
    the new process would print many warnings about resources that it does not know.
    """
    from joblib.externals.loky.backend import resource_tracker

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # inherited by the new process, unlike a handler
    try:
        resource_tracker.ensure_running()
    finally:
        signal.signal(signal.SIGHUP, before)
