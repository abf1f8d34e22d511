"""Samples before the metrics: what they are compared with, what came out, and by which protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_cli.data.base import Files, Source, Split, Table, samples_at
from gan_cli.errors import UserError
from gan_cli.levels import levels
from gan_cli.metrics.base import Better, Judge, JudgedMetric, Metric, Mixture, Part, Reference, Trial
from gan_cli.session.judge import judge_of
from gan_cli.session.lessons import Lessons, lessons_of
from gan_cli.spec import SampleSpec

SplitName = Literal["holdout", "train"]
Rows = npt.NDArray[np.int64]

ERROR = "_error"
"""What a metric's name is followed by where it gives a standard error."""

_MOST_VALUES = 2**27
"""Training samples are looked at whole up to half a gigabyte, else a random part of them."""


@runtime_checkable
class HasModes(Protocol):
    """A source whose samples lie around known centres."""

    centres: Tensor
    sigma: float


@dataclass(frozen=True)
class Result:
    """One figure.

    Attributes:
        value: of the samples.
        better: which way it improves.
        error: its standard error, or None.
        floor: what as many other real samples score, or None where that has no meaning.
    """

    value: float
    better: Better
    error: float | None = None
    floor: float | None = None


@dataclass(frozen=True)
class Report:
    """What an examination found.

    Attributes:
        results: by name, in the order of the metrics.
        passed_over: metrics that have no meaning here, with the reason.
        protocol: n_real, n_fake, split, and hash and accuracy of the classifier where one was asked.
    """

    results: Mapping[str, Result]
    passed_over: Mapping[str, str]
    protocol: Mapping[str, Any]


class Exam:
    """Puts trials before some metrics, at equal numbers of real samples and fakes.

    Args:
        metrics: by name.
        reference: the real side.
        split: where its real samples come from.
    """

    def __init__(self, metrics: Mapping[str, Metric], reference: Reference, split: SplitName) -> None:
        self.reference = reference
        self._metrics = dict(metrics)
        self._split = split
        self._floors: dict[str, dict[str, float]] = {}

    def reasons(self, trial: Trial) -> dict[str, str]:
        """Why metrics cannot judge this trial, by metric, as far as it costs nothing to know."""
        count = min(len(trial.fake), len(self.reference.real))
        found = {}
        for name, metric in self._metrics.items():
            reason = metric.lacks(trial)
            if reason is None and count < metric.fewest:
                reason = f"needs {metric.fewest} samples of each kind, there are {count}"
            if reason is not None:
                found[name] = reason
        return found

    def blind(self, trial: Trial) -> dict[str, str]:
        """Why metrics that look through the classifier cannot judge, by metric; it is trained if any of them could."""
        judged = self._judged(self.reasons(trial))
        reason = self.reference.blindness if judged else None
        return {} if reason is None else dict.fromkeys(judged, reason)

    def _judged(self, passed_over: Mapping[str, str]) -> list[str]:
        """The metrics that look through the classifier, but for those passed over."""
        named = self._metrics.items()
        return [name for name, metric in named if isinstance(metric, JudgedMetric) and name not in passed_over]

    def take(self, trial: Trial, *, floors: bool = True) -> Report:
        """Measure all that has a meaning; `floors` asks for what real samples score, too."""
        passed_over = {**self.reasons(trial), **self.blind(trial)}
        results: dict[str, Result] = {}
        for name, metric in self._metrics.items():
            if name in passed_over:
                continue
            measured, floor = metric.measure(trial), self._floor(name, metric) if floors else {}
            for result, better in metric.results.items():
                error = measured.get(result + ERROR)
                results[result] = Result(measured[result], better, error, floor.get(result))
        return Report(results, passed_over, self._protocol(trial, bool(self._judged(passed_over))))

    def _floor(self, name: str, metric: Metric) -> dict[str, float]:
        if metric.has_floor and name not in self._floors:
            self._floors[name] = metric.measure(Trial(self.reference, self.reference.other.samples))
        return self._floors.get(name, {})

    def _protocol(self, trial: Trial, judged: bool) -> dict[str, Any]:
        counts = {"n_real": len(self.reference.real), "n_fake": len(trial.fake), "split": self._split}
        if not judged:
            return counts
        judge = self.reference.judge
        return {**counts, "classifier": judge.digest, "classifier_accuracy": judge.accuracy}


