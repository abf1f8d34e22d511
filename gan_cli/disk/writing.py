"""All writes of the package: files are whole or absent, no link is followed, and new files are recorded.

A process that is killed while it writes leaves the old file, never half of a new one. An unfinished file has a random
name, so two processes never share one. `remove_unfinished` deletes the unfinished files that a killed process left.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from gan_cli.disk.place import handle_on, is_fenced, parent_of, refuse_unless_file, refuse_unless_folder

_PREFIX, _SUFFIX = ".gan-", ".partial"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

_made: dict[Path, tuple[int, int]] = {}
"""Files and folders that this process created, in order, with device and inode to recognise them."""


def replace_file(path: Path, chunks: Iterable[bytes], *, durable: bool = True) -> None:
    """Write `chunks` into a new file beside `path`, then move it to `path` in one step.

    Args:
        path: path of the file; a link there is replaced, not followed.
        chunks: content of the file.
        durable: wait for the disk, so that a power failure leaves the old file or the new one, never an empty one.

    Raises:
        UnsafeEntryError: a folder between the fence and `path` is a link, or `path` is a folder.
        OSError: the error of the system (no space left); `path` is unchanged and nothing is left beside it.
    """
    with replacing(path, durable=durable) as file:
        file.writelines(chunks)


@contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """Yield a file to write to, which replaces `path` if the block ends without an error; see `replace_file`."""
    unfinished = f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
    with _errors_name(path, unfinished), parent_of(path) as (folder, name):
        try:
            with os.fdopen(os.open(unfinished, _NEW, 0o666, dir_fd=folder), "wb") as file:
                yield file
                file.flush()
                if durable:
                    os.fsync(file.fileno())
                found = os.fstat(file.fileno())
            new = _is_new(name, folder, path)
            os.replace(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(unfinished, dir_fd=folder)
            raise
        if new or _absolute(path) in _made:
            _note(path, found)
        if durable:
            with suppress(OSError):  # some network file systems do not support this
                os.fsync(folder)


def move_in(path: Path, target: Path) -> None:
    """Move a whole file from elsewhere on the same disk to `target`, and replace an existing file.

    Raises:
        OSError: the error of the system.
    """
    with parent_of(target) as (folder, name):
        new = _is_new(name, folder, target)
        found = os.lstat(path)
        os.replace(path, name, dst_dir_fd=folder)
    if new:
        _note(target, found)


def append_to(path: Path, *, readable: bool = False) -> IO[bytes]:
    """Open a file for appending; create it if it does not exist.

    Args:
        path: path of the file.
        readable: open it for reading, too.

    Raises:
        UnsafeEntryError: it is a link, has a second name, or is no plain file.
        OSError: the error of the system.
    """
    flags = (os.O_RDWR if readable else os.O_WRONLY) | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with parent_of(path) as (folder, name):
        try:
            handle = os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder)
            _note(path, os.fstat(handle))
        except FileExistsError:
            refuse_unless_file(os.stat(name, dir_fd=folder, follow_symlinks=False), path, links=1)
            with _errors_name(path, name):
                handle = os.open(name, flags, dir_fd=folder)
    try:
        refuse_unless_file(os.fstat(handle), path, links=1)
        os.set_blocking(handle, True)
    except BaseException:
        os.close(handle)
        raise
    return os.fdopen(handle, "a+b" if readable else "ab")


def make_folder(folder: Path) -> None:
    """Create a folder and its parents if they do not exist.

    Raises:
        UnsafeEntryError: a link or a file inside a fenced folder is in the way.
        OSError: the error of the system.
    """
    if is_fenced(folder.parent) and folder != folder.parent:
        make_folder(folder.parent)
        with parent_of(folder) as (parent, name):
            try:
                os.mkdir(name, dir_fd=parent)
                _note(folder, os.stat(name, dir_fd=parent))
            except FileExistsError:
                refuse_unless_folder(os.stat(name, dir_fd=parent, follow_symlinks=False), folder)
        return
    for place in (*reversed(folder.parents), folder):
        if not place.is_dir():
            place.mkdir(exist_ok=True)
            _note(place, place.stat())


def remove(path: Path) -> None:
    """Delete a file or a link; do nothing if there is none, or if `path` is a folder.

    Raises:
        UnsafeEntryError: a folder between the fence and `path` is a link.
        OSError: the error of the system.
    """
    with suppress(FileNotFoundError, IsADirectoryError), parent_of(path) as (folder, name):
        os.unlink(name, dir_fd=folder)


def remove_unfinished(folder: Path) -> None:
    """Delete the unfinished files that a killed process left in a folder; no other process may be writing there."""
    with suppress(OSError), handle_on(folder) as handle:
        for name in os.listdir(handle):
            if name.startswith(_PREFIX) and name.endswith(_SUFFIX):
                with suppress(OSError):
                    os.unlink(name, dir_fd=handle)


@contextmanager
def all_or_nothing(folder: Path) -> Iterator[None]:
    """If this block ends with an error, delete what this process created in a folder during the block."""
    before = frozenset(_made)
    try:
        yield
    except BaseException:
        remove_created(folder, but=before)
        raise


def remove_created(folder: Path, *, but: Collection[Path] = ()) -> None:
    """Delete what this process created in a folder, and the folder and its parents if it created them, too.

    Folders that are not empty stay. So do files that existed before, or that other processes created or replaced.

    Args:
        folder: the folder; it need not exist.
        but: paths that stay.
    """
    place = _absolute(folder)
    made = [path for path in _made if path.is_relative_to(place) or place.is_relative_to(path)]
    for path in reversed([path for path in made if path not in but]):
        with suppress(OSError):
            found = os.lstat(path)
            if (found.st_dev, found.st_ino) == _made[path]:
                (os.rmdir if stat.S_ISDIR(found.st_mode) else os.unlink)(path)
        del _made[path]


def _note(path: Path, found: os.stat_result) -> None:
    _made[_absolute(path)] = found.st_dev, found.st_ino


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _is_new(name: str, folder: int, path: Path) -> bool:
    """Whether `path` does not exist yet. A folder there is an error, because a file cannot replace it."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return True
    if stat.S_ISDIR(found.st_mode):
        refuse_unless_file(found, path)
    return False


@contextmanager
def _errors_name(path: Path, *names: str) -> Iterator[None]:
    """Make errors of the system name the whole path, not its last part or an unfinished file."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and (error.filename is None or error.filename in names):
            error.filename, error.filename2 = str(path), None
        raise
