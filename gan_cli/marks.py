"""How what this program wrote is known again: a picture by a text inside it, a folder by the files it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

KEY = "gan-cli"
"""Key of the text in a PNG file, first word of the comment in a GIF."""

COMPOSITE = "composite"
"""Several samples in one picture, or a chart: never a sample itself."""

SAMPLE = "sample"
"""One sample that a generator drew."""


def comment(mark: str) -> bytes:
    """The mark as the comment of a GIF."""
    return f"{KEY}: {mark}".encode()


def read_mark(info: Mapping[Any, Any]) -> str | None:
    """The mark in what Pillow found beside a picture's pixels (`Image.info`); None in a picture of somebody else's."""
    mark, said, prefix = info.get(KEY), info.get("comment"), comment("")
    if isinstance(said, bytes) and said.startswith(prefix):
        return said.removeprefix(prefix).decode("ascii", "replace")
    return mark if isinstance(mark, str) else None


def looks_like_run(names: Collection[str]) -> bool:
    """Whether a folder with these files and folders in it is a run of `gan train`."""
    return "config.yaml" in names and not {"overrides.txt", "status.json", "metrics.jsonl"}.isdisjoint(names)
