"""Reads files that a program wrote: plain files only, so that no pipe blocks and no link leads to another file.

The caller decides about files that cannot be read: a damaged status.json is ignored, a damaged config.yaml is reported.
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
"""Largest number of bytes that are read from a JSON file; ours have a few thousand."""


def open_plain(path: Path, *, follow: bool = False) -> IO[bytes]:
    """Open a file for reading.

    Args:
        path: path of the file.
        follow: follow links, for a file that the user named; they must lead to a plain file.

    Raises:
        UnsafeEntryError: it is a link (unless followed), a pipe, a device or a folder.
        OSError: the error of the system (no such file).
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
    """Return the content of a plain file, at most its first `most` bytes; errors as in `open_plain`."""
    with open_plain(path) as file:
        return file.read(most)


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object that we wrote; empty if there is none, or if it is damaged or something else."""
    try:
        values = json.loads(read_bytes(path, most=MOST))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file that we wrote; empty if there is no such file, or if it is no plain file."""
    try:
        return read_bytes(path).decode("utf-8", errors="replace").splitlines()
    except OSError:
        return []


def is_file(path: Path) -> bool:
    """Whether the path is a file, or a link (which is refused when it is opened)."""
    try:
        with parent_of(path) as (folder, name):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)


def names_in(folder: Path) -> list[str]:
    """Return the sorted names of the entries of a folder; empty if there is no such folder.

    Raises:
        UnsafeEntryError: in a fenced folder, a link or a file is in the place of the folder.
    """
    try:
        with handle_on(folder) as handle:
            return sorted(os.listdir(handle))
    except (FileNotFoundError, NotADirectoryError):
        return []
