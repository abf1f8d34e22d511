"""Folders taken by a handle: nothing inside them is reached through a link, and one that is moved stays in reach.

A folder that a person names may lie behind links of their own. What is inside it may come from a stranger, and a link
there would lead a write to any file of the person's. So run folders are fenced: links are followed on the way to them,
and none inside.
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
"""The folders with a fence, by their absolute paths; a handle on those that this process holds."""


class StrangeEntryError(UserError, OSError):
    """Something in a folder is not what stands there by rights: a link, a pipe, a device, a file with two names."""


def fence(folder: Path) -> None:
    """From now on no link inside a folder is followed, by whatever path; links on the way to it are."""
    _fences.setdefault(_absolute(folder), None)


def is_fenced(folder: Path) -> bool:
    """Whether a folder has a fence or lies behind one."""
    place = _absolute(folder)
    return any(above in _fences for above in (place, *place.parents))


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Fence a folder and reach it by a handle: what is written into it follows it where it is moved.

    Raises:
        OSError: it is not there, or may not be read.
    """
    key = _absolute(folder)
    with handle_on(folder) as short_lived:
        _fences[key] = handle = os.dup(short_lived)
    try:
        yield
    finally:
        _fences[key] = None
        os.close(handle)


def whereabouts(folder: Path) -> Path | None:
    """Where a held folder lies now; None where nobody can tell, or it was deleted."""
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
    """A handle on the folder that holds `path`, and the path's last name, for calls with `dir_fd`.

    Raises:
        StrangeEntryError: a folder between the fence and `path` is a link, or no folder.
        OSError: as the system gave it (no such folder).
    """
    place = _absolute(path)
    with handle_on(place.parent) as handle:
        yield handle, place.name


@contextmanager
def handle_on(folder: Path) -> Iterator[int]:
    """A handle on a folder; errors as in `parent_of`."""
    place = _absolute(folder)
    ways = (place, *place.parents)
    base = next((way for way in ways if _fences.get(way) is not None), None)  # it may have been moved
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
    """From a handle on a folder to one on a folder inside; the first is closed if that succeeds."""
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
    """Refuse what stands where a folder should.

    Raises:
        StrangeEntryError: it is none.
    """
    if not stat.S_ISDIR(found.st_mode):
        raise StrangeEntryError(f"{path}: {_kind(found)} stands where a folder should; {_REMEDY}")


def refuse_unless_file(found: os.stat_result, path: Path, *, links: int | None = None) -> None:
    """Refuse what stands where a file should.

    Args:
        found: what the system says of it.
        path: for the message.
        links: how many names it may have at most; None allows any number, for files that are never written in place.

    Raises:
        StrangeEntryError: it is no plain file, or has more names.
    """
    if not stat.S_ISREG(found.st_mode):
        raise StrangeEntryError(f"{path}: {_kind(found)} stands where a file should; {_REMEDY}")
    if links is not None and found.st_nlink > links:
        raise StrangeEntryError(
            f"{path}: this file has a second name elsewhere (a hard link); go on with a copy of the folder"
        )


_REMEDY = "take it away, or put the real one in its place"


def _kind(found: os.stat_result) -> str:
    kinds = {
        stat.S_IFLNK: "a link",
        stat.S_IFDIR: "a folder",
        stat.S_IFREG: "a file",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(found.st_mode), "a device")
