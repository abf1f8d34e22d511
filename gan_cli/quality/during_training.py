"""Metrics during training: when they are measured, how much time they may use, which checkpoint is the best."""

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
"""Smallest number of training samples, if nothing is held out, that gives two samples of each kind to compare."""


class TrainingMetrics:
    """The metrics that are measured at readings of a run, within a share of its time, without changing the training.

    Args:
        every: steps between measurements, rounded up to readings (`telemetry.every`); the last step is always measured.
        num: largest number of samples of each kind.
        split: real samples to compare with: `holdout` or `train`; with fewer than 20 held-out samples always `train`.
        budget: largest share of the run's time for measurements, except for the last one. A measurement that would
            exceed it is postponed to a later reading. Then their number, and with it `best` and `patience`, depends on
            the speed of the machine; the training does not.
        best: the result that chooses the best checkpoint, such as `recall`; None uses the first one.
        patience: number of measurements without a new best result after which the run stops; None never stops it.
        measures: the metrics by name; empty measures nothing.

    Attributes:
        improved: whether the last measurement was the best so far.
        ranking: names of the results that improve up or down, and whether lower is better. The one that chooses the
            best checkpoint is the first.
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
        """Prepare the real samples; train the classifier if a metric needs it and it is not cached.

        Args:
            source: the data set.
            split: its training and held-out samples.
            runtime: the runtime, for its device.
            players: the two networks in training.
            seed: seed of the latent vectors, the same for every measurement.

        Raises:
            SettingError: a metric of the user's own code fails in a test on real samples.
        """
        held = 0 if split.holdout is None else len(split.holdout)
        if not self._measures or (held < 2 and len(split.train) < _FEWEST):
            return
        of: SplitName = self._split if held >= Metric.fewest else "train"
        reference = open_reference(source, split, num=self._num, of=of, device=runtime.device)
        self._suite = MetricSuite(self._measures, reference, of)
        self._players, self._seed = players, seed
        inputs = MetricInputs(reference, reference.real, players)
        for name, reason in {**self._suite.not_applicable(inputs), **self._suite.without_classifier(inputs)}.items():
            log.warning("metric %s is not measured: it %s", name, reason)
        self._suite.try_own(inputs)
        self._started = time.perf_counter()
        log.info(
            "metrics every %d steps on %d samples against %d real ones (%s), within %.0f %% of the run's time",
            *(self._every, len(reference.real), len(reference.real), of, 100 * self._budget),
            extra={"for_files": True},
        )

    def due(self, step: int) -> bool:
        """Whether a measurement is due at this step and its expected time is within the budget."""
        if self._suite is None or step // self._every == self._taken_at // self._every:
            return False
        allowed = self._budget * (time.perf_counter() - self._started)
        return self._spent + self._last_cost <= allowed

    def measure(self, step: int, sample: Sampler) -> dict[str, float]:
        """Measure and return the results by tag `metric/<name>`, standard errors, and `time/metrics`, total seconds.

        Afterwards `improved` is True if the result that chooses the best checkpoint is the best so far.

        Args:
            step: the current step.
            sample: generates samples from latent vectors, with averaged weights if the run has them.
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
        """Why the run should stop, as text; empty if it should continue."""
        if self._patience is None or self._waiting < self._patience:
            return ""
        return f"{self._ranked_by} has not improved on {self._record:.4g} in {self._waiting} measurements"

    def state_dict(self) -> dict[str, Any]:
        """Return the state that a resumed run needs."""
        return {"taken_at": self._taken_at, "record": self._record, "waiting": self._waiting}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a state that `state_dict` returned."""
        self._taken_at, self._record, self._waiting = state["taken_at"], state["record"], state["waiting"]
