"""Metrics of generators that are told the class: digits are their own fakes, with right and with wrong classes."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from gan_cli.data.base import split_of
from gan_cli.data.digits import Digits
from gan_cli.game import Batch
from gan_cli.metrics.base import MetricInputs, Reference
from gan_cli.metrics.class_transfer import ClassTransfer
from gan_cli.metrics.frechet_classifier import frechet
from gan_cli.metrics.frechet_in_class import FrechetInClass, frechet_in_class
from gan_cli.metrics.label_accuracy import LabelAccuracy, spread_in_class
from gan_cli.quality import classifier_training
from gan_cli.quality.reference import open_reference


@pytest.fixture(scope="module")
def reference() -> Reference:
    source = Digits()
    return open_reference(source, split_of(source), num=1000, of="train", device=torch.device("cpu"))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier_training, "batches_of", lambda spec: 60)


def turned(samples: Batch, by: int) -> Batch:
    """The same samples, said to be of the class `by` further on."""
    assert samples.y is not None
    return Batch(samples.x, (samples.y + by) % 10)


def test_fakes_teach_the_classes_that_they_are_said_to_be(reference: Reference, quick: None) -> None:
    right, wrong = (
        ClassTransfer().measure(MetricInputs(reference, turned(reference.other, by)))["class_transfer"] for by in (0, 1)
    )
    assert right > 0.9 and wrong < 0.05


def test_a_class_that_always_looks_the_same_teaches_less(reference: Reference, quick: None) -> None:
    other = reference.other
    assert other.y is not None
    first = torch.stack([other.x[other.y == label][0] for label in range(10)])
    labels = torch.arange(10).repeat(50)
    narrow = MetricInputs(reference, Batch(first[labels], labels))
    assert ClassTransfer().measure(narrow)["class_transfer"] < 0.85
    assert ClassTransfer().measure(MetricInputs(reference, other))["class_transfer"] > 0.9


def test_they_need_fakes_with_classes(reference: Reference) -> None:
    fakes = MetricInputs(reference, Batch(reference.other.x))
    for metric in (ClassTransfer(), FrechetInClass(), LabelAccuracy()):
        assert metric.lacks(fakes) == "needs a generator that is told the class, such as with condition=concat"
        assert metric.lacks(replace(fakes, fake=reference.other)) is None
    unheld = MetricInputs(replace(reference, holdout=None), reference.other)
    assert ClassTransfer().lacks(unheld) == "needs held-out samples to test on; give data.holdout"


@pytest.mark.parametrize(("factor", "spread"), [(1.0, 1.0), (0.5, 0.5), (0.0, 0.0)])
def test_the_spread_is_within_classes_not_between_them(factor: float, spread: float) -> None:
    labels = torch.arange(3).repeat(40)
    around = torch.randn(120, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    means = 10.0 * labels[:, None].double()
    assert spread_in_class(means + factor * around, labels, means + around, labels) == pytest.approx(spread)


def test_samples_of_the_wrong_class_are_far_within_classes_but_not_in_all(reference: Reference) -> None:
    def within(samples: Batch) -> float:
        return FrechetInClass().measure(MetricInputs(reference, samples))["frechet_in_class"]

    right, wrong = (within(turned(reference.other, by)) for by in (0, 1))
    assert wrong > 10 * right > 0


def test_the_distance_within_classes_is_the_mean_of_those_with_enough_samples() -> None:
    draw = torch.Generator().manual_seed(0)
    real = torch.randn(100, 3, generator=draw, dtype=torch.float64)
    labels = torch.arange(100) // 40  # 40, 40 and 20 of a class
    moved = real + torch.tensor([0.0, 1.0, 2.0])[labels, None].double()
    asked = labels.clone()
    assert frechet_in_class(moved, asked, real, labels) == pytest.approx((0 + 3 * 1 + 3 * 4) / 3)
    asked[-5:] = 0  # leaves 15 of the third class; the first gets five far ones
    first = frechet(moved[asked == 0], real[labels == 0])
    assert frechet_in_class(moved, asked, real, labels) == pytest.approx((first + 3 * 1) / 2)
    assert torch.tensor(frechet_in_class(moved[:5], asked[:5], real, labels)).isnan()


def test_classes_with_few_samples_do_not_count_for_the_spread() -> None:
    def spread(labels: Tensor) -> float:
        samples = torch.arange(len(labels), dtype=torch.float64)[:, None]
        return spread_in_class(samples, labels, samples, labels)

    assert torch.tensor(spread(torch.tensor([0, 0, 0, 1, 1, 1]))).isnan()
    assert spread(torch.tensor([0, 0, 0, 0, 1, 1, 1])) == 1.0
