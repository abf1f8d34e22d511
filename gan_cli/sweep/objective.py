"""The objectives of a search: checked against what its runs will measure, and read from their results."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gan_cli.config.check import Node
from gan_cli.config.schema import did_you_mean
from gan_cli.disk.reading import read_bytes
from gan_cli.errors import SettingError
from gan_cli.run_status import FINISHED
from gan_cli.session.assemble import Parts
from gan_cli.session.stored_status import summary_in
from gan_cli.sweep.search import Direction

METRIC = "metric/"
"""Prefix of the tags of metrics."""

GAUGES = (
    *("accuracy", "balance", "class_accuracy", "class_distance", "encoder", "floor"),
    *("grad_norm", "logits", "loss", "lr", "penalty", "time"),
)
"""Prefixes of all other tags. Which of them a run writes depends on its loss, data and techniques."""


def refuse_unmeasured(objectives: Sequence[str] | None, config: Node) -> None:
    """Refuse objectives that no run with these settings measures.

    Args:
        objectives: tags such as `metric/energy_distance` or `balance/distance`; None for the metric that ranks runs.
        config: settings of one of the runs.

    Raises:
        SettingError: there is no objective, or one of them is not measured.
    """
    measures = (config.get("metric") or {}).get("measures", {})
    parts = Parts(config)
    measured = [METRIC + result for name in measures for result in parts.build(f"metric.measures.{name}").results]
    there_are = f"there are {', '.join(measured) or 'no metrics (metric=[])'}, and gauges such as balance/distance"
    if objectives == [] or (objectives is None and not parts.ranking()):
        raise SettingError("/hydra.sweeper.objective", objectives, f"names no figure; {there_are}")
    for tag in objectives or ():
        is_gauge = "/" in tag and tag.partition("/")[0] in GAUGES
        if tag not in measured and not is_gauge:
            hint = did_you_mean(tag, measured)
            raise SettingError("/hydra.sweeper.objective", tag, f"a run does not measure it{hint}; {there_are}")


def candidates(config: Node) -> dict[str, Direction]:
    """Return the tags of the metrics that may rank runs with these settings, and the directions in which they improve.

    The most important metric is the first.
    """
    return {METRIC + name: "minimize" if low else "maximize" for name, low in Parts(config).ranking().items()}


class Objectives:
    """The figures that a search improves: those that somebody named, or else the metric by which its runs are ranked.

    That metric is known once a run has measured: it is the first one that applies to the data. It then stays the same
    for the whole search, and its values are to be minimised: those of a metric that improves upwards change their sign.

    Args:
        named: tags of scalars; None for the metric that ranks the runs.
        directions: what to do with the values of each; None: metrics as they improve, other scalars are minimised.
        ranking: the metrics that may rank the runs, from `candidates`.
    """

    def __init__(
        self, named: Sequence[str] | None, directions: Sequence[Direction] | None, ranking: Mapping[str, Direction]
    ) -> None:
        self.tags = list(named or ())
        self._ranking = ranking
        self._signs = named is None
        typed = directions or [ranking.get(tag, "minimize") for tag in self.tags]
        self.directions: list[Direction] = ["minimize"] if named is None else list(typed)

    def values(self, run: Path) -> list[float] | None:
        """The values at a run's end; None if the run has not finished or a value is not finite.

        Raises:
            SettingError: the run finished but did not measure one of them.
        """
        summary = summary_in(run)
        if summary.get("status") not in FINISHED:
            return None
        known = summary.get("metrics", {})
        self._settle(known)
        for tag in self.tags or ["null"]:
            if tag not in known:
                measured = ", ".join(name for name in known if name.startswith(("metric/", "balance/", "accuracy/")))
                raise SettingError("hydra.sweeper.objective", tag, f"a run does not measure it; there are {measured}")
        try:
            values = [self._sign(tag) * float(known[tag]) for tag in self.tags]
        except (TypeError, ValueError, OverflowError):
            return None
        return values if all(map(math.isfinite, values)) else None

    def latest(self, run: Path) -> tuple[int, float] | None:
        """Step and value of the last reading of the only objective in a run that may still run; None without any."""
        for tag in self.tags or self._ranking:
            if found := latest(run, tag):
                return found[0], self._sign(tag) * found[1]
        return None

    def settle(self, runs: Iterable[Path]) -> None:
        """Go on with the metric with which the runs of earlier commands were ranked, if some of them have finished."""
        for run in runs:
            if (summary := summary_in(run)).get("status") in FINISHED:
                self._settle(summary.get("metrics", {}))

    def _settle(self, known: Mapping[str, Any]) -> None:
        if self._signs and not self.tags:
            self.tags = [tag for tag in self._ranking if tag in known][:1]

    def _sign(self, tag: str) -> float:
        return -1.0 if self._signs and self._ranking[tag] == "maximize" else 1.0


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
