"""The state of a run folder: who has locked it, what its status.json says, and whether a run may start in it."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from gan_cli.disk.json_text import json_text
from gan_cli.disk.place import current_path, held
from gan_cli.disk.reading import open_plain
from gan_cli.disk.writing import append_to, remove_unfinished, replace_file
from gan_cli.errors import UserError
from gan_cli.session.stored_status import status_in
from gan_cli.session.writable import unwritable

log = logging.getLogger(__name__)

OWN_FILES = frozenset({"train.log", ".lock", "status.json", "overrides.txt", ".stop"})
"""Files that may be left by a run that was killed before its config.yaml was written."""


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Write a JSON file completely or not at all; numbers that JSON does not have become null."""
    replace_file(path, [json_text(values).encode(), b"\n"])


def read_status(folder: Path) -> dict[str, Any]:
    """The valid entries of a folder's status.json; empty if there is no such file or it is damaged."""
    return status_in(folder)


def is_free_for_a_new_run(folder: Path) -> bool:
    """Whether a new run may start here: the folder does not exist, or holds only files of a failed start."""
    if not folder.exists():
        return True
    if not folder.is_dir():
        return False
    foreign = [item.name for item in folder.iterdir() if item.name not in OWN_FILES]
    row_of_a_failure = read_status(folder).get("status") == "failed"
    return not foreign or (row_of_a_failure and all(name.startswith("events.out.tfevents.") for name in foreign))


def refuse_place(folder: Path) -> None:
    """Refuse a path where no run folder can be made or written to.

    Raises:
        UserError: a file is in the way, or we may not write there.
    """
    if words := unwritable(folder):
        raise UserError(f"run={folder}: {words}")


def refuse_held(folder: Path) -> None:
    """Refuse a run folder that another process is writing to. The folder is not changed.

    Raises:
        UserError: the folder is locked; the message names the process.
    """
    with contextlib.suppress(FileNotFoundError, PermissionError), open_plain(folder / ".lock") as file:
        _take(file, folder)
        fcntl.flock(file, fcntl.LOCK_UN)


def _take(file: IO[bytes], folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read(100).decode(errors="replace").strip() or "another process"
        raise UserError(
            f"run={folder}: {holder} is writing to this folder; wait until it ends or name another folder"
        ) from error


@contextlib.contextmanager
def warn_if_moved(folder: Path) -> Iterator[None]:
    """Log the new path of a locked folder if it was moved during this block.

    Raises:
        UserError: it was deleted, so that nothing can be saved.
    """
    try:
        yield
    except OSError as error:
        if current_path(folder) is not None:
            raise
        raise UserError(
            f"run={folder}: the folder was deleted while the run went on; nothing more can be saved"
        ) from error
    finally:
        now = current_path(folder)
        if now is not None and now != folder:
            log.warning("the folder was moved while the run went on; everything is in %s", now)


class Lock:
    """A lock that keeps every other process out of a run folder.

    The system releases the lock whenever its process ends, so no lock is left behind.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / ".lock"

    def __enter__(self) -> Lock:
        """Lock the folder.

        Raises:
            UserError: another process has locked it; the message names the process.
        """
        with contextlib.ExitStack() as opened:
            opened.enter_context(held(self._path.parent))
            self._file = opened.enter_context(append_to(self._path, readable=True))
            _take(self._file, self._path.parent)
            self._file.truncate(0)
            self._file.write(f"process {os.getpid()} on {socket.gethostname()}\n".encode())
            self._file.flush()
            for inner in ("", "checkpoints", "samples"):
                remove_unfinished(self._path.parent / inner)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._opened:
            self._file.truncate(0)
