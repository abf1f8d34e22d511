"""Use signatures as the schema: which values the annotation of an argument accepts, and what is wrong with a value."""

from __future__ import annotations

import collections.abc
import difflib
import math
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

import annotated_types as at

from gan_cli.errors import spell
from gan_cli.synonyms import folded

LARGEST = 2**32 - 1
"""The largest whole number of a setting: the largest seed that numpy accepts."""


def complaint(annotation: Any, value: object) -> str | None:
    """Return what is wrong with `value` as a remedy in words ("must be >= 1"), or None if it fits."""
    origin = get_origin(annotation)
    if origin is Annotated:
        base, *constraints = get_args(annotation)
        return complaint(base, value) or _out_of_range(constraints, value)
    if origin is Literal:
        return _not_among(get_args(annotation), value)
    if origin in (Union, types.UnionType):
        return _fits_no_arm(get_args(annotation), value)
    if typing.is_typeddict(annotation):
        return _wrong_mapping(annotation, value)
    if origin in _SEQUENCES:
        return _wrong_items(annotation, value)
    if origin in _MAPPINGS or _is_built(annotation):
        annotation = dict
    return _not_plain(annotation, value)


def _not_plain(annotation: Any, value: object) -> str | None:
    fits, words = _PLAIN.get(annotation, (None, ""))
    if fits is None:
        return None
    if fits(value):
        return _beyond(value)
    typed_as_float = annotation is int and isinstance(value, float) and value.is_integer()  # such as 1e4 steps
    return f"{words}, such as {value:.0f}" if typed_as_float else words


def is_plain(kind: type) -> bool:
    """Whether values of this class appear unchanged in a config: numbers, text, lists, mappings, or any type."""
    return kind in (object, Any) or kind in _PLAIN or kind in _SEQUENCES or typing.is_typeddict(kind)


def _is_built(annotation: Any) -> bool:
    """Whether an annotation is a class of this program or of torch, which only a node with a `_target_` can build."""
    return isinstance(annotation, type) and annotation.__module__.partition(".")[0] in ("gan_cli", "torch")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _beyond(value: object) -> str | None:
    """Return why no setting may have this number: it is not finite, or too large for computations."""
    if not _is_number(value) or (isinstance(value, int) and abs(value) <= LARGEST):
        return None
    if isinstance(value, int):
        return f"must be at most {LARGEST}"
    return None if math.isfinite(value) else "must be a finite number"


_PLAIN: Mapping[Any, tuple[Callable[[object], bool], str]] = {
    bool: (lambda value: isinstance(value, bool), "must be true or false"),
    int: (lambda value: isinstance(value, int) and not isinstance(value, bool), "must be a whole number"),
    float: (_is_number, "must be a number"),
    str: (lambda value: isinstance(value, str), "must be text"),
    type(None): (lambda value: value is None, "must be null"),
    dict: (lambda value: isinstance(value, dict), "must be a group of settings"),
}
_MAPPINGS = (dict, collections.abc.Mapping)
_SEQUENCES = (list, tuple, collections.abc.Sequence)
_RANGES: Mapping[type, tuple[str, Callable[[Any, Any], bool]]] = {
    at.Ge: (">=", lambda value, bound: value >= bound.ge),
    at.Gt: (">", lambda value, bound: value > bound.gt),
    at.Le: ("<=", lambda value, bound: value <= bound.le),
    at.Lt: ("<", lambda value, bound: value < bound.lt),
}


def bounds(constraints: Iterable[Any]) -> list[tuple[str, str]]:
    """The bounds of a range in the metadata of an annotation, as sign and number: [(">=", "0"), ("<", "1")]."""
    return [(_RANGES[type(c)][0], _bound(c)) for c in _flat(constraints) if type(c) in _RANGES]


def fewest(constraints: Iterable[Any]) -> int:
    """Smallest number of values that a list must have, by the metadata of its annotation."""
    return max((c.min_length for c in _flat(constraints) if isinstance(c, at.MinLen)), default=0)


def _flat(constraints: Iterable[Any]) -> list[Any]:
    return [c for item in constraints for c in (item if isinstance(item, at.GroupedMetadata) else (item,))]


