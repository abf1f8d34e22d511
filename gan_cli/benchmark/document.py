"""The results of a benchmark as one document for programs, in seconds, bytes, samples and operations per second."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from gan_cli.benchmark.benchmark import Side, ratios

_NAMES = ("ours", "other")


def document(sides: Sequence[Side]) -> dict[str, Any]:
    """Return everything that was measured: the ratio, the rounds, and the figures and settings of each side."""
    rounds = zip(*(side.speeds for side in sides), strict=True)
    return {
        "unit": "samples/s",
        "vs": sides[1].candidate.label if len(sides) > 1 else None,
        "ratio": _spread(ratios(sides)),
        "rounds": [dict(zip(_NAMES, speeds, strict=False)) for speeds in rounds],
        "sides": {name: _side(side) for name, side in zip(_NAMES, sides, strict=False)},
    }


def _spread(ratios: Sequence[float]) -> dict[str, Any] | None:
    if not ratios:
        return None
    return {"median": statistics.median(ratios), "lowest": min(ratios), "highest": max(ratios), "rounds": list(ratios)}


def _side(side: Side) -> dict[str, Any]:
    return {
        "label": side.candidate.label,
        "loop": side.candidate.loop,
        "samples_per_second": side.speed,
        "seconds_per_step": side.step,
        "operations_per_second": side.rate,
        "share_of_matrix_rate": side.share,
        **side.figures.plain(),
        "settings": side.candidate.config,
    }
