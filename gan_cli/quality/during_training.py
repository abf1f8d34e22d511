"""Metrics while a run trains: when they are taken, what they may cost, which checkpoint is the best so far."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le

from gan_cli.data.base import Source, Split
from gan_cli.errors import SettingError
from gan_cli.game import Players, Sampler, joined
from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.quality.reference import SplitName, open_reference
from gan_cli.quality.suite import ERROR, MetricSuite, as_stored
from gan_cli.runtime import Runtime

log = logging.getLogger(__name__)

_BATCH = 256
_FEWEST = 4
"""Training samples below which, with nothing held out, there are no two pairs to compare."""


class TrainingMetrics:
    """Takes metrics at readings of a run, within a share of its time, without moving anything in the game.

    Args:
        every: steps from one examination to the next, rounded up to readings (`telemetry.every`); the last step always
            has one.
        num: samples of each kind, at most.
        split: real samples to compare with: `holdout`, or `train`; `train` too where fewer than 20 are held out.
        budget: largest share of the run's time that examinations may take, but for the last one; one that would go
            beyond waits for a later reading. What follows from their number (best, patience) then depends on the
            machine; the run itself does not.
        best: the result that chooses the best checkpoint, such as `recall`; None takes the first one.
        patience: examinations without a new best after which the run ends; None never ends it.
        measures: the metrics by name; none, and nothing is done.

    Attributes:
        improved: whether the last examination was the best so far.
        ranking: names of the results that improve in one direction, the one that chooses the best checkpoint first;
            whether each is to be small.
    """

    def __init__(
        self,
        *,
        every: Annotated[int, Ge(1)] = 1000,
        num: Annotated[int, Ge(2)] = 1000,
        split: SplitName = "holdout",
        budget: Annotated[float, Gt(0), Le(1)] = 0.1,
        best: str | None = None,
        patience: Annotated[int, Ge(1)] | None = None,
        measures: Mapping[str, Metric],
    ) -> None:
        ways = {
            name: way for metric in measures.values() for name, way in metric.results.items() if way in ("low", "high")
        }
        if best is not None and best not in ways:
            raise SettingError("best", best, f"no such result; those measured are: {', '.join(ways) or 'none'}")
        self._ranked_by = best or next(iter(ways), None)
        names = sorted(ways, key=lambda name: name != self._ranked_by)
        self.ranking = {name: ways[name] == "low" for name in names}
        self._sign = -1.0 if self._ranked_by is not None and ways[self._ranked_by] == "low" else 1.0
        self._every = every
        self._num = num
        self._split = split
        self._budget = budget
        self._patience = patience
        self._measures = measures
        self._suite: MetricSuite | None = None
        self._spent = self._last_cost = 0.0
        self._taken_at = 0
        self._record: float | None = None
        self._waiting = 0
        self.improved = False

    def open(self, source: Source, split: Split, runtime: Runtime, players: Players, seed: int) -> None:
        """Get the real side ready; trains the classifier where it is needed and was not kept.

        Args:
            source: the data set by name.
            split: what it read.
            runtime: the machine.
            players: the two networks in play.
            seed: of the latent vectors, the same at every examination.

        Raises:
            SettingError: a metric of a person's own goes wrong; it is tried on real samples.
        """
        held = 0 if split.holdout is None else len(split.holdout)
        if not self._measures or (held < 2 and len(split.train) < _FEWEST):
            return
        of: SplitName = self._split if held >= Metric.fewest else "train"
        reference = open_reference(source, split, num=self._num, of=of, device=runtime.device)
        self._suite = MetricSuite(self._measures, reference, of)
        self._players, self._seed = players, seed
        inputs = MetricInputs(reference, reference.real, players)
        for name, reason in {**self._suite.reasons(inputs), **self._suite.blind(inputs)}.items():
            log.warning("metric %s is not taken: it %s", name, reason)
        self._suite.try_own(inputs)
        self._started = time.perf_counter()
        log.info(
            "metrics every %d steps on %d samples against %d real ones (%s), within %.0f %% of the run's time",
            *(self._every, len(reference.real), len(reference.real), of, 100 * self._budget),
            extra={"for_files": True},
        )

    def due(self, step: int) -> bool:
        """Whether it is time for an examination, and whether there is time for one."""
        if self._suite is None or step // self._every == self._taken_at // self._every:
            return False
        allowed = self._budget * (time.perf_counter() - self._started)
        return self._spent + self._last_cost <= allowed

    def measure(self, step: int, sample: Sampler) -> dict[str, float]:
        """Results by tag `metric/<name>` with standard errors, and `time/metrics`, seconds spent on them by now.

        `improved` then says whether they are the best so far.

        Args:
            step: the present one.
            sample: draws as a person would.
        """
        if self._suite is None:
            return {}
        begun = time.perf_counter()
        drawn = self._players.draw(len(self._suite.reference.real), self._seed)
        fake = joined([sample(part) for part in drawn.split(_BATCH)])
        fake = as_stored(fake, self._suite.reference.spec)
        report = self._suite.take(MetricInputs(self._suite.reference, fake, self._players), floors=False)
        values = {f"metric/{name}": result.value for name, result in report.results.items()}
        values |= {f"metric/{n}{ERROR}": r.error for n, r in report.results.items() if r.error is not None}
        self._last_cost = time.perf_counter() - begun
        self._spent += self._last_cost
        self._taken_at = step
        self._compare(values.get(f"metric/{self._ranked_by}"))
        return {**values, "time/metrics": self._spent}

    def _compare(self, value: float | None) -> None:
        if value is None:
            return
        self.improved = self._record is None or self._sign * value > self._sign * self._record
        if self.improved:
            self._record, self._waiting = value, 0
        else:
            self._waiting += 1

    @property
    def stop_reason(self) -> str:
        """Why the run should end, in words; empty while it should not."""
        if self._patience is None or self._waiting < self._patience:
            return ""
        return f"{self._ranked_by} has not improved on {self._record:.4g} in {self._waiting} examinations"

    def state_dict(self) -> dict[str, Any]:
        """What a continuation needs."""
        return {"taken_at": self._taken_at, "record": self._record, "waiting": self._waiting}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` gave."""
        self._taken_at, self._record, self._waiting = state["taken_at"], state["record"], state["waiting"]
