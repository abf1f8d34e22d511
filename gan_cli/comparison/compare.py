"""Runs side by side: from folders to groups over seeds, ordered by the figure that decides; one list a data set."""

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
"""Ways in which a figure has a best value."""

OTHERS = ("accuracy", "capacity", "seconds")
"""What a table may be sorted by beside axes and figures."""


@dataclass(frozen=True)
class Comparison:
    """What was found in some folders of runs on one data set.

    Attributes:
        data: what the data are, as a person types it.
        rows: every run, in the order of the folders.
        keys: every setting that differs, seeds apart.
        axes: those of them that vary by themselves.
        groups: runs of equal settings together, in the order asked for.
        by: the figure that decides; None where nothing was measured yet.
        measures: every metric that some run has, `by` first.
        matters: what the figure depends on, or in words why that is not known; None with fewer than two axes.
        verdicts: the figure by the verdict of the runs.
    """

    data: str
    rows: list[Row]
    keys: list[str]
    axes: list[Axis]
    groups: list[Group]
    by: Measure | None
    measures: list[Measure]
    matters: Importance | str | None
    verdicts: dict[str, Spread]

    @property
    def best(self) -> tuple[Group, Row] | None:
        """The group where the figure that decides is best, and its best run; None where no direction is known."""
        if self.by is None or self.by.better not in DIRECTED:
            return None
        sign, tag = self.by.sign, self.by.tag
        known = [(sign * value.mean, group) for group in self.groups if (value := group.value(tag)) is not None]
        if not known:
            return None
        group = min(known, key=lambda pair: pair[0])[1]
        return group, group.best_run(tag, sign)

    def leader(self, group: Group) -> Row:
        """The run of a group that stands for it: its best one, or where nothing was measured its first."""
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
    """Read every run behind some folders and lay those on the same data side by side; nothing is written.

    Args:
        folders: run folders, sweeps, and folders that hold either.
        by: tag or name of the figure that decides; None chooses.
        better: which way it improves; None if the figure itself says so.
        sort: what groups are ordered by: a setting that differs, a figure, `accuracy`, `capacity` or `seconds`; None
            takes the figure that decides, best first.
        apart: give each run a line of its own rather than each group of seeds.
        trust: ask metrics that are not ours which way they improve.

    Raises:
        UserError: a folder is not there or holds no run; no run has the figure, or the setting to sort by.
    """
    rows = completed([read_row(place) for place in places(folders)])
    if trust:
        allow(metric_classes(rows))
    choose(rows, by)
    lists, refusals = [], []
    for data, members in by_data(rows).items():
        try:
            lists.append(_compared(data, members, choose(members, by, better), sort, apart))
        except SettingError as error:  # what one data set lacks another may have
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
    matters = importance(together, axes, decides.tag) if decides and len(axes) > 1 else None
    shown = groups(rows, [*keys, SEED], apart=True) if apart else together
    return Comparison(
        data=data,
        rows=rows,
        keys=keys,
        axes=axes,
        groups=_ordered(shown, axes, decides, known.values(), sort),
        by=decides,
        measures=[decides, *(m for m in known.values() if m.tag != decides.tag)] if decides else [],
        matters=matters,
        verdicts=by_verdict(rows, decides.tag) if decides else {},
    )


def _ordered(
    found: Sequence[Group], axes: Sequence[Axis], by: Measure | None, known: Iterable[Measure], sort: str | None
) -> list[Group]:
    """Best first; groups without a figure behind all others, in the order of the axes."""
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
