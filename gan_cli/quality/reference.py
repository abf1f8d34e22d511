"""The real samples of an evaluation: those that fakes are compared with, those for the floors, and the classifier."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_cli.data.base import Files, Source, Split, Table, samples_at
from gan_cli.errors import UserError
from gan_cli.game import Batch
from gan_cli.metrics.base import FeatureNetwork, Metric, Mixture, Reference
from gan_cli.quality.classifier import classifier_of
from gan_cli.quality.classifier_training import ClassifierData, accuracy_learned_from, classifier_data_of
from gan_cli.spec import SampleSpec

SplitName = Literal["holdout", "train"]
Rows = npt.NDArray[np.int64]

_MOST_VALUES = 2**27
"""Most values of training samples that metrics use (512 MiB of float32); of larger sets a random part is used."""


@runtime_checkable
class HasModes(Protocol):
    """A source whose samples are distributed around known centres."""

    centres: Tensor
    sigma: float


def part_to_compare_with(wanted: SplitName, split: Split) -> SplitName:
    """Return the part of the data that metrics use during training: the wanted one, if enough samples are held out."""
    held = 0 if split.holdout is None else len(split.holdout)
    return wanted if held >= Metric.fewest else "train"


def open_reference(
    source: Source, split: Split, *, num: int, of: SplitName, device: torch.device, fakes: int | None = None
) -> Reference:
    """Return the real samples to compare with.

    Args:
        source: the data set.
        split: its training and held-out samples.
        num: largest number of samples of each kind; smaller data sets give fewer.
        of: the part to compare with: `holdout`, which no network trained on, or `train`.
        device: device for the samples.
        fakes: number of generated samples that exist; None if any number can be generated.

    Raises:
        UserError: `of` is `holdout` but nothing is held out, or there are fewer than two samples of each kind.
    """
    pool = split.holdout if of == "holdout" else split.train
    if pool is None:
        raise UserError("split=holdout: this run holds no data back; use split=train, or train with data.holdout=0.1")
    rows = _shuffled(len(pool), 1)
    most = min(len(split.train), len(pool)) if of == "holdout" else len(pool) // 2
    count = min(num, most, num if fakes is None else fakes)
    if count < 2:
        raise UserError(f"split={of}: {len(pool)} samples are too few to compare with")
    real = _pick(pool, rows[:count], source.spec, device)

    def other() -> Batch:
        if of == "train":
            return _pick(pool, rows[count : 2 * count], source.spec, device)
        return _pick(split.train, _shuffled(len(split.train), 2)[:count], source.spec, device)

    def train() -> Batch:
        most = _MOST_VALUES // source.spec.numel
        return _pick(split.train, _shuffled(len(split.train), 3)[:most], source.spec, device)

    holdout = real if of == "holdout" and count == min(num, len(pool)) else _held(split, num, source.spec, device)
    mixture = Mixture(source.centres, source.sigma) if isinstance(source, HasModes) else None
    counts = _class_counts(split.train, source.spec)
    judging = _judging(split, source.spec, device, bool(getattr(source, "stacked", False)))
    return Reference(source.spec, real, holdout, other, train, mixture, counts, *judging)


def _judging(
    split: Split, spec: SampleSpec, device: torch.device, stacked: bool
) -> tuple[Callable[[], str | None], Callable[[], FeatureNetwork | str], Callable[[Batch], float]]:
    """Return the three functions of a `Reference` about the classifier; they read the labels on their first call."""

    @cache
    def classifier_data() -> ClassifierData | str:
        return classifier_data_of(split, spec, stacked=stacked)

    def refuse() -> str | None:
        return found if isinstance(found := classifier_data(), str) else None

    def train() -> FeatureNetwork | str:
        return found if isinstance(found := classifier_data(), str) else classifier_of(found, device, stacked=stacked)

    def learned_from(samples: Batch) -> float:
        found = classifier_data()
        assert isinstance(found, ClassifierData), found
        return accuracy_learned_from(samples, found, device, stacked=stacked)

    return refuse, train, learned_from


def _held(split: Split, num: int, spec: SampleSpec, device: torch.device) -> Batch | None:
    return None if split.holdout is None else _pick(split.holdout, _shuffled(len(split.holdout), 1)[:num], spec, device)


def _shuffled(count: int, seed: int) -> Rows:
    return np.random.RandomState(seed).permutation(count)


def _class_counts(train: Table | Files, spec: SampleSpec) -> Tensor | None:
    if not isinstance(train, Table) or train.labels is None or not spec.num_classes:
        return None
    return torch.bincount(train.labels, minlength=spec.num_classes)


def _pick(data: Table | Files, rows: Rows, spec: SampleSpec, device: torch.device) -> Batch:
    """Return some rows of the data, normalised, on the device; their labels stay on the CPU."""
    found = samples_at(data, rows.tolist(), spec)
    return found.with_x(found.x.to(device))
