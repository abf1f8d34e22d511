"""Split the overrides of a sweep into its axes and the overrides that all points share; name each point's folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from gan_cli.config.axis import fault
from gan_cli.errors import SettingError


@dataclass(frozen=True)
class Axes:
    """The axes of a sweep.

    Attributes:
        swept: one override per axis, in the order in which the axes were typed.
        constant: overrides that all points share.
    """

    swept: tuple[Override, ...]
    constant: tuple[str, ...]


def read_axes(params: Mapping[str, str], typed: Sequence[str]) -> Axes:
    """Split overrides into axes and constants; a typed setting replaces the axis of the same name.

    Args:
        params: axes from the config: key -> values.
        typed: overrides from the command line.

    Raises:
        SettingError: an axis whose values no sweep can use.
    """
    texts = [f"{key}={values}" for key, values in params.items()] + list(typed)
    overrides = {each.get_key_element(): each for each in OverridesParser.create().parse_overrides(texts)}
    axes = {key: each for key, each in overrides.items() if each.is_sweep_override() or key in params}
    for axis in axes.values():
        if said := fault(axis):
            raise SettingError(axis.key_or_group, str(axis.input_line).partition("=")[2], said)
    constant = [str(each.input_line) for key, each in overrides.items() if key not in axes]
    return Axes(tuple(axes.values()), tuple(constant))


def listed(axis: Override) -> list[str]:
    """`key=value` for each different value of an axis; a single value gives a list of one.

    Raises:
        ValueError: the axis is an interval.
    """
    key = axis.get_key_element()
    if not axis.is_sweep_override():
        return [f"{key}={axis.get_value_element_as_str()}"]
    if not axis.is_discrete_sweep():
        raise ValueError(f"{axis.input_line} lists no values")
    return list(dict.fromkeys(f"{key}={value}" for value in axis.sweep_string_iterator()))


_LONGEST = 180
"""Longest name of a folder, in bytes. File systems allow 255, but some of them count bytes that they add."""


@dataclass(frozen=True)
class Point:
    """One run of a sweep.

    Attributes:
        swept: its overrides on the axes of the sweep, in the order typed.
        overrides: all its overrides.
        folder: name of its folder below the sweep's.
    """

    swept: tuple[str, ...]
    overrides: tuple[str, ...]
    folder: str


def point_of(swept: Sequence[str], constant: Sequence[str], folder: str | None = None) -> Point:
    """Return a point. Without `folder`, the name of its folder follows from its values on the axes."""
    return Point(tuple(swept), (*constant, *swept), folder or folder_of(swept))


def folder_of(swept: Sequence[str]) -> str:
    """Return a name that a file system accepts. If characters are replaced or cut off, a hash keeps it unique."""
    text = ",".join(swept) or "point"
    name = text.replace("/", "_").replace("\\", "_").replace("\n", " ").lstrip(".")
    short = name.encode()[:_LONGEST].decode(errors="ignore")
    return name if name == text == short else f"{short}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
