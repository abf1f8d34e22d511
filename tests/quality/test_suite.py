"""Examinations: every metric tells worse samples from better ones, beside its floor."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from gan_cli.data.base import Split, Table
from gan_cli.data.digits import Digits
from gan_cli.data.mnist import MNIST
from gan_cli.data.ring import Ring
from gan_cli.errors import UserError
from gan_cli.game import Batch
from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.quality import classifier as judging
from gan_cli.quality.classifier import TrainedClassifier, classifier_of
from gan_cli.quality.classifier_training import ClassifierData, at_least, classifier_data_of
from gan_cli.quality.reference import open_reference
from gan_cli.quality.suite import MetricSuite, as_stored
from gan_cli.spec import SampleSpec

CPU = torch.device("cpu")
CLASSES = {
    "energy_distance": "EnergyDistance",
    "sliced_wasserstein": "SlicedWasserstein",
    "mmd": "MMD",
    "frechet_classifier": "FrechetClassifier",
    "kid_classifier": "KIDClassifier",
}
"""Metrics whose first result falls as samples get better, whatever is wrong with them."""
OF_IMAGES = {name: f"{name}_view" for name in ("energy_distance", "sliced_wasserstein", "mmd")}
"""The first results of images, where they are not called like their metric."""


def metric(name: str) -> Metric:
    found: Metric = getattr(importlib.import_module(f"gan_cli.metrics.{name}"), CLASSES[name])()
    return found


def worsened(real: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Real samples, and what becomes of them: each set is worse than the one before."""
    rng = torch.Generator().manual_seed(0)
    noise = torch.randn(real.shape, generator=rng)
    one = real[labels == labels[0]]
    return {
        "real": real,
        "slightly noised": (real + 0.1 * noise).clamp(-1, 1),
        "very noised": (real + 0.4 * noise).clamp(-1, 1),
        "collapsed to one class": one.repeat(len(real) // len(one) + 1, 1, 1, 1)[: len(real)],
        "noise": torch.rand(real.shape, generator=rng) * 2 - 1,
    }


def scores(source: Any) -> dict[str, list[float]]:
    metrics = {name: metric(name) for name in CLASSES}
    reference = open_reference(source, source.load(), num=800, of="train", device=CPU)
    assert reference.other.y is not None
    suite = MetricSuite(metrics, reference, "train")
    reports = [
        suite.take(MetricInputs(reference, as_stored(Batch(samples), source.spec)))
        for samples in worsened(reference.other.x, reference.other.y).values()
    ]
    assert all(result.floor == pytest.approx(result.value) for result in reports[0].results.values())
    results = {name: OF_IMAGES.get(name, name) for name in CLASSES}
    return {name: [report.results[result].value for report in reports] for name, result in results.items()}


def test_worse_digits_score_worse() -> None:
    for name, values in scores(Digits()).items():
        assert values == sorted(values), (name, values)


@pytest.mark.slow
@pytest.mark.skipif("GAN_DATA_ROOT" not in os.environ, reason="GAN_DATA_ROOT names no folder with MNIST")
def test_worse_mnist_digits_score_worse() -> None:
    for name, values in scores(MNIST()).items():
        assert values == sorted(values), (name, values)


def test_the_sides_hold_what_they_should() -> None:
    source = Digits()
    split = source.load()
    for of, count in (("holdout", 180), ("train", 808)):
        reference = open_reference(source, split, num=2500, of=of, device=CPU)  # type: ignore[arg-type]
        assert len(reference.real) == len(reference.other) == count
        assert torch.cdist(reference.real.x.flatten(1), reference.other.x.flatten(1)).min() > 0
        assert len(reference.train) == 1617 and reference.no_classifier is None
    mixture = open_reference(Ring(), Ring().load(), num=100, of="holdout", device=CPU).mixture
    assert mixture is not None and mixture.sigma == 0.01 and len(mixture.centres) == 8


def test_too_little_data_is_refused() -> None:
    source = Digits(holdout=0.0)
    with pytest.raises(UserError, match="split=train"):
        open_reference(source, source.load(), num=10, of="holdout", device=CPU)
    few = Digits(holdout=0.0, limit=3)
    with pytest.raises(UserError, match="too few"):
        open_reference(few, few.load(), num=10, of="train", device=CPU)


def test_eight_bits_are_a_fixed_point_and_points_pass() -> None:
    levels = (torch.arange(256.0) / 127.5 - 1.0).view(1, 1, 16, 16)
    spec = SampleSpec((1, 16, 16))

    def stored(samples: torch.Tensor, spec: SampleSpec) -> torch.Tensor:
        return as_stored(Batch(samples), spec).x

    assert torch.allclose(stored(levels, spec), levels, atol=1e-6)
    assert torch.equal(stored(levels + 0.003, spec), stored(levels, spec))
    assert stored(torch.tensor([7.0]), spec).item() == 1.0
    points = torch.tensor([[3.14159]])
    assert torch.equal(stored(points, SampleSpec((1,), value_range=None)), points)


def judged(split: Split, spec: SampleSpec) -> TrainedClassifier:
    lessons = classifier_data_of(split, spec)
    assert isinstance(lessons, ClassifierData)
    found = classifier_of(lessons, CPU)
    assert isinstance(found, TrainedClassifier)
    return found


def test_the_judge_is_kept_and_draws_beside_the_global_stream(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = Digits()
    split = source.load()
    state = torch.get_rng_state()
    first = judged(split, source.spec)
    monkeypatch.setattr(judging, "train_classifier", None)  # a second schooling would fail
    again = judged(split, source.spec)
    assert torch.equal(state, torch.get_rng_state())
    assert first.digest == again.digest and first.accuracy == again.accuracy > 0.95
    features, shares = again.features_and_probabilities(torch.zeros(3, 1, 8, 8))
    assert features.shape == (3, 64) and shares.shape == (3, 10)
    assert torch.allclose(shares.sum(dim=1), torch.ones(3, dtype=torch.float64))

    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept = next((tmp_path / "gan-cli/classifiers").glob("*.pt"))
    kept.write_bytes(b"torn")
    assert judged(split, source.spec).digest == first.digest
    assert "damaged" in caplog.text


def test_the_judge_that_another_process_trained_meanwhile_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source, turns = Digits(), []

    @contextmanager
    def after_the_other(path: Path) -> Iterator[None]:
        turns.append(path)
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(judging, "in_turn", lambda path: nullcontext())
            judged(source.load(), source.spec)
        monkeypatch.setattr(judging, "train_classifier", None)  # a second schooling would fail
        yield

    monkeypatch.setattr(judging, "in_turn", after_the_other)
    assert judged(source.load(), source.spec).accuracy > 0.95
    assert [path.suffix for path in turns] == [".lock"]


def test_data_without_labels_have_no_judge() -> None:
    images = torch.zeros(8, 1, 8, 8, dtype=torch.uint8)
    assert classifier_data_of(Split(Table(images), None), SampleSpec((1, 8, 8))) == "needs images with labels"
    points = Table(torch.zeros(8, 2), torch.zeros(8, dtype=torch.int64))
    plane = SampleSpec((2,), value_range=None, num_classes=1)
    assert classifier_data_of(Split(points, None), plane) == "needs images with labels"


def test_a_stack_is_judged_channel_by_channel() -> None:
    """Two channels of digits: the class is ten times the first digit plus the second."""
    source = Digits()
    split = source.load()
    single = judged(split, source.spec)
    assert isinstance(split.train, Table) and split.train.labels is not None
    pairs = split.train.samples[:200].reshape(100, 2, 8, 8).float() / 127.5 - 1.0
    labels = split.train.labels[:200].reshape(100, 2)
    features, shares = TrainedClassifier("", 1.0, single.network, stacked=True).features_and_probabilities(pairs)
    assert features.shape == (100, 128) and shares.shape == (100, 100)
    assert (shares.argmax(dim=1) == labels[:, 0] * 10 + labels[:, 1]).float().mean() > 0.95


@pytest.mark.parametrize(("hits", "count", "share"), [(6, 10, 0.5), (10, 10, 0.1), (180, 200, 0.85), (900, 10000, 0.1)])
def test_the_probability_of_so_many_hits_is_that_of_scipy(hits: int, count: int, share: float) -> None:
    from scipy.special import bdtrc

    assert at_least(hits, count, share) == pytest.approx(float(bdtrc(hits - 1, count, share)), rel=1e-9)
