"""Checkpoints: tensors and plain values, written whole or not at all, read without running anything that they hold."""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from gan_cli.errors import UserError

log = logging.getLogger(__name__)

_ZIP = b"PK\x03\x04"
"""What every checkpoint of ours begins with; anything else is a bare pickle and is not even opened."""


def path_of(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies in a run folder."""
    return folder / "checkpoints" / f"step_{step:08d}.pt"


def steps_in(folder: Path) -> list[int]:
    """The steps that a run folder has checkpoints of, oldest first."""
    stems = (path.stem.removeprefix("step_") for path in (folder / "checkpoints").glob("step_*.pt"))
    return sorted(int(stem) for stem in stems if stem.isdigit())


def save(folder: Path, step: int, state: Mapping[str, Any], *, keep: int) -> Path:
    """Write the checkpoint of a step atomically, then drop all but the newest `keep`.

    Raises:
        OSError: it could not be written; the checkpoints that were there are untouched.
    """
    target = path_of(folder, step)
    _write(target, {**state, "step": step})
    for old in steps_in(folder)[:-keep]:
        path_of(folder, old).unlink(missing_ok=True)
    return target


def save_best(folder: Path, step: int, state: Mapping[str, Any]) -> Path:
    """Write the best checkpoint so far in the place of the one before, atomically.

    Raises:
        OSError: it could not be written; the one before is untouched.
    """
    target = _best(folder)
    _write(target, {**state, "step": step})
    return target


def _best(folder: Path) -> Path:
    return folder / "checkpoints" / "best.pt"


def _write(target: Path, state: Mapping[str, Any]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".tmp")
    try:
        with temporary.open("wb") as file:
            torch.save(dict(state), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        raise _as_os_error(error) from error


def _as_os_error(error: OSError | RuntimeError) -> OSError | RuntimeError:
    """Torch reports a full disk as a RuntimeError with the real cause behind it."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return error


def load(folder: Path, step: int) -> dict[str, Any]:
    """The checkpoint of one step, on the CPU.

    Raises:
        UserError: there is none, it is damaged, or it holds more than tensors and plain values.
    """
    path = path_of(folder, step)
    if not path.is_file():
        known = ", ".join(map(str, steps_in(folder))) or "none"
        raise UserError(f"checkpoint={step}: no such checkpoint in {folder}; there are: {known}")
    return _read(path)


def load_best(folder: Path) -> dict[str, Any]:
    """The checkpoint that a metric chose, on the CPU.

    Raises:
        UserError: as `load`.
    """
    path = _best(folder)
    if not path.is_file():
        raise UserError(f"checkpoint=best: {folder} has none; train with metric=... and metric.best=... to keep one")
    return _read(path)


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        start = file.read(len(_ZIP))
    if start != _ZIP:
        raise DamagedCheckpointError(f"{path}: the checkpoint is damaged") if len(start) < len(_ZIP) else _refusal(path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refusal(path) from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise DamagedCheckpointError(f"{path}: the checkpoint is damaged ({str(error).splitlines()[0]})") from error
    if not isinstance(state, dict) or "step" not in state:
        raise DamagedCheckpointError(f"{path}: not a checkpoint of gan")
    return state


def _refusal(path: Path) -> UserError:
    return UserError(
        f"{path}: refused, because it holds more than tensors and plain values, which could run code.\n"
        "It was not written by gan; delete it if you do not trust where it came from."
    )


class DamagedCheckpointError(UserError):
    """A checkpoint that cannot be read to its end."""


def load_newest(folder: Path) -> dict[str, Any] | None:
    """The newest checkpoint that can be read, or None when the folder has none; damaged ones are named in the log.

    Raises:
        UserError: a checkpoint is not what gan writes, or all of them are damaged.
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
