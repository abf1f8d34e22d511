"""The attempts of a cure beside the sick run: the figure that compares them, which helped, which is the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from gan_cli.comparison.compare import DIRECTED
from gan_cli.comparison.ranking import GAUGES, Measure, measured
from gan_cli.comparison.rows import Row
from gan_cli.cure.attempts import Attempt
from gan_cli.cure.hopeless import MARK, NEARER
from gan_cli.diagnosis.verdict import State
from gan_cli.run_status import FINISHED, RunStatus

HEALTHY: State = "balanced"


@dataclass(frozen=True)
class Tried:
    """An attempt and what came of it.

    Attributes:
        attempt: the attempt.
        row: the results of its run; None if it was refused or has not started.
    """

    attempt: Attempt
    row: Row | None = None

    @property
    def status(self) -> RunStatus:
        """The status of its run."""
        if self.row is None:
            return "refused" if self.attempt.refusal else "waiting"
        return self.row.status

    @property
    def reason(self) -> str:
        """Why it has no result, or ended early; may be empty."""
        return self.attempt.refusal if self.row is None else self.row.reason

    @property
    def finished(self) -> bool:
        """Whether it has a result; one that was given up has none."""
        return self.status in FINISHED and not self.reason.startswith(MARK)


@dataclass(frozen=True)
class Standing:
    """The attempts beside the sick run.

    Attributes:
        sick: the results of the sick run.
        tried: the attempts, in the order in which they were made.
    """

    sick: Row
    tried: Sequence[Tried]

    @cached_property
    def by(self) -> Measure | None:
        """The first metric with a direction, else a gauge of the distance, that the sick run and all results have."""
        rows = [self.sick, *(each.row for each in self.tried if each.row is not None and each.finished)]
        known = [row for row in rows if figures_count(row)]
        metrics = [measure for measure in measured(rows).values() if measure.better in DIRECTED]
        gauges = [Measure(tag, better) for tag, better in GAUGES.items()]
        shared = (each for each in (*metrics, *gauges) if all(math.isfinite(_value(row, each)) for row in known))
        return next(shared, None) if known else None

    def figure(self, row: Row | None) -> float | None:
        """Return a run's figure, by which the attempts are compared; None if it has none."""
        by = self.by
        value = math.nan if row is None or by is None or not figures_count(row) else _value(row, by)
        return value if math.isfinite(value) else None

    @property
    def helpful(self) -> list[Tried]:
        """The attempts that helped, the best first: certainly balanced, then balanced, then by the figure."""
        return sorted((each for each in self.tried if self.helped(each)), key=self._rank)

    @property
    def best(self) -> Tried | None:
        """The best attempt that helped."""
        return next(iter(self.helpful), None)

    def helped(self, tried: Tried) -> bool:
        """Whether an attempt ended balanced, or nearer to the data by a tenth; after a divergence, any other end."""
        if tried.row is None or not tried.finished:
            return False
        return tried.row.verdict == HEALTHY or self._is_nearer(tried.row)

    def _is_nearer(self, row: Row) -> bool:
        if not figures_count(self.sick):
            return figures_count(row)
        before, after = self.figure(self.sick), self.figure(row)
        if before is None or after is None or self.by is None:
            return False
        gain = self.by.sign * (before - after)
        return gain > 0.0 and gain >= NEARER * abs(before)

    def _rank(self, tried: Tried) -> tuple[bool, bool, float]:
        row = tried.row
        assert row is not None
        value = self.figure(row)
        balanced = row.verdict == HEALTHY
        nearness = math.inf if value is None or self.by is None else self.by.sign * value
        return not (balanced and not row.doubt), not balanced, nearness


def figures_count(row: Row) -> bool:
    """Whether the figures of a run mean anything: the last ones before a divergence depend on when they were read."""
    return row.status != "diverged" and row.verdict != "diverged"


def _value(row: Row, measure: Measure) -> float:
    return row.values.get(measure.tag, math.nan)
