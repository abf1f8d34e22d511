"""Read status.json and summary.json, and leave out every entry that does not have its expected type.

A killed process, a full disk or an unknown author may have left anything in these files. It must not stop the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from gan_cli.disk.reading import is_file, read_json
from gan_cli.run_status import WRITTEN

STATUS, SUMMARY = "status.json", "summary.json"

_LARGEST = 2**53
"""Larger whole numbers are not valid as steps, seconds or process ids."""

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
    """The valid entries of status.json; empty if there is no such file."""
    said = dict(_valid_entries(read_json(folder / STATUS)))
    if "points" in said:
        said["points"] = list(_points(said["points"]))
    return said


def summary_in(folder: Path) -> dict[str, Any]:
    """The valid entries of summary.json; empty if there is no such file."""
    return dict(_valid_entries(read_json(folder / SUMMARY)))


def damaged_in(folder: Path) -> list[str]:
    """Names of those of the two files that exist but have no readable content."""
    return [name for name in (STATUS, SUMMARY) if is_file(folder / name) and not read_json(folder / name)]


def _valid_entries(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in said.items():
        known = type(value) in _KINDS.get(key, (type(value),)) and (key != "status" or value in WRITTEN)
        if known and not (isinstance(value, int) and not 0 <= value < _LARGEST):
            yield key, value


def _points(points: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield the valid points of a sweep. The folder of a point must be directly below the sweep's folder."""
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
