"""What a run's gauges have shown so far, kept for the curves of its card; a resumed run reads it back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from gan_cli.telemetry.jsonl import FILE_NAME, records

_MOST = 160
"""Points of a curve; more cannot be seen."""


class Course:
    """Readings by tag.

    Args:
        tags: what is kept.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        self._points: dict[str, list[tuple[int, float]]] = {tag: [] for tag in tags}

    def read(self, folder: Path, last_step: int) -> None:
        """Take what metrics.jsonl of a run holds up to a step; nothing where there is none."""
        for record in records(folder / FILE_NAME, last_step):
            self.add(int(record["step"]), record)

    def add(self, step: int, values: Mapping[str, object]) -> None:
        """One reading; what is no finite number is left out."""
        for tag, points in self._points.items():
            value = values.get(tag)
            if isinstance(value, (int, float)) and math.isfinite(value):
                points.append((step, float(value)))

    def curve(self, tag: str) -> list[tuple[float, float]]:
        """Steps and values, neighbours averaged where there are many; the newest value stays as it is."""
        points = self._points[tag]
        size = math.ceil(len(points) / _MOST)
        if size <= 1:
            return [(float(step), value) for step, value in points]
        groups = (points[start : start + size] for start in range(0, len(points) - 1, size))
        means = [tuple(sum(column) / len(group) for column in zip(*group, strict=True)) for group in groups]
        return [*((x, y) for x, y in means), (float(points[-1][0]), points[-1][1])]
