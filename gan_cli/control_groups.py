"""The control groups of this process (Linux), which limit the memory and the cores of a container or a service."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")


def own_groups() -> Iterator[Path]:
    """Yield the folder of each control group that this process belongs to, the innermost first."""
    own = Path()
    with contextlib.suppress(OSError, StopIteration):
        lines = _OWN_GROUP.read_text(encoding="utf-8").splitlines()
        own = Path(next(line for line in lines if line.startswith("0::")).removeprefix("0::/"))
    for group in (own, *own.parents):
        yield _GROUPS / group
