"""How many jobs run at a time on one machine, and which GPU each of them takes."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from pathlib import Path
from typing import IO, Annotated, Literal

import torch
from annotated_types import Ge

from gan_cli.disk.writing import append_to
from gan_cli.memory import free_memory

Workers = Annotated[int, Ge(1)] | Literal["auto"]

BYTES_EACH = 3 * 2**29
"""Memory that one job is counted with: torch, a data set of a few hundred megabytes and two small networks."""

_held: IO[bytes] | None = None
"""The slot of this process; the system gives it back when the process ends."""


def count_workers(asked: Workers) -> int:
    """Jobs at a time: what was asked for, or as many as there are GPUs or else cores, and memory for."""
    if asked != "auto":
        return asked
    places = torch.cuda.device_count() or len(os.sched_getaffinity(0))
    return max(1, min(places, free_memory() // BYTES_EACH))


def take_device(sweep: Path) -> None:
    """Make `cuda` mean a GPU of its own to this process of a sweep; nothing happens where there is but one or none.

    The first free slot of this machine is taken and kept while the process lives, so that jobs which end at different
    times never crowd one GPU.
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
    """Start the process by which joblib tidies up such that a terminal that goes away does not end it.

    It is deaf to SIGINT and SIGTERM by itself; were it to die of a SIGHUP to the whole group, it would be started anew
    and fill the screen with what it does not know.
    """
    from joblib.externals.loky.backend import resource_tracker

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # this is inherited, a handler is not
    try:
        resource_tracker.ensure_running()
    finally:
        signal.signal(signal.SIGHUP, before)
