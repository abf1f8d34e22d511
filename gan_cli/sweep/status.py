"""The folder of a sweep: which points it has, the status of each point, and whether the sweep is still running."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_cli.run_status import FAILED, RunStatus
from gan_cli.session.alive import is_gone
from gan_cli.session.folder import read_status, write_json
from gan_cli.sweep.axes import Point
from gan_cli.telemetry.base import SweepPosition

_ENDED_FROM_OUTSIDE = {
    "killed": "its process was killed; out of memory?",
    "interrupted": "a signal ended it",
}
"""The reason for these statuses, which the process itself could not write."""


@dataclass(frozen=True)
class Row:
    """The status of one point.

    Attributes:
        folder: name of its folder below the sweep's.
        overrides: its overrides on the axes.
        status: as in its status.json; `waiting` before it starts, `killed` if its process is dead.
        reason: why it ended this way; empty if there is nothing to add.
        step: the last step that it reported.
    """

    folder: str
    overrides: tuple[str, ...]
    status: RunStatus
    reason: str = ""
    step: int = 0


class SweepState:
    """The rows of a sweep, read from its runs' folders, and its own status.json.

    Args:
        folder: the sweep folder.

    Attributes:
        total: number of planned runs, if larger than the number of points so far.
        log_axes: settings that are drawn uniformly on a logarithmic scale.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.total = 0
        self.log_axes: tuple[str, ...] = ()
        self._points: dict[str, tuple[str, ...]] = {}
        self._since: dict[str, float] = {}
        self._earlier = {row["folder"]: tuple(row["overrides"]) for row in read_status(folder).get("points", ())}
        self._written: Mapping[str, Any] = {}
        self._writing = threading.Lock()

    def add(self, points: Sequence[Point], todo: Sequence[Point]) -> None:
        """Add points of the current command. Those in `todo` are run: their older status is ignored."""
        now = time.time()
        for point in points:
            self._points[point.folder] = point.swept
            self._earlier.pop(point.folder, None)
        self._since |= {point.folder: now for point in todo}

    def adopt(self) -> list[Row]:
        """Add the points of earlier commands in this folder to those of the current one; return their rows."""
        earlier, self._earlier = self._earlier, {}
        self._points = {**earlier, **self._points}
        return [self._row(name, swept) for name, swept in earlier.items()]

    def rows(self) -> list[Row]:
        """The rows of the current command. Those of earlier commands are left out unless they were adopted."""
        return [self._row(name, swept) for name, swept in list(self._points.items())]

    def rows_of(self, points: Sequence[Point]) -> dict[str, Row]:
        """The rows of some points, by folder."""
        return {point.folder: self._row(point.folder, point.swept) for point in points}

    def write(self, status: RunStatus) -> None:
        """Update status.json if something has changed; any thread may call this."""
        with self._writing:
            self._write(status)

    def _write(self, status: RunStatus) -> None:
        rows = self.rows()
        old = [self._row(name, swept) for name, swept in list(self._earlier.items())]
        values: dict[str, Any] = {
            "kind": "sweep",
            "status": status,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "counts": count(rows),
            "total": max(self.total, len(rows)),
            "points": [
                {"folder": r.folder, "overrides": list(r.overrides), "status": r.status, "reason": r.reason}
                for r in (*old, *rows)
            ],
        }
        values |= {"log_axes": list(self.log_axes)} if self.log_axes else {}
        if values != self._written:
            write_json(self.folder / "status.json", values)
            self._written = values

    def _row(self, name: str, swept: tuple[str, ...]) -> Row:
        said, when = _status_of(self.folder / name)
        status: RunStatus = said.get("status", "waiting")
        if when < self._since.get(name, 0.0):
            status = "waiting"  # an earlier command left it; it is resumed
        elif status == "running" and is_gone(said):
            status = "killed"
        reason = said.get("message", "") if status in FAILED | {"stopped"} else ""
        reason = _ENDED_FROM_OUTSIDE.get(status, reason)
        return Row(name, swept, status, reason, int(said.get("step", 0)))


def count(rows: Sequence[Row]) -> dict[str, int]:
    """Number of rows per status. `stopped` counts as done, `interrupted` as waiting, and all of `FAILED` as failed."""
    statuses = Counter[RunStatus](row.status for row in rows)
    return {
        "done": statuses["done"] + statuses["stopped"],
        "running": statuses["running"],
        "failed": sum(statuses[bad] for bad in FAILED),
        "waiting": statuses["waiting"] + statuses["interrupted"],
    }


def is_sweep_folder(folder: Path) -> bool:
    """Whether this folder belongs to a sweep with a status.json of its own."""
    return read_status(folder).get("kind") == "sweep"


def swept_at(sweep: Path, folder: Path) -> list[str]:
    """The overrides of a point on the axes of its sweep; empty if the sweep does not know the folder."""
    rows = read_status(sweep).get("points", ())
    return next((list(row["overrides"]) for row in rows if sweep / row["folder"] == folder), [])


def turn_of(sweep: Path, folder: Path) -> SweepPosition:
    """The position of the run in a folder among the sweep's runs, in the order of the points."""
    said = read_status(sweep)
    names = [row["folder"] for row in said.get("points", ())]
    number = names.index(folder.name) + 1 if folder.name in names else len(names)
    return SweepPosition(folder.name, number, max(int(said.get("total", 0)), len(names)))


def is_running(folder: Path) -> bool:
    """Whether the sweep in this folder is running. A job does not start if its sweep has stopped."""
    said = read_status(folder)
    return said.get("status") == "running" and not is_gone(said)


def _status_of(folder: Path) -> tuple[dict[str, Any], float]:
    """The entries of a run's status.json, and the time when it was written."""
    values = read_status(folder)
    try:
        return values, (folder / "status.json").stat().st_mtime if values else 0.0
    except OSError:
        return {}, 0.0
