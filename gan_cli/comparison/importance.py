"""Measure on which axes a figure depends, alone and in pairs, by decomposing its variance over the grid.

With y the mean of each group on the full grid of the axes' values, and equal weights for all cells,

    share of a        V_a  = Var_a(E[y | a])      / Var(y)
    share of a and b  V_ab = Var_ab(E[y | a, b])  / Var(y) - V_a - V_b

(functional analysis of variance; Hoeffding 1948; for random forests Hutter et al. 2014, "An efficient approach for
assessing hyperparameter importance", ICML). The shares of axes, pairs and all higher orders sum to 1.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gan_cli.comparison.groups import Group, Spread
from gan_cli.comparison.varying import Axis
from gan_cli.pictures.maps.cells import is_wide

Floats = npt.NDArray[np.float64]

_FEWEST_MORE = 4
_FEWEST_PER_AXIS = 2
"""The fewest groups for a random forest: four, plus two for each axis."""
_MOST_GUESSED = 0.25
"""The largest share of cells that a forest may fill; with more, the result would describe the forest, not the runs."""
_TREES = 200
_ROUNDING = 1e-12

COMPLETE = "variance decomposition (functional ANOVA) over the full grid"
FILLED = "variance decomposition (functional ANOVA), {missing} of {cells} cells of the grid filled by a random forest"
_ON_LOGS = ", of the logarithm"


@dataclass(frozen=True)
class Importance:
    """The share of a figure's variance that each axis and each pair of axes explains.

    Attributes:
        shares: one or two keys -> their share; largest first.
        method: the method in words.
        noise: the share of the variance that the seeds alone would cause; smaller shares mean nothing. None if no group
            has two runs.
    """

    shares: Mapping[tuple[str, ...], float]
    method: str
    noise: float | None

    def strongest_pair(self) -> tuple[str, str]:
        """Return the two axes that explain the most variance, each alone and both together."""
        keys = [key for key, *more in self.shares if not more]
        pairs = itertools.combinations(keys, 2)
        return max(pairs, key=lambda pair: sum(v for keys, v in self.shares.items() if set(keys) <= set(pair)))


def importance(groups: Sequence[Group], axes: Sequence[Axis], tag: str) -> Importance | str:
    """Decompose the variance of a scalar over the groups, or return a text that says why this is not possible.

    Args:
        groups: groups with a value at every axis.
        axes: at least two axes.
        tag: the tag of the scalar.
    """
    known = [(group, found) for group in groups if (found := group.value(tag)) is not None]
    fewest = _FEWEST_MORE + _FEWEST_PER_AXIS * len(axes)
    cells = math.prod(len(axis.values) for axis in axes)
    measured = len({_place(group, axes) for group, _ in known})
    complete = measured == cells
    if not complete and len(known) < fewest:
        return f"{len(known)} of {len(groups)} points have a figure, and {fewest} are needed to say what matters"
    if cells - measured > _MOST_GUESSED * cells:
        return f"{measured:,} of {cells:,} cells of the grid have a figure; too few to say what matters"
    values = np.array([found.mean for _, found in known])
    logs = is_wide(values.tolist())
    values = np.log(values) if logs else values
    if float(np.ptp(values)) <= _ROUNDING * float(np.abs(values).max()):
        return "all points have the same figure, so no setting matters"
    places = np.array([_place(group, axes) for group, _ in known])
    suffix = _ON_LOGS if logs else ""
    noise = _noise([found for _, found in known], values, logs)
    if complete:
        return Importance(_sorted(decompose(_table(places, values, axes), axes)), COMPLETE + suffix, noise)
    table = _filled(places, values, axes)
    method = FILLED.format(missing=cells - measured, cells=cells)
    return Importance(_sorted(decompose(table, axes)), method + suffix, noise)


def decompose(table: Floats, axes: Sequence[Axis]) -> dict[tuple[str, ...], float]:
    """Return the share of each axis and each pair in the variance of a table, which has one dimension per axis."""
    total = float(table.var())
    places = range(len(axes))

    def marginal(kept: tuple[int, ...]) -> float:
        return float(table.mean(axis=tuple(place for place in places if place not in kept)).var())

    shares: dict[tuple[str, ...], float] = {(axes[place].key,): marginal((place,)) / total for place in places}
    for a, b in itertools.combinations(places, 2):
        keys = axes[a].key, axes[b].key
        shares[keys] = max(0.0, marginal((a, b)) / total - shares[keys[:1]] - shares[keys[1:]])
    return shares


def _place(group: Group, axes: Sequence[Axis]) -> tuple[int, ...]:
    return tuple(axis.index(group.at[axis.key]) for axis in axes)


def _table(places: npt.NDArray[np.int64], values: Floats, axes: Sequence[Axis]) -> Floats:
    """Return the values on the grid: the mean of the values in each cell, nan in an empty cell."""
    sums, counts = (np.zeros([len(axis.values) for axis in axes]) for _ in range(2))
    np.add.at(sums, tuple(places.T), values)
    np.add.at(counts, tuple(places.T), 1.0)
    with np.errstate(invalid="ignore"):
        table: Floats = sums / counts
    return table


def _filled(places: npt.NDArray[np.int64], values: Floats, axes: Sequence[Axis]) -> Floats:
    """Return the table with the empty cells filled by a random forest."""
    table = _table(places, values, axes)
    missing = np.argwhere(np.isnan(table))
    table[tuple(missing.T)] = _forest(_features(places, axes), values).predict(_features(missing, axes))
    return table


def _forest(features: Floats, values: Floats) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(n_estimators=_TREES, random_state=0, n_jobs=1).fit(features, values)


def _features(places: npt.NDArray[np.int64], axes: Sequence[Axis]) -> Floats:
    """Return the indices of the values as features: numbers by rank, words by index. A forest only uses their order."""
    return places.astype(np.float64).reshape(len(places), len(axes))


def _noise(found: Sequence[Spread], values: Floats, logs: bool) -> float | None:
    """Return the mean variance of a group's mean, from the spread of its runs, over the variance of all means."""
    own = [
        (each.std / (abs(each.mean) if logs else 1.0)) ** 2 / each.n
        for each in found
        if each.std is not None and (not logs or each.mean)
    ]
    return statistics.fmean(own) / float(values.var()) if own else None


def _sorted(shares: Mapping[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    return dict(sorted(shares.items(), key=lambda item: -item[1]))
