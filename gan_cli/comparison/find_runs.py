"""Which runs stand behind the folders that a person names: run folders, sweeps, and folders full of either."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gan_cli.config.runs import is_run
from gan_cli.errors import UserError
from gan_cli.run_status import RunStatus
from gan_cli.session.folder import read_status

DEEPEST = 4
"""Levels below a named folder that are searched for runs: outputs/sweep/<name>/<time>/<point> from outputs on."""

_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Place:
    """Where a run lives, or is going to.

    Attributes:
        folder: of the run; of a point of a sweep that has not begun there is none on the disk.
        sweep: the folder of the sweep that it is a point of, or None.
        overrides: what the sweep varies, as it was typed for this point.
        status: what the sweep says of the point; None where there is no sweep to ask.
        reason: why it stands so, in words.
        sweep_status: status.json of the sweep, which tells whether anybody still works on its points.
    """

    folder: Path
    sweep: Path | None = None
    overrides: tuple[str, ...] = ()
    status: RunStatus | None = None
    reason: str = ""
    sweep_status: Mapping[str, Any] = field(default_factory=dict)


def places(folders: Iterable[Path]) -> list[Place]:
    """Every run behind the folders, each once, points of a sweep in the sweep's order.

    Raises:
        UserError: a folder is not there, or holds no run.
    """
    found: dict[Path, Place] = {}
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


def _below(folder: Path, levels: int) -> Iterator[Place]:
    if is_run(folder):
        yield Place(folder)
        return
    status = read_status(folder)
    if status.get("kind") == "sweep":
        yield from _points(folder, status)
        return
    if levels:
        for inner in _folders_in(folder):
            yield from _below(inner, levels - 1)


def _points(sweep: Path, status: Mapping[str, Any]) -> Iterator[Place]:
    """The points that a sweep knows, then runs beside them that it does not know."""
    known = set()
    for point in status.get("points", ()):
        known.add(point["folder"])
        yield Place(
            folder=sweep / point["folder"],
            sweep=sweep,
            overrides=tuple(point["overrides"]),
            status=point.get("status") or "waiting",
            reason=point.get("reason") or "",
            sweep_status=status,
        )
    yield from (Place(inner, sweep) for inner in _folders_in(sweep) if inner.name not in known and is_run(inner))


def _folders_in(folder: Path) -> list[Path]:
    """Sub-folders in an order that people expect, 2 before 10; hidden ones and those that cannot be read are none."""
    try:
        inner = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except PermissionError:
        return []
    return sorted(inner, key=lambda path: _natural(path.name))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBER.split(name)]
