"""Reading what a program wrote: plain files only, so that no pipe makes us wait and no link shows what is elsewhere.

What cannot be read is the caller's to judge: a damaged status.json is passed over, a damaged config.yaml is named.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from gan_cli.disk.place import handle_on, parent_of, refuse_unless_file

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC

MOST = 64 * 2**20
"""Bytes of a JSON file that are read: ours have some thousands."""


def open_plain(path: Path, *, follow: bool = False) -> IO[bytes]:
    """A file opened to read.

    Args:
        path: of the file.
        follow: follow links, for a file that a person named; it is a plain file that they must lead to.

    Raises:
        StrangeEntryError: it is a link, a pipe, a device or a folder.
        OSError: as the system gave it (no such file).
    """
    if follow:
        handle = os.open(path, _FLAGS)
    else:
        with parent_of(path) as (folder, name):
            handle = _open(name, folder, path)
    try:
        refuse_unless_file(os.fstat(handle), path)
        os.set_blocking(handle, True)
    except BaseException:
        os.close(handle)
        raise
    return os.fdopen(handle, "rb")


def _open(name: str, folder: int, path: Path) -> int:
    try:
        return os.open(name, _FLAGS | os.O_NOFOLLOW, dir_fd=folder)
    except OSError as error:
        with suppress(FileNotFoundError):
            refuse_unless_file(os.stat(name, dir_fd=folder, follow_symlinks=False), path)
        error.filename = str(path)
        raise


def read_bytes(path: Path, *, most: int = -1) -> bytes:
    """The content of a plain file, the first `most` bytes of it; errors as in `open_plain`."""
    with open_plain(path) as file:
        return file.read(most)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object that we wrote; empty where there is none, or where it is damaged or something else."""
    try:
        values = json.loads(read_bytes(path, most=MOST))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def read_lines(path: Path) -> list[str]:
    """Lines of a text file that we wrote; none where there is no such file, or where it is something else."""
    try:
        return read_bytes(path).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return []


def is_file(path: Path) -> bool:
    """Whether a file stands there, or a link, which is refused when it is opened."""
    try:
        with parent_of(path) as (folder, name):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)


def names_in(folder: Path) -> list[str]:
    """Names of what is in a folder, in order; none where there is no such folder.

    Raises:
        StrangeEntryError: a link stands where the folder should.
    """
    try:
        with handle_on(folder) as handle:
            return sorted(os.listdir(handle))
    except (FileNotFoundError, NotADirectoryError):
        return []
