"""A run as a row in a table of runs: its cells, which of them are worth a column, and which figures decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from gan_cli.config.check import Node
from gan_cli.config.runs import flatten, typed_values
from gan_cli.errors import spell
from gan_cli.telemetry.base import Scalar

ALWAYS = ("data", "loss", "trainer.steps", "seed")
"""What tells runs apart where less was typed; the first of them fill the table up."""

_COLUMNS = 4
_CLASS = "._target_"
_SHOWING = "telemetry."
_NOT_TOLD = ("run", "name", "sweep_name", "workers", "hydra", "runtime", "telemetry")
"""Where a run lies, who trains it, how it is shown."""

_GAUGES = ("balance/distance", "balance/missed")
"""How far the samples are from the data, what share of it they leave out: these stand where no metric is taken."""


def cells(config: Node, typed: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """All settings of a run that may make it come out otherwise than another; a choice that was typed by its name."""
    return {**dict(_classes(config)), **typed, **dict(_settings(config))}


def columns(typed: Iterable[str], *, alone: bool) -> list[str]:
    """The keys that a table shows.

    Args:
        typed: keys that were typed, or those that the run's sweep varies.
        alone: whether it belongs to no sweep; then the table tells in any case what it was trained on.
    """
    keys = [key for key in typed if key.partition(".")[0].partition("/")[0] not in _NOT_TOLD] if alone else list(typed)
    return keys + [key for key in ALWAYS if key not in keys][: max(0, _COLUMNS - len(keys))] if alone else keys


def typed_cells(overrides: Iterable[str]) -> dict[str, Scalar]:
    """Key and value of what was typed."""
    return {key: _plain(value) for key, value in typed_values(overrides).items()}


def measures(results: Sequence[str], *, has_cut: bool) -> list[str]:
    """Tags of the figures that decide, the best one to rank runs by first.

    Args:
        results: of the metrics that improve in one direction, in the order in which they decide.
        has_cut: whether the loss has a cut that D can be right at.
    """
    accuracy = "accuracy/discriminator" if has_cut else "accuracy/pairwise"
    return [*(f"metric/{name}" for name in results), *_GAUGES, accuracy]


def _classes(config: Node) -> Iterator[tuple[str, Scalar]]:
    """A class stands under its node's key, by its plain name."""
    for key, value in flatten(config):
        if key.endswith(_CLASS) and not key.startswith(_SHOWING):
            yield key.removesuffix(_CLASS), str(value).rpartition(".")[2]


def _settings(config: Node) -> Iterator[tuple[str, Scalar]]:
    for key, value in flatten(config):
        if not key.endswith(_CLASS) and not key.startswith(_SHOWING):
            yield key, _plain(value)


def _plain(value: object) -> Scalar:
    return value if isinstance(value, (bool, int, float)) else spell(value)
