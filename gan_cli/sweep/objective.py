"""The objectives of a search: checked against what its runs will measure, and read from their results."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from gan_cli.config.check import Node
from gan_cli.config.schema import did_you_mean
from gan_cli.disk.reading import read_bytes
from gan_cli.errors import SettingError
from gan_cli.run_status import FINISHED
from gan_cli.session.assemble import Parts
from gan_cli.session.stored_status import summary_in

METRIC = "metric/"
"""Prefix of the tags of metrics."""

GAUGES = ("accuracy", "balance", "grad_norm", "logits", "loss", "lr", "penalty", "time")
"""Prefixes of all other tags. Which of them a run writes depends on its loss, data and techniques."""


def refuse_unmeasured(objectives: Sequence[str], config: Node) -> None:
    """Refuse objectives that no run with these settings measures.

    Args:
        objectives: tags such as `metric/energy_distance` or `balance/distance`.
        config: settings of one of the runs.

    Raises:
        SettingError: there is no objective, or one of them is not measured.
    """
    measures = (config.get("metric") or {}).get("measures", {})
    parts = Parts(config)
    measured = [METRIC + result for name in measures for result in parts.build(f"metric.measures.{name}").results]
    there_are = f"there are {', '.join(measured) or 'no metrics (metric=[])'}, and gauges such as balance/distance"
    if not objectives:
        raise SettingError("/hydra.sweeper.objective", [], f"names no figure; {there_are}")
    for tag in objectives:
        is_gauge = "/" in tag and tag.partition("/")[0] in GAUGES
        if tag not in measured and not is_gauge:
            hint = did_you_mean(tag, measured)
            raise SettingError("/hydra.sweeper.objective", tag, f"a run does not measure it{hint}; {there_are}")


def objectives(run: Path, tags: Sequence[str]) -> list[float] | None:
    """The values of these scalars at a run's end; None if the run has not finished or a value is not finite.

    Raises:
        SettingError: the run finished but did not measure one of them.
    """
    summary = summary_in(run)
    if summary.get("status") not in FINISHED:
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
    """Step and value of the last reading of a scalar in a run's metrics.jsonl; None if there is no reading yet."""
    try:
        lines = read_bytes(run / "metrics.jsonl").splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        if f'"{tag}"'.encode() in line:
            try:
                values = json.loads(line)
                return int(values["step"]), float(values[tag])
            except (ValueError, RecursionError, LookupError, TypeError, OverflowError):  # the line may be half written
                continue
    return None
