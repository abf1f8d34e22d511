"""Find the data set of each run, because figures on different data sets cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gan_cli.comparison.rows import Row
from gan_cli.comparison.varying import canonical, label, spelled

UNKNOWN = "data not known"

_NODE = "data."
_CLASS = "data._target_"
_AMOUNTS = frozenset({"data.holdout", "data.limit", "data.num_samples", "data.seed"})
"""Settings for the amount of data and its random selection; they do not make it another data set."""
_OURS = "gan_cli.data."
_ROOT = "data.root"
_OF_PEOPLE = tuple(f"gan_cli.data.{name}." for name in ("folder", "sounds", "text", "voxels"))
"""The modules of ours whose `root` decides what the data are; for the others it is only their location."""


def by_data(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows of each data set, by its name as the user types it: `data=mnist data.size=32`.

    The order is that of the rows. The name omits settings that are the same in all sets of one class. A run without
    readable settings is listed with the set that its command line names, with the only set, or separately.
    """
    found: dict[Any, list[Row]] = {}
    lost: list[Row] = []
    for row in rows:
        node = _identity(row)
        if node is None:
            lost.append(row)
        else:
            told = tuple((key, canonical(value)) for key, value in node.items() if value is not None)
            found.setdefault(told, []).append(row)  # what is null now may have been no setting when a run was made
    listed: dict[str, list[Row]] = {}
    names = _names([_identity(members[0]) or {} for members in found.values()])
    for name, members in zip(names, found.values(), strict=True):
        listed.setdefault(name, []).extend(members)
    for row in lost:
        listed.setdefault(_named_by(row, list(listed)), []).append(row)
    return listed


def _identity(row: Row) -> dict[str, Any] | None:
    """Return the settings that identify the data set, by full key in alphabetical order."""
    target = row.settings.get(_CLASS)
    if target is None:
        return None
    left = _AMOUNTS
    if str(target).startswith(_OURS) and not str(target).startswith(_OF_PEOPLE):
        left = left | {_ROOT}
    return {key: row.settings[key] for key in sorted(row.settings) if key.startswith(_NODE) and key not in left}


def _names(nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a name for each set, with the settings that differ between sets of the same class."""
    names = []
    for node in nodes:
        alike = [other for other in nodes if other[_CLASS] == node[_CLASS]]
        differing = [key for key in node if any(canonical(node[key]) != canonical(o.get(key)) for o in alike)]
        namesakes = {other[_CLASS] for other in nodes if _choice(other) == _choice(node)}
        choice = _choice(node) if len(namesakes) == 1 else str(node[_CLASS])
        names.append(" ".join([f"data={choice}", *(f"{key}={spelled(node[key])}" for key in differing)]))
    return names


def _choice(node: Mapping[str, Any]) -> str:
    """Return the choice of the group `data` for a class of ours, which is its module's name; else the class name."""
    target = str(node[_CLASS])
    *_, module, name = ["", *target.split(".")]
    return module if target.startswith(_OURS) else name


def _named_by(row: Row, names: Sequence[str]) -> str:
    typed = row.typed.get("data", row.settings.get("data"))
    fitting = [name for name in names if typed is None or name.split(" ")[0] == f"data={label(typed)}"]
    if len(fitting) == 1:
        return fitting[0]
    return UNKNOWN if typed is None else f"data={label(typed)}"