def _out_of_range(constraints: Sequence[Any], value: object) -> str | None:
    if isinstance(value, str):
        asked = (c.func for c in _flat(constraints) if isinstance(c, at.Predicate) and not c.func(value))
        return next((f"m{str(func.__doc__)[1:].rstrip('.')}" for func in asked), None)
    if isinstance(value, (list, tuple)):
        shortest = fewest(constraints)
        return None if len(value) >= shortest else f"must hold at least {shortest} value{'s' * (shortest > 1)}"
    if all(_RANGES[type(c)][1](value, c) for c in _flat(constraints) if type(c) in _RANGES):
        return None
    return "must be " + " and ".join(f"{sign} {number}" for sign, number in bounds(constraints))


def _bound(constraint: Any) -> str:
    bound = getattr(constraint, type(constraint).__name__.lower())
    # typing treats Annotated[float, Lt(1)] and Annotated[float, Lt(1.0)] as equal and keeps the first one
    return f"{bound:g}" if isinstance(bound, float) else spell(bound)


def _not_among(choices: tuple[Any, ...], value: object) -> str | None:
    if value in choices:
        return None
    return f"must be one of {', '.join(map(spell, choices))}{did_you_mean(str(value), map(str, choices))}"


def _fits_no_arm(arms: tuple[Any, ...], value: object) -> str | None:
    if value is None and type(None) in arms:
        return None
    complaints = [complaint(arm, value) for arm in arms if arm is not type(None)]
    if None in complaints:
        return _ends_out_of_range(arms, value) if isinstance(value, dict) else None
    words = _of_its_kind(arms, value) or " or ".join(dict.fromkeys(c for c in complaints if c))
    return f"{words}, or null" if type(None) in arms else words


def _wrong_mapping(annotation: Any, value: object) -> str | None:
    """Check a mapping against a TypedDict: its keys, and the type of each value."""
    hints = typing.get_type_hints(annotation, include_extras=True)
    required = [key for key, kind in hints.items() if get_origin(kind) is not typing.NotRequired]
    kinds = {key: kind if key in required else get_args(kind)[0] for key, kind in hints.items()}
    shape = "{" + ", ".join(f"{key}: ..." for key in required) + "}"
    if not isinstance(value, dict):
        return f"must be a mapping {shape}"
    if unknown := [key for key in value if key not in kinds]:
        return f"must be a mapping {shape}; it has no {unknown[0]}{did_you_mean(str(unknown[0]), kinds)}"
    if missing := [key for key in required if key not in value]:
        return f"must be a mapping {shape}; {missing[0]} is missing"
    found = ((key, complaint(kinds[key], item)) for key, item in value.items())
    return next((f"its {key} {words}" for key, words in found if words), None)


def _of_its_kind(arms: tuple[Any, ...], value: object) -> str | None:
    """Return the complaint of the only arm of a union for numbers or for mappings, if `value` is one of these."""
    if isinstance(value, dict):
        kin = [arm for arm in arms if typing.is_typeddict(arm)]
    elif _is_number(value):
        kin = [arm for arm in arms if get_origin(arm) is Annotated and get_args(arm)[0] in (int, float)]
    else:
        kin = []
    return complaint(kin[0], value) if len(kin) == 1 else None


def _ends_out_of_range(arms: tuple[Any, ...], value: dict[Any, Any]) -> str | None:
    """If a number or a mapping is allowed, check the mapping's numbers (ends of a ramp) against the number's range."""
    mapping = next((arm for arm in arms if typing.is_typeddict(arm)), None)
    number = next((arm for arm in arms if get_origin(arm) is Annotated and get_args(arm)[0] is float), None)
    if mapping is None or number is None:
        return None
    kinds = typing.get_type_hints(mapping, include_extras=True)
    found = ((key, complaint(number, item)) for key, item in value.items() if kinds[key] is float)
    return next((f"its {key} {words}" for key, words in found if words), None)


def _wrong_items(annotation: Any, value: object) -> str | None:
    items = get_args(annotation)
    fixed = get_origin(annotation) is tuple and Ellipsis not in items
    if not isinstance(value, (list, tuple)):
        return "must be a list such as [1,2]" if not fixed else f"must be a list of {len(items)} values"
    if fixed and len(items) != len(value):
        return f"must be a list of {len(items)} values"
    wanted = items if fixed else items[:1] * len(value)
    found = (complaint(kind, item) for kind, item in zip(wanted, value, strict=True))
    return next((f"each value {words}" for words in found if words), None)


def did_you_mean(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Return `; did you mean X?` for the most similar known word, ignoring case and hyphens, or an empty string."""
    spelled = {folded(name): name for name in known}
    near = difflib.get_close_matches(folded(word), list(spelled), n=1, cutoff=likeness)
    return f"; did you mean {spelled[near[0]]}?" if near else ""
