"""Access to folders by handles: no link inside a fenced folder is followed, and a held folder may be moved.

The path to a folder may contain links that the user made. The content of the folder may come from a stranger, and a
link there could lead a write to any file of the user. So run folders are fenced: links in the path to them are
followed, links inside them are not.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gan_cli.errors import UserError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

_fences: dict[Path, int | None] = {}
"""Absolute path of each fenced folder -> a handle on it if this process holds it, else None."""


class UnsafeEntryError(UserError, OSError):
    """An entry of a folder is of the wrong kind: a link, a pipe, a device, or a file with two names."""


def fence(folder: Path) -> None:
    """Fence a folder: from now on no link inside it is followed. Links in the path to it still are."""
    _fences.setdefault(_absolute(folder), None)


def is_fenced(folder: Path) -> bool:
    """Whether a folder is fenced, or is inside a fenced one."""
    place = _absolute(folder)
    return any(above in _fences for above in (place, *place.parents))


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Fence a folder and keep a handle on it, so that files are written into it even after it is moved.

    Raises:
        OSError: the folder does not exist, or may not be read.
    """
    key = _absolute(folder)
    with handle_on(folder) as short_lived:
        _fences[key] = handle = os.dup(short_lived)
    try:
        yield
    finally:
        _fences[key] = None
        os.close(handle)


def current_path(folder: Path) -> Path | None:
    """Return the current path of a held folder; None if it was deleted or cannot be found."""
    handle = _fences[_absolute(folder)]
    assert handle is not None, f"{folder} is not held"
    now = folder
    with suppress(OSError):
        if os.path.samestat(os.stat(now), os.fstat(handle)):
            return now
    with suppress(OSError):  # Linux only
        now = Path(os.readlink(f"/proc/self/fd/{handle}"))
        if os.path.samestat(os.stat(now), os.fstat(handle)):
            return now
    return None


@contextmanager
def parent_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield a handle on the folder that holds `path`, and the last name of `path`, for calls with `dir_fd`.

    Raises:
        UnsafeEntryError: a folder between the fence and `path` is a link, or no folder.
        OSError: the error of the system (no such folder).
    """
    place = _absolute(path)
    with handle_on(place.parent) as handle:
        yield handle, place.name


@contextmanager
def handle_on(folder: Path) -> Iterator[int]:
    """Yield a handle on a folder; errors as in `parent_of`."""
    place = _absolute(folder)
    ways = (place, *place.parents)
    base = next((way for way in ways if _fences.get(way) is not None), None)  # a held folder may have been moved
    base = base or next((way for way in reversed(ways) if way in _fences), place)
    known = _fences.get(base)
    handle = os.open(base, _FOLDER) if known is None else os.dup(known)
    try:
        reached = base
        for part in place.relative_to(base).parts:
            reached /= part
            handle = _step(handle, reached)
        yield handle
    finally:
        os.close(handle)


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _step(handle: int, folder: Path) -> int:
    """Open a folder inside the folder of a handle. If that succeeds, close this handle and return the new one."""
    try:
        inner = os.open(folder.name, _FOLDER | os.O_NOFOLLOW, dir_fd=handle)
    except OSError as error:
        with suppress(FileNotFoundError):
            refuse_unless_folder(os.stat(folder.name, dir_fd=handle, follow_symlinks=False), folder)
        error.filename = str(folder)
        raise
    os.close(handle)
    return inner


def refuse_unless_folder(found: os.stat_result, path: Path) -> None:
    """Raise an error if an entry is no folder.

    Raises:
        UnsafeEntryError: the entry is no folder.
    """
    if not stat.S_ISDIR(found.st_mode):
        raise UnsafeEntryError(f"{path}: {_kind(found)} is in the place of a folder; {_REMEDY}")


def refuse_unless_file(found: os.stat_result, path: Path, *, links: int | None = None) -> None:
    """Raise an error if an entry is no plain file.

    Args:
        found: result of `stat` for the entry.
        path: path of the entry, for the message.
        links: most names (hard links) that it may have; None allows any number, for files never written in place.

    Raises:
        UnsafeEntryError: the entry is no plain file, or has more names.
    """
    if not stat.S_ISREG(found.st_mode):
        raise UnsafeEntryError(f"{path}: {_kind(found)} is in the place of a file; {_REMEDY}")
    if links is not None and found.st_nlink > links:
        raise UnsafeEntryError(
            f"{path}: this file has a second name elsewhere (a hard link); go on with a copy of the folder"
        )


_REMEDY = "remove it, or put the real one in its place"


def _kind(found: os.stat_result) -> str:
    kinds = {
        stat.S_IFLNK: "a link",
        stat.S_IFDIR: "a folder",
        stat.S_IFREG: "a file",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(found.st_mode), "a device")
