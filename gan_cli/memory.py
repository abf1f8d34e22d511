"""Memory of this machine that is free, and the refusal of what cannot fit into it; nothing here loads torch."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from gan_cli.shortage import MemoryNeededError, size_in_words

FLOAT = 4
"""Bytes of a value in float32."""

_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")
_RECLAIMABLE = ("inactive_file", "active_file")
"""Pages of files that a control group counts as used though the system gives them up when asked."""


def refuse_beyond(needed: float) -> None:
    """Refuse what needs more memory than there is.

    Linux grants memory that it does not have and ends the process later, without a word; this says so before.

    Args:
        needed: bytes, at the least: nothing that could work may be refused.

    Raises:
        MemoryNeededError: less is free.
    """
    free = free_memory()
    if needed > free:
        raise MemoryNeededError(f"at least {size_in_words(needed)} are needed, {size_in_words(max(free, 0))} are free")


def free_memory() -> int:
    """Bytes that new processes can have: of the machine, within the limits of our control groups (Linux)."""
    return min([_of_machine(), *_of_groups()])


def _of_machine() -> int:
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        line = next(line for line in lines if line.startswith("MemAvailable:"))
        return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _of_groups() -> Iterator[int]:
    """What each control group that this process is in has left; one without a limit is silent."""
    own = Path()
    with contextlib.suppress(OSError, StopIteration):
        lines = _OWN_GROUP.read_text(encoding="utf-8").splitlines()
        own = Path(next(line for line in lines if line.startswith("0::")).removeprefix("0::/"))
    for group in (own, *own.parents):
        with contextlib.suppress(OSError, ValueError):
            folder = _GROUPS / group
            limit = int((folder / "memory.max").read_text())  # "max" where there is none
            pages = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
            cached = sum(int(pages.get(kind, 0)) for kind in _RECLAIMABLE)
            yield limit - int((folder / "memory.current").read_text()) + cached
