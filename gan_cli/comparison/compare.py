"""Compare runs: read folders, group runs over seeds, and order the groups by a figure; one list per data set."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gan_cli.comparison.data_sets import by_data
from gan_cli.comparison.find_runs import places
from gan_cli.comparison.groups import Group, Spread, by_verdict, groups
from gan_cli.comparison.importance import Importance, importance
from gan_cli.comparison.ranking import Measure, choose, measured, metric_classes
from gan_cli.comparison.rows import Row, read_row
from gan_cli.comparison.varying import SEED, Axis, completed, swept
from gan_cli.errors import SettingError
from gan_cli.metrics.base import Better
from gan_cli.own_code import allow

DIRECTED = ("low", "high")
"""Directions of improvement with which a figure has a best value."""

OTHERS = ("accuracy", "capacity", "seconds")
"""Names by which a table may be sorted, besides axes and figures."""


@dataclass(frozen=True)
class Comparison:
    """The comparison of all runs on one data set.

    Attributes:
        data: the data set, as the user types it.
        rows: every run, in the order of the folders.
        keys: every setting that differs between the runs, except the seed.
        axes: the settings among `keys` that vary independently.
        groups: the runs grouped by equal settings, in the requested order.
        by: the figure by which the runs are compared; None if nothing was measured yet.
        measures: every metric that some run has, `by` first.
        importance: on which axes the figure depends, or a text why this is unknown; None with fewer than two axes.
        verdicts: the figure for each verdict of the runs.
    """

    data: str
    rows: list[Row]
    keys: list[str]
    axes: list[Axis]
    groups: list[Group]
    by: Measure | None
    measures: list[Measure]
    importance: Importance | str | None
    verdicts: dict[str, Spread]

    @property
    def best(self) -> tuple[Group, Row] | None:
        """The group with the best figure, and its best run; None if no direction is known or no group has a figure."""
        if self.by is None or self.by.better not in DIRECTED:
            return None
        sign, tag = self.by.sign, self.by.tag
        known = [(sign * value.mean, group) for group in self.groups if (value := group.value(tag)) is not None]
        if not known:
            return None
        group = min(known, key=lambda pair: pair[0])[1]
        return group, group.best_run(tag, sign)

    def leader(self, group: Group) -> Row:
        """Return the run that represents a group: its best run, or its first if nothing was measured."""
        return group.best_run(self.by.tag, self.by.sign) if self.by else group.rows[0]


def comparisons(
    folders: Iterable[Path],
    *,
    by: str | None = None,
    better: Better | None = None,
    sort: str | None = None,
    apart: bool = False,
    trust: bool = False,
) -> list[Comparison]:
    """Read every run in some folders and compare the runs on each data set; nothing is written.

    Args:
        folders: run folders, sweep folders, and folders that contain either.
        by: tag or name of the figure by which runs are compared; None chooses one.
        better: the direction in which it improves; None uses the direction that its metric declares.
        sort: what to order the groups by: a setting that differs, a figure, `accuracy`, `capacity` or `seconds`; None
            orders them by the figure `by`, best first.
        apart: give each run its own line instead of each group of seeds.
        trust: load metrics that are not ours, to read the direction in which they improve.

    Raises:
        UserError: a folder does not exist or contains no run; no run has the figure, or the setting to sort by.
    """
    rows = completed([read_row(place) for place in places(folders)])
    if trust:
        allow(metric_classes(rows))
    choose(rows, by)
    lists, refusals = [], []
    for data, members in by_data(rows).items():
        try:
            lists.append(_compared(data, members, choose(members, by, better), sort, apart))
        except SettingError as error:  # another data set may have the figure
            refusals.append(error)
            lists.append(_compared(data, members, _chosen(members, by, better), None, apart))
    if len(refusals) == len(lists):
        raise refusals[0]
    return lists


def _chosen(rows: Sequence[Row], by: str | None, better: Better | None) -> Measure | None:
    try:
        return choose(rows, by, better)
    except SettingError:
        return choose(rows, None)


def _compared(data: str, rows: list[Row], decides: Measure | None, sort: str | None, apart: bool) -> Comparison:
    keys, axes = swept(rows)
    together = groups(rows, keys)
    known = measured(rows)
    explained = importance(together, axes, decides.tag) if decides and len(axes) > 1 else None
    shown = groups(rows, [*keys, SEED], apart=True) if apart else together
    return Comparison(
        data=data,
        rows=rows,
        keys=keys,
        axes=axes,
        groups=_ordered(shown, axes, decides, known.values(), sort),
        by=decides,
        measures=[decides, *(m for m in known.values() if m.tag != decides.tag)] if decides else [],
        importance=explained,
        verdicts=by_verdict(rows, decides.tag) if decides else {},
    )


def _ordered(
    found: Sequence[Group], axes: Sequence[Axis], by: Measure | None, known: Iterable[Measure], sort: str | None
) -> list[Group]:
    """Return the groups, best first; those without a figure are last, in the order of the axes."""
    by_place = sorted(found, key=lambda group: [axis.index(group.at[axis.key]) for axis in axes])
    names = {name: axis for axis in axes for name in (axis.key, axis.name)}
    if sort in names:
        return sorted(by_place, key=lambda group: names[sort].index(group.at[names[sort].key]))
    if sort in OTHERS:
        return sorted(by_place, key=lambda group: _last(_other(group, sort)))
    chosen = by
    if sort is not None:
        figures = {name: measure for measure in known for name in (measure.tag, measure.name)}
        if sort not in figures:
            there = ", ".join([*dict.fromkeys(axis.name for axis in names.values()), *OTHERS])
            raise SettingError("sort", sort, f"nothing to sort by; there are {there} and the metrics")
        chosen = figures[sort]
    if chosen is None:
        return by_place
    sign, tag = chosen.sign, chosen.tag
    return sorted(by_place, key=lambda group: _last(group.value(tag), sign))


def _other(group: Group, name: str) -> Spread | None:
    return {"accuracy": group.accuracy, "capacity": group.ratio, "seconds": group.seconds}[name]


def _last(value: Spread | None, sign: float = 1.0) -> float:
    return math.inf if value is None else sign * value.mean
