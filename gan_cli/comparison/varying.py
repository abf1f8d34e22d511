"""Find which settings differ between runs, and which of them vary independently: the axes of a comparison.

Typed settings come first, because one choice such as `balance=[ema,r1]` changes thirty settings. Settings that differ
but were not typed are added only if the typed settings do not distinguish the runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gan_cli.comparison.rows import Row
from gan_cli.config.runs import CIRCUMSTANCES
from gan_cli.errors import spell

SEED = "seed"
"""The setting in which the runs of a group may differ."""

DEFAULT = "(default)"
"""The value of a setting that a run neither has nor was given."""

_PLACES = CIRCUMSTANCES | {"name"}
"""Settings for the place and the circumstances of a run, which are compared only if a sweep varies them."""
_MACHINE = ("runtime.", "telemetry.")
"""Settings that should not change the results of a run; they are compared only if the user typed them."""
_MEASURES = "metric.measures."
"""Start of the settings of single metrics. A run without a metric differs from one with it by that metric alone."""
_CLASS = "._target_"
_LONG, _DIGITS = 7, 4
"""A longer number than `_LONG` characters, such as one that a search drew, is shown with `_DIGITS` digits."""


@dataclass(frozen=True)
class Axis:
    """One setting that varies.

    Attributes:
        key: the full key of the setting.
        values: its values; numbers are sorted, words are in the order in which they appear.
        tied: settings whose values are determined by this setting.
        log: whether a search drew the setting evenly on a logarithmic scale.
    """

    key: str
    values: tuple[Any, ...]
    tied: tuple[str, ...] = ()
    log: bool = False

    @property
    def name(self) -> str:
        """The setting as the user types it; for a class, the name of its group."""
        return self.key.removesuffix(_CLASS)

    @property
    def numeric(self) -> bool:
        """Whether all values are numbers."""
        return all(_is_number(value) for value in self.values)

    @property
    def labels(self) -> list[str]:
        """The values as the user types them."""
        return [label(value) for value in self.values]

    def index(self, value: Any) -> int:
        """Return the index of a value in `values`."""
        return [canonical(each) for each in self.values].index(canonical(value))


def label(value: Any) -> str:
    """Return a value in few digits, as the user would type it; a class of ours by its name without the module."""
    if isinstance(value, float) and len(spell(value)) > _LONG:
        return f"{value:.{_DIGITS}g}"
    return spelled(value)


def spelled(value: Any) -> str:
    """Return a value in full; a class of ours by its name without the module."""
    text = spell(value)
    return text.rpartition(".")[2] if text.startswith("gan_cli.") else text


def swept(rows: Sequence[Row]) -> tuple[list[str], list[Axis]]:
    """Return the settings that differ, and the axes.

    Args:
        rows: rows from `completed`.

    Returns:
        The full keys that differ, in the order typed, and one axis for each key that no other key determines.
    """
    told = [row for row in rows if row.begun]
    explicit = {key for row in rows for key in row.swept}
    typed = [key for key in _union(row.typed for row in rows) if _compared(key, typed=True, explicit=explicit)]
    keys = [key for key in typed if _differs(rows, key)]
    unnamed = (key for key in _union(row.settings for row in told) if _compared(key, typed=False, explicit=explicit))
    for key in unnamed:
        having = [row for row in told if key in row.settings] if key.startswith(_MEASURES) else told
        if key not in keys and _differs(having, key) and not _follows(told, key, keys):
            keys.append(key)
    return keys, list(_axes(rows, keys, explicit))


def value_of(row: Row, key: str) -> Any:
    """Return a run's value at a key: from the settings that it ran with, else from the typed overrides."""
    if key in row.settings and not isinstance(row.settings[key], dict):
        value = row.settings[key]
    else:
        value = row.typed.get(key, row.settings.get(key, DEFAULT))
    return spell(value) if isinstance(value, (list, dict)) else value


def canonical(value: Any) -> Any:
    """Return a form of a value that is equal for equal settings: 1 equals 1.0, but true does not equal 1."""
    return ("number", float(value)) if _is_number(value) else (type(value).__name__, spell(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def completed(rows: Sequence[Row]) -> list[Row]:
    """Give points that have not started the settings that all other runs of their sweep share, for grouping."""
    shared = {sweep: (_shared(begun, "typed"), _shared(begun, "settings")) for sweep, begun in _by_sweep(rows).items()}
    filled = []
    for row in rows:
        if not row.begun and row.sweep is not None:
            typed, settings = shared[row.sweep]
            row = replace(row, typed={**typed, **row.typed}, settings={**settings, **row.typed})
        filled.append(row)
    return filled


def _shared(rows: Sequence[Row], which: str) -> dict[str, Any]:
    """Return the entries of a mapping (`typed` or `settings`) that are the same in all rows."""
    mappings: list[Mapping[str, Any]] = [getattr(row, which) for row in rows]
    first, *others = mappings or [{}]
    return {k: v for k, v in first.items() if all(k in o and canonical(o[k]) == canonical(v) for o in others)}


def _by_sweep(rows: Iterable[Row]) -> dict[Path | None, list[Row]]:
    found: dict[Path | None, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.sweep] += [row] if row.begun else []
    return found


def _compared(key: str, *, typed: bool, explicit: set[str]) -> bool:
    if key == SEED or key.startswith("hydra"):
        return False
    if key in explicit:
        return True
    return key not in _PLACES and (typed or not key.startswith(_MACHINE))


def _union(mappings: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for mapping in mappings for key in mapping))


def _differs(rows: Sequence[Row], key: str) -> bool:
    return len({canonical(value_of(row, key)) for row in rows}) > 1


def _follows(rows: Sequence[Row], key: str, from_: Sequence[str]) -> bool:
    """Whether the values at `from_` determine the value at `key` in all rows."""
    seen: dict[Any, Any] = {}
    for row in rows:
        cause = tuple(canonical(value_of(row, other)) for other in from_)
        if seen.setdefault(cause, effect := canonical(value_of(row, key))) != effect:
            return False
    return True


def _axes(rows: Sequence[Row], keys: Sequence[str], explicit: set[str]) -> Iterator[Axis]:
    """Yield the axes; of settings that determine each other, only the first is an axis.

    A setting that a sweep varies is always an axis. In a random search each value occurs once, so that every setting
    would determine every other one.
    """
    free = [key for key in keys if key not in explicit]
    roots = [key for key in keys if key in explicit or not _leaders(rows, key, free)]
    tied: dict[str, list[str]] = {key: [] for key in roots}
    for key in free:
        leaders = [root for root in roots if root != key and _follows(rows, key, [root])]
        if key not in roots and leaders:
            tied[leaders[0]].append(key)
    for key in roots:
        values, log = _ordered([value_of(row, key) for row in rows]), any(key in row.logs for row in rows)
        yield Axis(key, values, tuple(tied[key]), log)


def _leaders(rows: Sequence[Row], key: str, keys: Sequence[str]) -> list[str]:
    """Return the settings that determine this one. If two determine each other, only the earlier one counts."""
    return [
        other
        for place, other in enumerate(keys)
        if other != key
        and _follows(rows, key, [other])
        and (place < keys.index(key) or not _follows(rows, other, [key]))
    ]


def _ordered(values: Sequence[Any]) -> tuple[Any, ...]:
    distinct = list({canonical(value): value for value in values}.values())
    if not any(_is_number(value) for value in distinct):
        return tuple(distinct)
    return tuple(sorted(distinct, key=lambda value: (_is_number(value), value if _is_number(value) else 0)))
