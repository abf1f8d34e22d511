"""How to recognise output of this program: a picture by a text inside it, a run folder by the files in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

KEY = "gan-cli"
"""The key of the text in a PNG file, and the first word of the comment in a GIF."""

COMPOSITE = "composite"
"""The mark of a picture with several samples or a chart; it is not a sample itself."""

SAMPLE = "sample"
"""The mark of a picture with one sample from a generator."""


def comment(mark: str) -> bytes:
    """Return a mark as the comment of a GIF."""
    return f"{KEY}: {mark}".encode()


def read_mark(info: Mapping[Any, Any]) -> str | None:
    """Return the mark in the metadata that Pillow reads (`Image.info`); None if another program wrote the picture."""
    mark, said, prefix = info.get(KEY), info.get("comment"), comment("")
    if isinstance(said, bytes) and said.startswith(prefix):
        return said.removeprefix(prefix).decode("ascii", "replace")
    return mark if isinstance(mark, str) else None


def looks_like_run(names: Collection[str]) -> bool:
    """Whether a folder that contains these names is a run folder of `gan train`."""
    return "config.yaml" in names and not {"overrides.txt", "status.json", "metrics.jsonl"}.isdisjoint(names)
