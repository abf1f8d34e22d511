"""Metrics during training: when they are measured, how much time they may use, which checkpoint is the best."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le

from gan_cli.data.base import Source, Split
from gan_cli.errors import SettingError
from gan_cli.game import Players, Sampler, evaluating, joined
from gan_cli.metrics.base import ERROR, Better, Metric, MetricInputs
from gan_cli.quality.best_result import BestResult
from gan_cli.quality.reference import SplitName, open_reference, part_to_compare_with
from gan_cli.quality.suite import MetricSuite, as_stored
from gan_cli.runtime import Runtime

log = logging.getLogger(__name__)

_BATCH = 256
BY_DEFAULT = ("frechet_classifier", "frechet_view", "ngram_js", "energy_distance", "label_accuracy")
"""The metrics that configs/train.yaml chooses. Nobody is told on the screen which of them the data do not fit."""

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
        best: the result that chooses the best checkpoint, such as `recall`; None uses the first one of the first metric
            that applies to the data.
        patience: number of measurements without a new best result after which the run stops; None never stops it.
        measures: the metrics by name; empty measures nothing.

    Attributes:
        improved: whether the last measurement was the best so far.
        ranking: names of the results that improve up or down, and whether lower is better. The one that chooses the
            best checkpoint is the first. Before `open` the list has all candidates, afterwards those that are measured.
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
        known = ranking(metric.results for metric in measures.values())
        if best is not None and best not in known:
            raise SettingError("best", best, f"no such result; those measured are: {', '.join(known) or 'none'}")
        self._best = best
        self._every = every
        self._num = num
        self._split = split
        self._budget = budget
        self._patience = patience
        self._measures = measures
        self._suite: MetricSuite | None = None
        self._spent = self._last_cost = 0.0
        self._taken_at = 0
        self.improved = False
        self._rank(known)

    def _rank(self, ranked: Mapping[str, bool], judge: str = "") -> None:
        """Order the results that may choose the best checkpoint; the first one does, unless `best` names another.

        Args:
            ranked: the results, and whether lower is better.
            judge: end of the name under which the best value is saved, for results that depend on a classifier.
        """
        self._ranked_by = self._best or next(iter(ranked), None)
        self.ranking = dict(sorted(ranked.items(), key=lambda item: item[0] != self._ranked_by))
        small_is_good = self.ranking.get(self._ranked_by or "", False)
        self._best_so_far = BestResult(f"{self._ranked_by}{judge}", small_is_good=small_is_good)

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
        of = part_to_compare_with(self._split, split)
        if not self._measures or (of == "train" and len(split.train) < _FEWEST):
            self._rank({})
            return
        reference = open_reference(source, split, num=self._num, of=of, device=runtime.device)
        self._suite = MetricSuite(self._measures, reference, of)
        self._players, self._seed = players, seed
        with evaluating(players.encoder):
            real = joined([players.real(part) for part in reference.real.split(_BATCH)])
        inputs = MetricInputs(reference, real, players)
        skipped = {**self._suite.not_applicable(inputs), **self._suite.without_classifier(inputs)}
        self._name_skipped(skipped)
        self._rank_measured([metric for name, metric in self._measures.items() if name not in skipped], inputs)
        self._suite.try_own(inputs)
        self._started = time.perf_counter()
        log.info(
            "metrics every %d steps on %d samples against %d real ones (%s), within %.0f %% of the run's time; "
            "the best checkpoint by %s",
            *(self._every, len(reference.real), len(reference.real), of, 100 * self._budget, self._ranked_by),
            extra={"for_files": True},
        )

    def _name_skipped(self, skipped: Mapping[str, str]) -> None:
        """Name the metrics that are not measured, with the reason; on the screen only those that somebody chose."""
        for name, reason in skipped.items():
            chosen = tuple(self._measures) != BY_DEFAULT or self._best in self._measures[name].results
            told = log.warning if chosen else partial(log.info, extra={"for_files": True})
            told("metric %s is not measured: it %s", name, reason)

    def _rank_measured(self, metrics: Sequence[Metric], inputs: MetricInputs) -> None:
        """Rank by the results of the metrics that are measured."""
        ranked = ranking(metric.results_for(inputs) for metric in metrics)
        self._rank(ranked)
        by = next((metric for metric in metrics if self._ranked_by in metric.results_for(inputs)), None)
        if by is not None and by.needs_classifier(inputs):
            self._rank(ranked, f" by classifier {inputs.reference.classifier.digest}")
        if by is None and any(self._best in metric.results for metric in metrics):
            log.warning("metric.best=%s is not measured on these data; there are %s", self._best, ", ".join(ranked))

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
        self.improved = self._best_so_far.add(value)

    @property
    def stop_reason(self) -> str:
        """Why the run should stop, as text; empty if it should continue."""
        best = self._best_so_far
        if self._patience is None or best.waiting < self._patience:
            return ""
        ever = "been a number" if best.value is None else f"improved on {best.value:.4g}"
        return f"{self._ranked_by} has not {ever} in {best.waiting} measurements"

    def state_dict(self) -> dict[str, Any]:
        """Return the state that a resumed run needs."""
        best = self._best_so_far
        return {"taken_at": self._taken_at, "record": best.saved(), "waiting": best.waiting}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a state that `state_dict` returned."""
        self._taken_at = state["taken_at"]
        alone = len(self.ranking) == 1
        if not self._best_so_far.restore(state["record"], state["waiting"], alone=alone) and self._suite is not None:
            log.warning("best.pt was chosen by another figure; from here on it is chosen anew by %s", self._ranked_by)


def ranking(results: Iterable[Mapping[str, Better]]) -> dict[str, bool]:
    """Return the names of the results that improve up or down, and whether lower is better, in the order of metrics."""
    ways = {name: way for one in results for name, way in one.items()}
    return {name: way == "low" for name, way in ways.items() if way in ("low", "high")}
