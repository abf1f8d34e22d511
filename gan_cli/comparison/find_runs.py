"""Find the runs in the folders that the user names: run folders, sweep folders, and folders that contain either."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gan_cli.config.run_folders import is_run
from gan_cli.errors import UserError
from gan_cli.run_status import RunStatus
from gan_cli.session.folder import read_status

DEEPEST = 4
"""How many levels below a named folder are searched for runs: `outputs` has outputs/sweep/<name>/<time>/<point>."""

_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True)
class RunLocation:
    """The folder of a run, or of a point of a sweep that has not started.

    Attributes:
        folder: the run folder; for a point that has not started, it does not exist yet.
        sweep: the folder of the sweep that the run is a point of, or None.
        overrides: the overrides that the sweep varies, as typed for this point.
        status: the status of the point in the sweep's status.json; None if there is no sweep or it is unknown there.
        reason: the reason for the status, in words.
        sweep_status: status.json of the sweep, which shows whether the sweep's process still runs.
    """

    folder: Path
    sweep: Path | None = None
    overrides: tuple[str, ...] = ()
    status: RunStatus | None = None
    reason: str = ""
    sweep_status: Mapping[str, Any] = field(default_factory=dict)


def places(folders: Iterable[Path]) -> list[RunLocation]:
    """Return every run in the folders once, with the points of a sweep in the sweep's order.

    Raises:
        UserError: a folder does not exist, or contains no run.
    """
    found: dict[Path, RunLocation] = {}
    for folder in folders:
        if not folder.is_dir():
            there = "a file, not a folder" if folder.exists() else "no such folder"
            raise UserError(f"{folder}: {there}; name run folders, or the folder of a sweep")
        below = list(_below(folder, DEEPEST))
        if not below:
            raise UserError(f"{folder}: holds no runs; name run folders, or the folder of a sweep below outputs/sweep")
        for place in below:
            found.setdefault(place.folder.resolve(), place)
    return list(found.values())


def _below(folder: Path, levels: int) -> Iterator[RunLocation]:
    if is_run(folder):
        yield RunLocation(folder)
        return
    status = read_status(folder)
    if status.get("kind") == "sweep":
        yield from _points(folder, status)
        return
    if levels:
        for inner in _folders_in(folder):
            yield from _below(inner, levels - 1)


def _points(sweep: Path, status: Mapping[str, Any]) -> Iterator[RunLocation]:
    """Yield the points in the sweep's status.json, then all other runs in its folder."""
    known = set()
    for point in status.get("points", ()):
        known.add(point["folder"])
        yield RunLocation(
            folder=sweep / point["folder"],
            sweep=sweep,
            overrides=tuple(point["overrides"]),
            status=point.get("status") or "waiting",
            reason=point.get("reason") or "",
            sweep_status=status,
        )
    yield from (RunLocation(inner, sweep) for inner in _folders_in(sweep) if inner.name not in known and is_run(inner))


def _folders_in(folder: Path) -> list[Path]:
    """Return the subfolders in natural order (2 before 10), without hidden ones; none if the folder is unreadable."""
    try:
        inner = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except PermissionError:
        return []
    return sorted(inner, key=lambda path: _natural(path.name))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(name)]
