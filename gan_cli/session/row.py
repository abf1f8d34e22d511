"""A run as a row in a table of runs: its cells, which settings get a column, and which measures rank the runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gan_cli.config.check import Node
from gan_cli.config.runs import flatten, typed_values
from gan_cli.errors import spell
from gan_cli.telemetry.base import Scalar

ALWAYS = ("data", "loss", "trainer.steps", "seed")
"""Settings that fill the remaining columns if few were typed, the first ones first."""

_COLUMNS = 4
_CLASS = "._target_"
_SHOWING = "telemetry."
_NOT_TOLD = ("run", "name", "sweep_name", "workers", "cure", "hydra", "runtime", "telemetry")
"""Settings without a column: where a run is stored, how it is executed, how it is shown."""

_GAUGES = ("balance/distance", "balance/missed")
"""Distance of the samples from the data, and share of the data that they miss. They rank runs without metrics."""


def cells(config: Node, typed: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """All settings of a run that can change its result. A typed choice of a group appears by its name."""
    return {**dict(_classes(config)), **typed, **dict(_settings(config))}


def columns(typed: Iterable[str], *, alone: bool) -> list[str]:
    """The keys of the settings that a table shows.

    Args:
        typed: keys that were typed, or those that the run's sweep varies.
        alone: whether it belongs to no sweep; then keys of `ALWAYS` fill the remaining columns.
    """
    keys = [key for key in typed if key.partition(".")[0].partition("/")[0] not in _NOT_TOLD] if alone else list(typed)
    return keys + [key for key in ALWAYS if key not in keys][: max(0, _COLUMNS - len(keys))] if alone else keys


def typed_cells(overrides: Iterable[str]) -> dict[str, Scalar]:
    """Key and value of each typed override."""
    return {key: _plain(value) for key, value in typed_values(overrides).items()}


def measures(results: Sequence[str], *, has_cut: bool) -> list[str]:
    """Tags of the measures that a table shows: the metric that ranks runs, the gauges, D's accuracy, further metrics.

    A table has few columns. Further metrics say the same as the first one in another way, the gauges something else.

    Args:
        results: names of metric results that improve in one direction, the most important first.
        has_cut: whether the loss has a threshold between real and fake, so that D can be right or wrong.
    """
    accuracy = "accuracy/discriminator" if has_cut else "accuracy/pairwise"
    metrics = [f"metric/{name}" for name in results]
    return [*metrics[:1], *_GAUGES, accuracy, *metrics[1:]]


def _classes(config: Node) -> Iterator[tuple[str, Scalar]]:
    """Yield each class by its plain name, under the key of its node."""
    for key, value in flatten(config):
        if key.endswith(_CLASS) and not key.startswith(_SHOWING):
            yield key.removesuffix(_CLASS), str(value).rpartition(".")[2]


def _settings(config: Node) -> Iterator[tuple[str, Scalar]]:
    for key, value in flatten(config):
        if not key.endswith(_CLASS) and not key.startswith(_SHOWING):
            yield key, _plain(value)


def _plain(value: object) -> Scalar:
    return value if isinstance(value, (bool, int, float)) else spell(value)
