"""Group runs that differ only in their seed: means with their spread, verdicts with their counts."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gan_cli.comparison.rows import Row
from gan_cli.comparison.varying import canonical, value_of
from gan_cli.diagnosis.verdict import WORDS
from gan_cli.run_status import FAILED, FINISHED, UNDERWAY

_SEVERITY = list(WORDS)
"""The verdicts in order of severity; if two are equally frequent, the later one wins."""


@dataclass(frozen=True)
class Spread:
    """The mean and the spread of a value over the runs of a group.

    Attributes:
        mean: arithmetic mean.
        std: sample standard deviation, with n - 1 in the denominator; None for a single value.
        n: number of values.
    """

    mean: float
    std: float | None
    n: int


def spread(values: Iterable[float | None]) -> Spread | None:
    """Return the mean and the spread of the finite values; None if there are none."""
    finite = [value for value in values if value is not None and math.isfinite(value)]
    if not finite:
        return None
    return Spread(statistics.fmean(finite), statistics.stdev(finite) if len(finite) > 1 else None, len(finite))


@dataclass(frozen=True)
class Group:
    """Runs with the same settings.

    Attributes:
        at: the values of the compared settings, which are the same in all runs of the group.
        rows: all runs, with any status.
    """

    at: Mapping[str, Any]
    rows: tuple[Row, ...]

    @cached_property
    def counted(self) -> list[Row]:
        """The runs whose figures count: finished runs, or if there are none, unfinished ones with values."""
        finished = [row for row in self.rows if row.status in FINISHED]
        return finished or [row for row in self.rows if row.status in UNDERWAY and row.values]

    @property
    def preliminary(self) -> bool:
        """Whether the figures come from runs that have not finished."""
        return any(row.status not in FINISHED for row in self.counted)

    def value(self, tag: str) -> Spread | None:
        """Return the mean and the spread of a scalar over the runs that count."""
        return spread(row.values.get(tag) for row in self.counted)

    def best_run(self, tag: str, sign: float) -> Row:
        """Return the run with the smallest (sign 1) or largest (-1) value of a scalar; the first run if none has it."""
        known = [row for row in self.counted if math.isfinite(row.values.get(tag, math.nan))]
        return min(known, key=lambda row: sign * row.values[tag], default=self.rows[0])

    @property
    def accuracy(self) -> Spread | None:
        """D's accuracy, from the tag that fits its loss."""
        return spread(row.values[row.accuracy_tag] for row in self.counted if row.accuracy_tag is not None)

    @property
    def pairwise(self) -> bool:
        """Whether D's accuracy is measured over pairs."""
        return any(row.accuracy_tag == "accuracy/pairwise" for row in self.counted)

    @property
    def ratio(self) -> Spread | None:
        """Number of D's parameters divided by the number of G's."""
        return spread(row.ratio for row in self.counted)

    @property
    def seconds(self) -> Spread | None:
        """Wall-clock time in seconds."""
        return spread(row.seconds for row in self.counted)

    @cached_property
    def verdicts(self) -> Counter[str]:
        """How often each verdict was the last one, among the runs that count and those that diverged."""
        spoke = [*self.counted, *(row for row in self.rows if row.status == "diverged")]
        return Counter(row.verdict or "diverged" for row in spoke if row.verdict or row.status == "diverged")

    @property
    def state(self) -> str | None:
        """The most frequent verdict; among equally frequent ones, the most severe."""
        if not self.verdicts:
            return None
        return max(self.verdicts, key=lambda state: (self.verdicts[state], _severity(state)))

    @property
    def doubt(self) -> bool:
        """Whether the verdict is in doubt in most of the runs with the most frequent verdict."""
        doubts = [row.doubt for row in self.counted if row.verdict == self.state]
        return sum(doubts) * 2 > len(doubts)

    @property
    def status_counts(self) -> Counter[str]:
        """The number of runs for each status."""
        return Counter(row.status for row in self.rows)

    @property
    def failed(self) -> int:
        """Number of runs that failed, diverged or were killed."""
        return sum(row.status in FAILED for row in self.rows)

    @property
    def waiting(self) -> bool:
        """Whether none of the runs has started."""
        return all(row.status == "waiting" for row in self.rows)

    @property
    def reasons(self) -> list[str]:
        """The reasons why runs are not done, each reason once."""
        return list(dict.fromkeys(row.reason for row in self.rows if row.reason and row.status != "done"))


def groups(rows: Sequence[Row], keys: Sequence[str], *, apart: bool = False) -> list[Group]:
    """Group rows by their values at some keys; `apart` makes each row its own group."""
    found: dict[Any, list[Row]] = {}
    for place, row in enumerate(rows):
        at = tuple(canonical(value_of(row, key)) for key in keys)
        found.setdefault((at, place if apart else 0), []).append(row)
    return [Group({key: value_of(same[0], key) for key in keys}, tuple(same)) for same in found.values()]


def by_verdict(rows: Sequence[Row], tag: str) -> dict[str, Spread]:
    """Return a scalar over all finished runs of each verdict, to show whether quality depends on the balance."""
    found: dict[str, list[float]] = {}
    for row in rows:
        if row.status in FINISHED and row.verdict and tag in row.values:
            found.setdefault(row.verdict, []).append(row.values[tag])
    spreads = {state: spread(values) for state, values in found.items()}
    return {state: each for state, each in sorted(spreads.items(), key=lambda item: _severity(item[0])) if each}


def _severity(state: str) -> int:
    return _SEVERITY.index(state) if state in _SEVERITY else -1
