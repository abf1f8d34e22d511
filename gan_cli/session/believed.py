"""What a status.json or summary.json says, as far as it can be believed: each entry is of its kind, or is left out.

A kill, a full disk or a stranger may have left anything there; whoever reads it must not be stopped by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from gan_cli.disk.reading import is_file, read_json
from gan_cli.run_status import WRITTEN

STATUS, SUMMARY = "status.json", "summary.json"

_LARGEST = 2**53
"""Whole numbers beyond are no steps, seconds or processes."""

_KINDS: Mapping[str, tuple[type, ...]] = {
    "status": (str,),
    "step": (int,),
    "pid": (int,),
    "host": (str,),
    "message": (str,),
    "kind": (str,),
    "verdict": (dict,),
    "advice": (list,),
    "metrics": (dict,),
    "capacity": (dict,),
    "counts": (dict,),
    "seconds": (int, float),
    "points": (list,),
}


def status_in(folder: Path) -> dict[str, Any]:
    """What status.json says; nothing where there is none."""
    said = dict(_believed(read_json(folder / STATUS)))
    if "points" in said:
        said["points"] = list(_points(said["points"]))
    return said


def summary_in(folder: Path) -> dict[str, Any]:
    """What summary.json says; nothing where there is none."""
    return dict(_believed(read_json(folder / SUMMARY)))


def damaged_in(folder: Path) -> list[str]:
    """Which of both files are there and say nothing."""
    return [name for name in (STATUS, SUMMARY) if is_file(folder / name) and not read_json(folder / name)]


def _believed(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in said.items():
        known = type(value) in _KINDS.get(key, (type(value),)) and (key != "status" or value in WRITTEN)
        if known and not (isinstance(value, int) and not 0 <= value < _LARGEST):
            yield key, value


def _points(points: list[Any]) -> Iterator[dict[str, Any]]:
    """The points of a sweep: each in a folder of its own right below."""
    for point in points:
        if not isinstance(point, dict):
            continue
        name, overrides = point.get("folder"), point.get("overrides")
        if not isinstance(name, str) or name in ("", "..") or PurePath(name).name != name:
            continue
        yield {
            **{key: str(point[key]) for key in ("status", "reason") if isinstance(point.get(key), str)},
            "folder": name,
            "overrides": [str(one) for one in overrides] if isinstance(overrides, list) else [],
        }
