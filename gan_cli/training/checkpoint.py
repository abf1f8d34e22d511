"""Checkpoints: tensors and plain values. They are written atomically, and reading one never runs code from it."""

from __future__ import annotations

import logging
import pickle
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import torch

from gan_cli.disk.place import UnsafeEntryError
from gan_cli.disk.reading import names_in, open_plain
from gan_cli.disk.writing import make_folder, remove, replacing
from gan_cli.errors import UserError
from gan_cli.training.state_check import StateMismatchError

log = logging.getLogger(__name__)

_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"
"""The first bytes of our checkpoints, which are zip files, and those of a bare pickle."""

_UNZIPPING = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, LookupError, ValueError, struct.error)
"""The errors that zipfile raises for a damaged file."""


_NAMED = re.compile(r"step_(\d{8}|[1-9]\d{8,17})\.pt", re.ASCII)
"""The names that `path_of` returns; other files are ignored."""


def path_of(folder: Path, step: int) -> Path:
    """Return the path of the checkpoint of a step in a run folder."""
    return folder / "checkpoints" / f"step_{step:08d}.pt"


def steps_in(folder: Path) -> list[int]:
    """Return the steps of the checkpoints in a run folder, oldest first."""
    named = map(_NAMED.fullmatch, names_in(folder / "checkpoints"))
    return sorted(int(match[1]) for match in named if match)


def save(folder: Path, step: int, state: Mapping[str, Any], *, keep: int) -> Path:
    """Write the checkpoint of a step atomically, then delete all but the newest `keep`.

    Raises:
        OSError: the file could not be written; the existing checkpoints are unchanged.
    """
    target = path_of(folder, step)
    _write(target, {**state, "step": step})
    for old in steps_in(folder)[:-keep]:
        remove(path_of(folder, old))
    return target


def save_best(folder: Path, step: int, state: Mapping[str, Any]) -> Path:
    """Write the best checkpoint so far atomically; it replaces the previous best one.

    Raises:
        OSError: the file could not be written; the previous one is unchanged.
    """
    target = _best(folder)
    _write(target, {**state, "step": step})
    return target


def _best(folder: Path) -> Path:
    return folder / "checkpoints" / "best.pt"


def _write(target: Path, state: Mapping[str, Any]) -> None:
    make_folder(target.parent)
    try:
        with replacing(target) as file:
            torch.save(dict(state), file)
    except (OSError, RuntimeError) as error:
        raise _as_os_error(error) from error


def _as_os_error(error: OSError | RuntimeError) -> OSError | RuntimeError:
    """Return the OSError that caused an error, if any: torch reports a full disk as a RuntimeError."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return error


def load(folder: Path, step: int) -> dict[str, Any]:
    """Return the checkpoint of one step, on the CPU.

    Raises:
        UserError: the checkpoint does not exist, is damaged, or contains more than tensors and plain values.
    """
    path = path_of(folder, step)
    if path.name not in names_in(path.parent):
        known = ", ".join(map(str, steps_in(folder))) or "none"
        raise UserError(f"checkpoint={step}: no such checkpoint in {folder}; there are: {known}")
    state = _read(path)
    if state["step"] != step:
        raise DamagedCheckpointError(f"{path}: the checkpoint is damaged (it is of step {state['step']})")
    return state


@contextmanager
def explaining_mismatch(folder: Path, step: int) -> Iterator[None]:
    """Add the run folder, the checkpoint's step and a remedy to a StateMismatchError that is raised inside the block.

    Raises:
        UserError: the checkpoint does not fit the config.
    """
    try:
        yield
    except StateMismatchError as error:
        raise UserError(
            f"run={folder}: the checkpoint of step {step} does not fit config.yaml: {error}.\n"
            f"Put back the file that was changed; or delete {folder / 'checkpoints'} to start this run over."
        ) from error


def load_best(folder: Path) -> dict[str, Any]:
    """Return the checkpoint that a metric selected as the best, on the CPU; if it is damaged, there is no fallback.

    Raises:
        UserError: as in `load`.
    """
    path = _best(folder)
    if path.name not in names_in(path.parent):
        raise UserError(f"checkpoint=best: {folder} has none; train with metric=... and metric.best=... to keep one")
    return _read(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        with open_plain(path) as file:
            _verify(file, path)
            file.seek(0)
            state = torch.load(file, map_location="cpu", weights_only=True)
    except UnsafeEntryError as error:
        raise _damaged(path, str(error).removeprefix(f"{path}: ")) from error
    except (UserError, MemoryError):
        raise
    except pickle.UnpicklingError as error:
        raise _refusal(path) from error
    except Exception as error:  # a malformed pickle can make the reader raise anything, a failing disk an OSError
        raise _damaged(path, str(error) or type(error).__name__) from error
    if not isinstance(state, dict) or type(state.get("step")) is not int or state["step"] < 0:
        raise _damaged(path, "it holds no step")
    return state


def _verify(file: IO[bytes], path: Path) -> None:
    """Check every part of the zip file against its stored checksum, because torch does not.

    Raises:
        UserError: a part is damaged, or the file is a bare pickle, which is never loaded.
    """
    start = file.read(len(_ZIP))
    if start.startswith(_PICKLE):
        raise _refusal(path)
    if start != _ZIP:
        raise _damaged(path, "its beginning is lost")
    try:
        with zipfile.ZipFile(file) as archive:
            if any(part.compress_type != zipfile.ZIP_STORED for part in archive.infolist()):
                raise _damaged(path, "its parts are compressed")
            broken = archive.testzip()
    except (*_UNZIPPING, OSError) as error:
        raise _damaged(path, str(error) or type(error).__name__) from error
    if broken is not None:
        raise _damaged(path, f"the checksum of {broken} is wrong")


def _damaged(path: Path, reason: str) -> DamagedCheckpointError:
    first = reason.splitlines()[0][:100]
    return DamagedCheckpointError(f"{path}: the checkpoint is damaged ({first})")


def _refusal(path: Path) -> UserError:
    return UserError(
        f"{path}: refused, because it holds more than tensors and plain values, which could run code.\n"
        "It was not written by gan; delete it if you do not trust where it came from."
    )


class DamagedCheckpointError(UserError):
    """The error for a checkpoint that is damaged and cannot be read."""


def load_newest(folder: Path) -> dict[str, Any] | None:
    """Return the newest readable checkpoint, or None if the folder has none; warns about damaged ones.

    Raises:
        UserError: a checkpoint contains more than tensors and plain values, or all of them are damaged.
    """
    steps = steps_in(folder)
    for step in reversed(steps):
        try:
            return load(folder, step)
        except DamagedCheckpointError as error:
            log.warning("%s; falling back to the one before", error)
    if steps:
        raise UserError(
            f"run={folder}: every checkpoint is damaged; delete {folder}/checkpoints to start this run over"
        )
    return None
