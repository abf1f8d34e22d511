"""What a run of a sweep has come to, by the scalars that a search goes for."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from gan_cli.disk.reading import read_bytes
from gan_cli.errors import SettingError
from gan_cli.session.believed import summary_in


def objectives(run: Path, tags: Sequence[str]) -> list[float] | None:
    """The values of these scalars at a run's end; None where it has no summary, or a value is not finite.

    Raises:
        SettingError: the run ended well and did not measure one of them.
    """
    summary = summary_in(run)
    if summary.get("status") not in ("done", "stopped"):
        return None
    known = summary.get("metrics", {})
    for tag in tags:
        if tag not in known:
            measured = ", ".join(name for name in known if name.startswith(("metric/", "balance/", "accuracy/")))
            raise SettingError("hydra.sweeper.objective", tag, f"a run does not measure it; there are {measured}")
    try:
        values = [float(known[tag]) for tag in tags]
    except (TypeError, ValueError, OverflowError):
        return None
    return values if all(map(math.isfinite, values)) else None


def latest(run: Path, tag: str) -> tuple[int, float] | None:
    """Step and value of the last reading that holds a scalar, while the run goes on; None before there is one."""
    try:
        lines = read_bytes(run / "metrics.jsonl").splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        if f'"{tag}"'.encode() in line:
            try:
                values = json.loads(line)
                return int(values["step"]), float(values[tag])
            except (ValueError, RecursionError, LookupError, TypeError, OverflowError):  # it may be half written
                continue
    return None
