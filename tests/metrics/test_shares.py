"""Metrics that count: modes, classes, manifolds, copies, on constructed sets."""

from __future__ import annotations

import math

import pytest
import torch
from trials import normal, trial

from gan_cli.metrics.base import Mixture, nearest
from gan_cli.metrics.class_histogram import ClassHistogram
from gan_cli.metrics.density_coverage import DensityCoverage, density_coverage
from gan_cli.metrics.memorisation import Memorisation
from gan_cli.metrics.modes import Modes, divergence, mode_scores
from gan_cli.metrics.precision_recall import PrecisionRecall, inside, radii

FOUR = Mixture(torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]]), 1.0)


def test_modes_by_hand() -> None:
    # two good ones at the first mode, a good one at the second, one 3.5 sigma from the third: it is near, not good
    fake = torch.tensor([[0.0, 1.0], [0.5, 0.0], [10.0, 2.9], [3.5, 10.0]])
    found = mode_scores(fake, FOUR, 3.0)
    assert found["modes"] == 2.0
    assert found["high_quality"] == 0.75
    shares = [0.5, 0.25, 0.25]
    assert found["reverse_kl"] == pytest.approx(sum(p * math.log(p / 0.25) for p in shares))


def test_modes_at_their_best_and_worst() -> None:
    even = mode_scores(FOUR.centres.repeat(10, 1), FOUR, 3.0)
    assert even == {"modes": 4.0, "high_quality": 1.0, "reverse_kl": pytest.approx(0.0, abs=1e-12)}
    one = mode_scores(FOUR.centres[:1].expand(40, 2), FOUR, 3.0)
    assert one == {"modes": 1.0, "high_quality": 1.0, "reverse_kl": pytest.approx(math.log(4))}


def test_only_mixtures_have_modes() -> None:
    points = normal(4, 2, 0)
    assert "modes" in str(Modes().lacks(trial(points, points)))
    assert Modes().lacks(trial(points, points, mixture=FOUR)) is None


def test_the_divergence_of_known_histograms() -> None:
    assert divergence(torch.tensor([3, 1]), torch.tensor([1, 1])) == pytest.approx(
        0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    )
    assert divergence(torch.tensor([0, 5]), torch.tensor([1, 1])) == pytest.approx(math.log(2))
    assert divergence(torch.tensor([1, 1]), torch.tensor([0, 2])) == math.inf


def test_classes_by_hand() -> None:
    # the judge names the largest value; half of the training samples are of class 0
    fake = torch.eye(3)[[0, 0, 0, 0]] * 50
    found = ClassHistogram().measure(trial(fake, fake, class_counts=torch.tensor([6, 3, 3])))
    assert found["classes"] == 1.0
    assert found["class_kl"] == pytest.approx(math.log(1 / (3 / 6)))
    assert found["confidence"] == pytest.approx(1.0)


def test_radii_by_hand() -> None:
    line = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    assert radii(line, 1).tolist() == pytest.approx([1, 1, 2, 4])
    assert radii(line, 2).tolist() == pytest.approx([3, 2, 3, 6])


def test_precision_and_recall_by_hand() -> None:
    # k = 1: real balls of radius 1, 1, 2 reach from -1 to 5; fakes at 0.5 and 5.5 have balls of radius 5
    real, fake = torch.tensor([[0.0], [1.0], [3.0]]), torch.tensor([[0.5], [5.5]])
    assert inside(fake, real, 1) == 0.5
    assert inside(real, fake, 1) == 1.0
    assert PrecisionRecall(neighbours=1).measure(trial(fake, real)) == {"precision": 0.5, "recall": 1.0}


def test_precision_and_recall_of_constructed_sets() -> None:
    real = torch.cat([normal(200, 2, 0), normal(200, 2, 1, mean=20.0)])
    half = normal(200, 2, 2)
    dropped = PrecisionRecall().measure(trial(half, real))
    assert dropped["precision"] > 0.9 and dropped["recall"] < 0.55
    strayed = PrecisionRecall().measure(
        trial(torch.cat([normal(400, 2, 3), normal(400, 2, 4, mean=-30.0)]), real[:200])
    )
    assert strayed["precision"] < 0.55 and strayed["recall"] > 0.9


def test_density_and_coverage_by_hand() -> None:
    # k = 1: balls of radius 1, 1, 2 at 0, 1, 3; a fake at 0.5 lies in two of them, one at 9 in none
    real, fake = torch.tensor([[0.0], [1.0], [3.0]]), torch.tensor([[0.5], [9.0]])
    assert density_coverage(fake, real, 1) == {"coverage": pytest.approx(2 / 3), "density": 1.0}
    found = DensityCoverage().measure(trial(normal(400, 3, 1), normal(400, 3, 0)))
    assert found["density"] == pytest.approx(1.0, abs=0.15)
    assert found["coverage"] > 0.9


def test_copies_are_found_and_strangers_are_not() -> None:
    train, holdout = normal(500, 4, 0), normal(100, 4, 1)
    copied = Memorisation().measure(trial(train[:50] + 1e-6, train, train=train, holdout=holdout))
    fresh = Memorisation().measure(trial(normal(2000, 4, 2), train, train=train, holdout=holdout))
    assert copied["nearest_train"] < 1e-3 and copied["copies"] == 1.0
    assert fresh["nearest_train"] == pytest.approx(1.0, abs=0.1)
    assert fresh["copies"] < 0.04
    assert "holdout" in str(Memorisation().lacks(trial(train, train, train=train)))


def test_nearest_neighbours_in_blocks() -> None:
    from_, to = normal(11, 2, 0), normal(7, 2, 1)
    distance, index = nearest(from_, to, block=3)
    table = (from_[:, None] - to[None]).norm(dim=2)
    assert torch.allclose(distance, table.min(dim=1).values)
    assert torch.equal(index, table.argmin(dim=1))
    assert nearest(to + 0.0, to)[0].max() == 0.0
