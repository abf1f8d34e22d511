"""A lock file that makes processes wait for each other."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from gan_cli.disk.writing import append_to, make_folder


@contextlib.contextmanager
def in_turn(path: Path) -> Iterator[None]:
    """Wait until no other process is in such a block for the same file, then hold it. Crashed processes hold nothing.

    Where the file cannot be written, or the disk has no locks, nothing is waited for.

    Args:
        path: the lock file; it and its folder are made if they do not exist.
    """
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):
            make_folder(path.parent)
            fcntl.flock(held.enter_context(append_to(path)), fcntl.LOCK_EX)
        yield
