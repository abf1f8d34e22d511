"""Measure the free memory of this machine and refuse work that does not fit. This module does not load torch."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from gan_cli.control_groups import own_groups
from gan_cli.shortage import MemoryNeededError, size_in_words

FLOAT = 4
"""Bytes of one float32 value."""

_OWN_STATUS = Path("/proc/self/status")
_RECLAIMABLE = ("inactive_file", "active_file")
"""File cache that a control group counts as used, although the system can free it at any time."""


def refuse_beyond(needed: float) -> None:
    """Raise an error if more memory is needed than is free.

    Linux grants memory that it does not have and kills the process later without a message. This check runs first.

    Args:
        needed: a lower bound in bytes, so that nothing that could work is refused.

    Raises:
        MemoryNeededError: less memory is free.
    """
    free = free_memory()
    if needed > free:
        raise MemoryNeededError(f"at least {size_in_words(needed)} are needed, {size_in_words(max(free, 0))} are free")


def free_memory() -> int:
    """Return the bytes that are still available on this machine, within the limits of our control groups (Linux)."""
    return min([_of_machine(), *_of_groups()])


def peak_memory() -> int:
    """Return the largest memory in bytes that this process has used so far.

    On Linux the system's `ru_maxrss` of a new process starts at that of the process which started it, so it is used
    only on other systems.
    """
    with contextlib.suppress(OSError, StopIteration):
        lines = _OWN_STATUS.read_text(encoding="utf-8").splitlines()
        line = next(line for line in lines if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024


def _of_machine() -> int:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable:"))
        return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _of_groups() -> Iterator[int]:
    """Yield the free bytes of each control group of this process; a group without a limit yields nothing."""
    for folder in own_groups():
        with contextlib.suppress(OSError, ValueError):
            limit = int((folder / "memory.max").read_text())  # "max" if there is no limit, which raises ValueError
            pages = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            cached = sum(int(pages.get(kind, 0)) for kind in _RECLAIMABLE)
            yield limit - int((folder / "memory.current").read_text()) + cached
