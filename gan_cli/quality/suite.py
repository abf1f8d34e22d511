"""Measures several metrics on samples and reports results, metrics that do not apply, and the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gan_cli.config.check import CLASS
from gan_cli.errors import SettingError, UserError
from gan_cli.full_precision import full_precision
from gan_cli.game import Batch
from gan_cli.metrics.base import ERROR, Better, Metric, MetricInputs, Reference
from gan_cli.own_code import describe_exception, is_own
from gan_cli.quality.reference import SplitName
from gan_cli.spec import SampleSpec


@dataclass(frozen=True)
class Result:
    """One result of a metric.

    Attributes:
        value: the result for the samples.
        better: which way it improves.
        error: its standard error, or None.
        floor: the result for equally many other real samples; None if it was not measured.
    """

    value: float
    better: Better
    error: float | None = None
    floor: float | None = None


@dataclass(frozen=True)
class Report:
    """The results of an evaluation.

    Attributes:
        results: results by name, in the order of the metrics.
        skipped: metrics that were not measured, with the reason.
        protocol: n_real, n_fake, split, and hash and accuracy of the classifier if a metric used it.
    """

    results: Mapping[str, Result]
    skipped: Mapping[str, str]
    protocol: Mapping[str, Any]


class MetricSuite:
    """A set of metrics that are all measured against the same real samples.

    Args:
        metrics: metrics by name.
        reference: the real samples.
        split: the part of the data that the real samples are from.
    """

    def __init__(self, metrics: Mapping[str, Metric], reference: Reference, split: SplitName) -> None:
        self.reference = reference
        self._metrics = dict(metrics)
        self._split = split
        self._floors: dict[str, dict[str, float]] = {}

    def not_applicable(self, inputs: MetricInputs) -> dict[str, str]:
        """Return the metrics that do not apply to these samples, with the reason, without training the classifier."""
        count = min(len(inputs.fake), len(self.reference.real))
        found = {}
        for name, metric in self._metrics.items():
            reason = metric.lacks(inputs)
            if reason is None and count < metric.fewest:
                reason = f"needs {metric.fewest} samples of each kind, there are {count}"
            if reason is not None:
                found[name] = reason
        return found

    def without_classifier(self, inputs: MetricInputs) -> dict[str, str]:
        """Return the metrics that need a classifier but get none, with the reason. Trains it if a metric needs it."""
        featured = self._featured(inputs, self.not_applicable(inputs))
        reason = self.reference.classifier_refusal if featured else None
        return {} if reason is None else dict.fromkeys(featured, reason)

    def _featured(self, inputs: MetricInputs, skipped: Mapping[str, str]) -> list[str]:
        """The metrics that use the classifier, without those that are skipped."""
        named = self._metrics.items()
        return [name for name, metric in named if name not in skipped and metric.needs_classifier(inputs)]

    @full_precision()
    def take(self, inputs: MetricInputs, *, floors: bool = True) -> Report:
        """Measure all metrics that apply; `floors` also measures other real samples in place of fakes."""
        skipped = {**self.not_applicable(inputs), **self.without_classifier(inputs)}
        results: dict[str, Result] = {}
        for name, metric in self._metrics.items():
            if name in skipped:
                continue
            measured, floor = metric.measure(inputs), self._floor(name, metric) if floors else {}
            for result, better in metric.results_for(inputs).items():
                error = measured.get(result + ERROR)
                results[result] = Result(measured[result], better, error, floor.get(result))
        return Report(results, skipped, self._protocol(inputs, bool(self._featured(inputs, skipped))))

    def try_own(self, inputs: MetricInputs) -> None:
        """Measure metrics of the user's own code once, so that their errors appear before training starts.

        Raises:
            SettingError: a metric raised an exception (given with file and line) or did not return all its results.
        """
        skipped = {**self.not_applicable(inputs), **self.without_classifier(inputs)}
        for name, metric in self._metrics.items():
            if name not in skipped and is_own(type(metric)) and (wrong := _wrong_with(metric, inputs)):
                kind = type(metric)
                raise SettingError(f"/metric.measures.{name}.{CLASS}", f"{kind.__module__}.{kind.__qualname__}", wrong)

    def _floor(self, name: str, metric: Metric) -> dict[str, float]:
        if metric.has_floor and name not in self._floors:
            self._floors[name] = metric.measure(MetricInputs(self.reference, self.reference.other))
        return self._floors.get(name, {})

    def _protocol(self, inputs: MetricInputs, featured: bool) -> dict[str, Any]:
        counts = {"n_real": len(self.reference.real), "n_fake": len(inputs.fake), "split": self._split}
        if not featured:
            return counts
        classifier = self.reference.classifier
        return {**counts, "classifier": classifier.digest, "classifier_accuracy": classifier.accuracy}


def _wrong_with(metric: Metric, inputs: MetricInputs) -> str:
    """Measure once and return the error as text, with file and line; empty if the results are as expected."""
    try:
        given: object = metric.measure(inputs)
    except UserError:
        raise
    except Exception as error:
        return describe_exception(error)
    if not isinstance(given, dict):
        return f"measure() gives a {type(given).__name__}; must give a dict of numbers: {', '.join(metric.results)}"
    missing = [name for name in metric.results_for(inputs) if not isinstance(given.get(name), (int, float))]
    return f"measure() gives no number for {', '.join(missing)}, which `results` names" if missing else ""


def as_stored(samples: Batch, spec: SampleSpec) -> Batch:
    """Return samples rounded as in a file, so that a run and its exported files give the same results."""
    return samples.with_x(spec.traits.quantise(samples.x, spec.value_range))