def open_reference(
    source: Source, split: Split, *, num: int, of: SplitName, device: torch.device, fakes: int | None = None
) -> Reference:
    """The real side of a run's examinations.

    Args:
        source: the data set by name.
        split: what it read.
        num: samples of each kind, at most; as many as the data have, if fewer.
        of: the part that samples are compared with: `holdout`, which no network trained on, or `train`.
        device: where the samples go.
        fakes: how many there are to be compared; None where there is no end of them.

    Raises:
        UserError: nothing is held out, or there are not two samples of each kind.
    """
    pool = split.holdout if of == "holdout" else split.train
    if pool is None:
        raise UserError("split=holdout: this run holds no data back; use split=train, or train with data.holdout=0.1")
    rows = _shuffled(len(pool), 1)
    most = min(len(split.train), len(pool)) if of == "holdout" else len(pool) // 2
    count = min(num, most, num if fakes is None else fakes)
    if count < 2:
        raise UserError(f"split={of}: {len(pool)} samples are too few to compare with")
    real = _pick(pool, rows[:count], device)

    def other() -> Part:
        if of == "train":
            return _pick(pool, rows[count : 2 * count], device)
        return _pick(split.train, _shuffled(len(split.train), 2)[:count], device)

    def train() -> Part:
        most = _MOST_VALUES // source.spec.numel
        return _pick(split.train, _shuffled(len(split.train), 3)[:most], device)

    holdout = real if of == "holdout" and count == min(num, len(pool)) else _held(split, num, device)
    mixture = Mixture(source.centres, source.sigma) if isinstance(source, HasModes) else None
    counts = _class_counts(split.train, source.spec)
    judging = _judging(split, source.spec, device, bool(getattr(source, "stacked", False)))
    return Reference(source.spec, real, holdout, other, train, mixture, counts, *judging)


def _judging(
    split: Split, spec: SampleSpec, device: torch.device, stacked: bool
) -> tuple[Callable[[], str | None], Callable[[], Judge | str]]:
    """Why there can be no classifier, and the classifier; either looks at the labels when it is first called."""

    @cache
    def lessons() -> Lessons | str:
        return lessons_of(split, spec, stacked=stacked)

    def refuse() -> str | None:
        return found if isinstance(found := lessons(), str) else None

    def train() -> Judge | str:
        return found if isinstance(found := lessons(), str) else judge_of(found, device, stacked=stacked)

    return refuse, train


def _held(split: Split, num: int, device: torch.device) -> Part | None:
    return None if split.holdout is None else _pick(split.holdout, _shuffled(len(split.holdout), 1)[:num], device)


def _shuffled(count: int, seed: int) -> Rows:
    return np.random.RandomState(seed).permutation(count)


def _class_counts(train: Table | Files, spec: SampleSpec) -> Tensor | None:
    if not isinstance(train, Table) or train.labels is None or not spec.num_classes:
        return None
    return torch.bincount(train.labels, minlength=spec.num_classes)


def _pick(data: Table | Files, rows: Rows, device: torch.device) -> Part:
    """Some rows, normalised, on the device."""
    labels = data.labels if isinstance(data, Table) else None
    return Part(samples_at(data, rows.tolist()).to(device), None if labels is None else labels[rows])


def as_stored(samples: Tensor, spec: SampleSpec) -> Tensor:
    """Samples (N, *shape) as eight bits a value can hold them, so that a run and its exported files score alike.

    Points have no range and pass unchanged.
    """
    if spec.value_range is None:
        return samples
    low, high = spec.value_range
    return levels(samples, spec.value_range).div(255.0).mul(high - low).add(low)
