"""Which settings differ between runs, and which of them vary by themselves: the axes of a comparison.

What was typed comes first: a choice such as `balance=[ema,r1]` changes thirty settings at once, but it is one. Settings
that differ although nobody typed them are added only where what was typed does not tell the runs apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gan_cli.comparison.rows import Row
from gan_cli.errors import spell

SEED = "seed"
"""What groups are made over."""

DEFAULT = "(default)"
"""The value of a choice where none was typed."""

_PLACES = frozenset({"run", "name", "sweep_name", "workers"})
"""Where a run lies and who trains it: compared only if a sweep varies it."""
_MACHINE = ("runtime.", "telemetry.")
"""What a run should not depend on: compared only if somebody typed it."""
_CLASS = "._target_"
_LONG, _DIGITS = 7, 4
"""Letters that a typed number has at most, and figures that are left of a longer one, such as a search draws."""


@dataclass(frozen=True)
class Axis:
    """One setting that varies.

    Attributes:
        key: its full name.
        values: those that it takes, numbers in their order, words in the order in which they appear.
        tied: settings whose value follows from this one's.
        log: whether a search drew it evenly on a logarithmic scale.
    """

    key: str
    values: tuple[Any, ...]
    tied: tuple[str, ...] = ()
    log: bool = False

    @property
    def name(self) -> str:
        """The setting as a person types it; a class is the choice of its group."""
        return self.key.removesuffix(_CLASS)

    @property
    def numeric(self) -> bool:
        """Whether all its values are numbers."""
        return all(_is_number(value) for value in self.values)

    @property
    def labels(self) -> list[str]:
        """Its values as a person types them."""
        return [label(value) for value in self.values]

    def index(self, value: Any) -> int:
        """The place of a value among its values."""
        return [canonical(each) for each in self.values].index(canonical(value))


def label(value: Any) -> str:
    """A value in few digits, as a person would type it; a class by its bare name."""
    if isinstance(value, float) and len(spell(value)) > _LONG:
        return f"{value:.{_DIGITS}g}"
    return spelled(value)


def spelled(value: Any) -> str:
    """A value in full; a class by its bare name."""
    text = spell(value)
    return text.rpartition(".")[2] if text.startswith("gan_cli.") else text


def swept(rows: Sequence[Row]) -> tuple[list[str], list[Axis]]:
    """The settings that differ, and the axes that they amount to.

    Args:
        rows: as `completed` gives them.

    Returns:
        All full keys in the order typed, and one axis for each that does not follow from another one.
    """
    told = [row for row in rows if row.begun]
    explicit = {key for row in rows for key in row.swept}
    typed = [key for key in _union(row.typed for row in rows) if _compared(key, typed=True, explicit=explicit)]
    keys = [key for key in typed if _differs(rows, key)]
    unnamed = (key for key in _union(row.settings for row in told) if _compared(key, typed=False, explicit=explicit))
    for key in unnamed:
        if key not in keys and _differs(told, key) and not _follows(told, key, keys):
            keys.append(key)
    return keys, list(_axes(rows, keys, explicit))


def value_of(row: Row, key: str) -> Any:
    """What a run has at a key: the setting that it ran with, else what was typed."""
    if key in row.settings and not isinstance(row.settings[key], dict):
        value = row.settings[key]
    else:
        value = row.typed.get(key, row.settings.get(key, DEFAULT))
    return spell(value) if isinstance(value, (list, dict)) else value


def canonical(value: Any) -> Any:
    """Equal for equal settings: 1 and 1.0 are, true and 1 are not."""
    return ("number", float(value)) if _is_number(value) else (type(value).__name__, spell(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def completed(rows: Sequence[Row]) -> list[Row]:
    """Points that have not begun get the settings that all others of their sweep share, so that they can be placed."""
    shared = {sweep: (_shared(begun, "typed"), _shared(begun, "settings")) for sweep, begun in _by_sweep(rows).items()}
    filled = []
    for row in rows:
        if not row.begun and row.sweep is not None:
            typed, settings = shared[row.sweep]
            row = replace(row, typed={**typed, **row.typed}, settings={**settings, **row.typed})
        filled.append(row)
    return filled


def _shared(rows: Sequence[Row], which: str) -> dict[str, Any]:
    """What is the same in all of some rows, of what was typed or of all settings."""
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
    """Whether equal values at `from_` always mean an equal value at `key`."""
    seen: dict[Any, Any] = {}
    for row in rows:
        cause = tuple(canonical(value_of(row, other)) for other in from_)
        if seen.setdefault(cause, effect := canonical(value_of(row, key))) != effect:
            return False
    return True


def _axes(rows: Sequence[Row], keys: Sequence[str], explicit: set[str]) -> Iterator[Axis]:
    """Of settings that follow from each other the first one.

    What a sweep varies is an axis all the same: in a random search each value occurs once, so all follows from all.
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
    """The settings that this one follows from; where each follows from the other, only the earlier one leads."""
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
