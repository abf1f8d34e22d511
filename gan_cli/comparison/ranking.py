"""Choose the figure by which runs are compared, and the direction in which it improves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gan_cli.comparison.rows import Row
from gan_cli.config.schema import did_you_mean
from gan_cli.config.targets import resolve_trusted
from gan_cli.errors import SettingError
from gan_cli.metrics.base import ERROR, Better
from gan_cli.own_code import is_allowed, is_own_path
from gan_cli.wording import BETTER

PREFIX = "metric/"

_MEASURES = "metric.measures."
_BEST = "metric.best"
_CLASS = "._target_"

GAUGES: Mapping[str, Better] = {
    "balance/distance": "low",
    "balance/missed": "low",
    "balance/astray": "low",
    "balance/field_gap": "low",
}
"""Gauges that measure how far the samples are from the data; they are used if no metric was measured."""

_LAST_RESORT: Mapping[str, Better] = {"accuracy/discriminator": "none", "accuracy/pairwise": "none"}


@dataclass(frozen=True)
class Measure:
    """A figure that runs are compared by.

    Attributes:
        tag: the tag of the scalar.
        better: the direction in which it improves; `none` if unknown.
        instead_of: names of the figures that would come first, but that not all of the runs have.
    """

    tag: str
    better: Better = "none"
    instead_of: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The tag without `metric/`."""
        return self.tag.removeprefix(PREFIX)

    @property
    def sign(self) -> float:
        """The factor that makes the best value the smallest one."""
        return -1.0 if self.better == "high" else 1.0

    def __str__(self) -> str:
        return f"{self.name} ({_WAYS[self.better]})" if self.better in _WAYS else self.name


_WAYS = {**BETTER, "real": "as real data is best"}


def measured(rows: Sequence[Row]) -> dict[str, Measure]:
    """Return the metrics that the runs measured, by tag, in the order of the configs, that with most metrics first.

    If all runs name the same figure as `metric.best`, it comes first.
    """
    there = {tag: None for row in rows for tag in row.values}
    ways = _best_first(dict(_ways(sorted(rows, key=lambda row: -len(metric_classes([row]))))), rows)
    named = [tag for tag in ways if tag in there]
    others = [tag for tag in there if tag.startswith(PREFIX) and not tag.endswith(ERROR) and tag not in ways]
    return {tag: Measure(tag, ways.get(tag, "none")) for tag in [*named, *others]}


def choose(rows: Sequence[Row], wanted: str | None, better: Better | None = None) -> Measure | None:
    """Return the figure by which the runs are compared.

    Args:
        rows: the runs.
        wanted: a tag or the name of a metric; None chooses the first metric for which low or high is best and which all
            runs with metrics have, else a gauge of the distance to the data, else the first metric or D's accuracy.
        better: the direction in which `wanted` improves; None uses the direction that its metric declares.

    Returns:
        None if `wanted` is None and nothing was measured.

    Raises:
        SettingError: no run has the wanted figure.
    """
    metrics = measured(rows)
    there = {tag: None for row in rows for tag in row.values}
    if wanted is not None:
        found = _wanted(wanted, metrics, list(there))
        return found if better is None else Measure(found.tag, better)
    directed = [measure for measure in metrics.values() if measure.better in ("low", "high")]
    gauges = [Measure(tag, better) for tag, better in GAUGES.items() if tag in there]
    others = (Measure(tag, better) for tag, better in _LAST_RESORT.items() if tag in there)
    return _shared(directed, gauges, rows) or next(iter([*directed, *gauges]), None) or next(others, None)


def _shared(metrics: Sequence[Measure], gauges: Sequence[Measure], rows: Sequence[Row]) -> Measure | None:
    """Return the first figure that is there for every run that has metrics; None if there are no metrics.

    Runs of different versions, or with different metrics, must not be compared by a figure that some of them lack.
    """
    having = [row for row in rows if any(measure.tag in row.values for measure in metrics)]
    for place, measure in enumerate([*metrics, *gauges] if having else []):
        if all(measure.tag in row.values for row in having):
            return replace(measure, instead_of=tuple(each.name for each in metrics[:place]))
    return None


def _wanted(wanted: str, metrics: Mapping[str, Measure], there: Sequence[str]) -> Measure:
    tag = wanted if wanted in there else PREFIX + wanted
    if tag in metrics:
        return metrics[tag]
    if tag in there:
        return Measure(tag, GAUGES.get(tag, "none"))
    names = [measure.name for measure in metrics.values()]
    near = did_you_mean(wanted, [*names, *there])
    raise SettingError("by", wanted, f"no run has it{near or _there(names, there)}")


def _there(metrics: Sequence[str], tags: Sequence[str]) -> str:
    if not tags:
        return "; there are no figures at all yet"
    example = next((tag for tag in tags if not tag.startswith(PREFIX)), tags[0])
    return f"; there are {', '.join([*metrics, 'all other tags'])}, such as {example}"


def metric_classes(rows: Sequence[Row]) -> list[str]:
    """Return the metric classes that the runs' configs name, each once."""
    targets = {
        str(value): None
        for row in rows
        for key, value in row.settings.items()
        if key.startswith(_MEASURES) and key.endswith(_CLASS)
    }
    return list(targets)


def untrusted_metrics(rows: Sequence[Row]) -> list[str]:
    """Return the metric classes that are not ours and not allowed, so that their directions are unknown."""
    return [target for target in metric_classes(rows) if is_own_path(target) and not is_allowed(target)]


def _best_first(ways: Mapping[str, Better], rows: Sequence[Row]) -> dict[str, Better]:
    """Put the figure first that the runs' `metric.best` names, unless it differs between the runs."""
    chosen = {str(row.settings[_BEST]) for row in rows if _BEST in row.settings}
    first = f"{PREFIX}{next(iter(chosen))}" if len(chosen) == 1 else ""
    return dict(sorted(ways.items(), key=lambda item: item[0] != first))


def _ways(rows: Sequence[Row]) -> Iterator[tuple[str, Better]]:
    """Yield tag and direction of every result that the metric classes in the runs' configs declare."""
    for target in metric_classes(rows):
        try:
            results = getattr(resolve_trusted(target), "results", {})
        except SettingError:  # a user's class, not allowed: its figures are shown, their direction is unknown
            continue
        yield from ((f"{PREFIX}{name}", better) for name, better in results.items())
