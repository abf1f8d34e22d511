"""A point of a sweep: what was typed for it, and the folder that follows from that."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST = 180
"""Bytes of a folder's name; file systems take 255, and some of them count what they add."""


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
    """A point with the folder that follows from its place on the axes, if it has no name of its own."""
    return Point(tuple(swept), (*constant, *swept), folder or folder_of(swept))


def folder_of(swept: Sequence[str]) -> str:
    """A name that a file system takes; what has to be changed or cut off is told apart by a hash."""
    text = ",".join(swept) or "point"
    name = text.replace("/", "_").replace("\\", "_").replace("\n", " ").lstrip(".")
    short = name.encode()[:_LONGEST].decode(errors="ignore")
    return name if name == text == short else f"{short}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
