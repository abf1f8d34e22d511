"""Read a run from its folder as one row: its settings, its status and its results. The run may still be running."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_cli.comparison.find_runs import RunLocation
from gan_cli.config.run_folders import PLACE, is_run
from gan_cli.config.runs import flatten, read_settings, typed_in, typed_values
from gan_cli.disk.place import fence
from gan_cli.disk.reading import read_lines
from gan_cli.errors import UserError
from gan_cli.run_status import FAILED, REPEATED, RunStatus
from gan_cli.session.alive import is_gone
from gan_cli.session.folder import read_status
from gan_cli.session.stored_status import damaged_in, summary_in
from gan_cli.telemetry.jsonl import FILE_NAME

LOG_AXES = "log_axes"
"""The key in a sweep's status.json for the settings that it draws on a logarithmic scale."""

_ACCURACIES = ("accuracy/discriminator", "accuracy/pairwise")
"""The tags of D's accuracy: over single samples, or over pairs if its loss has no threshold."""


@dataclass(frozen=True)
class Row:
    """One run, or one point of a sweep that has not started.

    Attributes:
        folder: the run folder.
        sweep: the folder of the sweep that the run belongs to, or None.
        begun: whether the run has a config that could be read.
        settings: full key -> plain value for the whole config; only the known settings if the run has not started.
        typed: key -> plain value for the overrides that the user typed or that the sweep varies.
        swept: the keys that the sweep varies.
        status: the status of the run.
        reason: the reason for the status, in one line; may be empty.
        step: the last known step, or None.
        verdict: the state of the game, or None.
        doubt: whether the verdict is in doubt.
        values: the last value of every scalar, by tag.
        ratio: number of D's trainable parameters divided by G's, or None.
        seconds: wall-clock time of all processes of the run, or None.
        logs: the settings that the sweep drew evenly on a logarithmic scale.
    """

    folder: Path
    sweep: Path | None
    begun: bool
    settings: Mapping[str, Any]
    typed: Mapping[str, Any]
    swept: frozenset[str]
    status: RunStatus
    reason: str
    step: int | None
    verdict: str | None
    doubt: bool
    values: Mapping[str, float]
    ratio: float | None
    seconds: float | None
    logs: frozenset[str] = frozenset()

    @property
    def seed(self) -> Any:
        """The seed of the run."""
        return self.settings.get("seed", self.typed.get("seed"))

    @property
    def accuracy_tag(self) -> str | None:
        """The tag of D's accuracy that this run has, or None."""
        return next((tag for tag in _ACCURACIES if tag in self.values), None)


def read_row(place: RunLocation) -> Row:
    """Read a run as a row. If files are missing or damaged, the row has fewer values; this is no error."""
    fence(place.folder)
    status, summary = read_status(place.folder), summary_in(place.folder)
    settings, complaint = _settings(place.folder)
    standing, reason = _status(place, status, summary)
    ended = bool(summary) and status.get("status", summary.get("status")) == summary.get("status")
    said = summary if ended else status
    verdict = _mapping(said.get("verdict"))
    return Row(
        folder=place.folder,
        sweep=place.sweep,
        begun=bool(settings),
        settings=settings,
        typed={**typed_values(typed_in(place.folder)), **typed_values(place.overrides)},
        swept=frozenset(typed_values(place.overrides)),
        status="failed" if complaint and standing not in FAILED else standing,
        reason=complaint or reason or _damage(place.folder),
        step=said["step"] if isinstance(said.get("step"), int) else None,
        verdict=str(verdict["state"]) if verdict.get("state") else None,
        doubt=bool(verdict.get("doubt")),
        values=_numbers(_mapping(summary.get("metrics"))) if ended else _last_values(place.folder / FILE_NAME),
        ratio=_number(_mapping(summary.get("capacity")).get("ratio")),
        seconds=_number(summary.get("seconds")) if ended else None,
        logs=_texts(place.sweep_status.get(LOG_AXES)),
    )


def _settings(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the settings, and what is wrong with them."""
    if not is_run(folder):
        return {}, ""
    try:
        return {key: value for key, value in flatten(read_settings(folder)) if key != PLACE}, ""
    except (UserError, OSError) as error:
        return {}, str(error).partition(": ")[2] or str(error)


def _damage(folder: Path) -> str:
    names = damaged_in(folder)
    return f"{' and '.join(names)} cannot be read" if names else ""


def _status(place: RunLocation, status: Mapping[str, Any], summary: Mapping[str, Any]) -> tuple[RunStatus, str]:
    """Return the status and the reason, from the run, or from its sweep if the run was killed or will be repeated."""
    own: RunStatus | None = status.get("status") or summary.get("status")
    reason = str(status.get("message") or "")
    if own == "running" and is_gone(status):
        own, reason = "killed", place.reason or "its process is gone"
    if place.status == "waiting" and own in REPEATED:
        return "waiting", ""
    if place.status in FAILED and own in (None, "running", "killed"):
        return place.status, place.reason or reason
    if own:
        return own, reason or place.reason
    if place.status == "running" and is_gone(place.sweep_status):
        return "killed", place.reason or "its sweep is gone"
    return place.status or "unknown", place.reason


def _last_values(path: Path) -> dict[str, float]:
    """Return the last value of every scalar that a run has written so far; incomplete lines are ignored."""
    values: dict[str, float] = {}
    for line in read_lines(path):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        values |= _numbers(_mapping(record))
    values.pop("step", None)
    return values


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(values: object) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str)) if isinstance(values, list) else frozenset()


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {tag: number for tag, value in values.items() if (number := _number(value)) is not None}


def _number(value: object) -> float | None:
    """Return a number from JSON, also if it is the text "nan", "inf" or "-inf"; None for all other values."""
    if isinstance(value, str):
        return float(value) if value in ("nan", "inf", "-inf") else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer of more than 308 digits
        return None
