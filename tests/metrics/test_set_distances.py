"""Distances between sets of samples against values by hand and in closed form."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from trials import normal, trial

from gan_cli.metrics.energy_distance import EnergyDistance
from gan_cli.metrics.frechet_classifier import FrechetClassifier, frechet
from gan_cli.metrics.frechet_view import FrechetView
from gan_cli.metrics.kid_classifier import KIDClassifier, kid
from gan_cli.metrics.mmd import MMD, discrepancy
from gan_cli.metrics.sliced_wasserstein import SlicedWasserstein, sliced_wasserstein
from gan_cli.metrics.wasserstein import Wasserstein, wasserstein
from gan_cli.scattering import scattering


def test_wasserstein_of_a_shift_is_its_length_and_no_order_matters() -> None:
    real = normal(64, 2, 0)
    fake = (real + torch.tensor([3.0, 4.0])).flip(0)
    assert wasserstein(fake, real) == pytest.approx(5.0, rel=1e-5)
    assert Wasserstein(most=50).measure(trial(real + 1.0, real)) == {
        "wasserstein": pytest.approx(math.sqrt(2), rel=1e-5)
    }


def test_wasserstein_is_the_best_of_all_pairings() -> None:
    fake, real = normal(5, 2, 1), normal(5, 2, 2)
    costs = torch.cdist(fake, real).square()
    best = min(sum(costs[i, j] for i, j in enumerate(order)) / 5 for order in itertools.permutations(range(5)))
    assert wasserstein(fake, real) == pytest.approx(math.sqrt(best), rel=1e-5)


def test_images_have_no_exact_wasserstein() -> None:
    images = torch.zeros(4, 1, 2, 2)
    assert "points" in str(Wasserstein().lacks(trial(images, images)))


def test_sliced_wasserstein_along_one_axis_by_hand() -> None:
    # in one dimension every direction is +-1: sorted values are paired, (0-1)^2, (2-4)^2
    fake, real = torch.tensor([[2.0], [0.0]]), torch.tensor([[1.0], [4.0]])
    assert sliced_wasserstein(fake, real, 8).item() == pytest.approx(math.sqrt((1 + 4) / 2))


def test_sliced_wasserstein_of_a_shift_is_about_its_length() -> None:
    real = normal(256, 16, 0)
    found = SlicedWasserstein(directions=2048).measure(trial(real + 0.5, real))["sliced_wasserstein"]
    assert found == pytest.approx(2.0, rel=0.1)  # sqrt(16) * 0.5


def test_sliced_wasserstein_repeats_and_leaves_the_global_stream_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    values = [SlicedWasserstein().measure(trial(normal(8, 3, 1), normal(8, 3, 2))) for _ in range(2)]
    assert values[0] == values[1]
    assert torch.equal(before, torch.get_rng_state())


def test_frechet_of_two_gaussians_in_closed_form() -> None:
    # whitened sets have exactly these moments: diagonal covariances commute, so the trace is sum (s1 - s2)^2
    base = normal(500, 3, 0).double()
    base = base - base.mean(dim=0)
    white = base @ torch.linalg.inv(torch.linalg.cholesky(base.T.cov())).T
    scales = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 2.0, 0.5])
    shift = torch.tensor([1.0, 0.0, -2.0])
    fake, real = white * scales[0].double() + shift.double(), white.flip(0) * scales[1].double()
    assert frechet(fake, real) == pytest.approx(5.0 + 1.0 + 0.0 + 6.25, rel=1e-9)
    assert FrechetClassifier().measure(trial(fake, fake)) == {"frechet_classifier": pytest.approx(0.0, abs=1e-6)}


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_frechet_of_samples_that_are_not_finite_is_not_a_number(value: float) -> None:
    """A run that diverges after its last reading still ends as one that diverged, not with an error of its metrics."""
    sound, broken = normal(200, 3, 0).double(), normal(200, 3, 1).double()
    broken[7, 1] = value
    assert math.isnan(frechet(broken, sound)) and math.isnan(frechet(sound, broken))


def test_frechet_bears_fewer_samples_than_features() -> None:
    value = frechet(normal(5, 40, 1).double(), normal(6, 40, 2).double())
    assert math.isfinite(value) and value > 0


def test_the_discrepancy_by_hand() -> None:
    # k = [[2, 1], [1, 2]] among fakes, [[2, 0], [0, 2]] among real, all 0.25 between: 1 + 0 - 0.5
    matrices = torch.tensor([[2.0, 1.0], [1.0, 2.0]]), torch.tensor([[2.0, 0.0], [0.0, 2.0]]), torch.full((2, 2), 0.25)
    value, error = discrepancy(*matrices)
    assert value == pytest.approx(0.5)
    assert math.isnan(error)  # two samples leave no group out


def test_kid_by_hand() -> None:
    # one feature: k(x, y) = (x y + 1)^3; fakes 0 and 0: k = 1; real 1 and 1: k = 8; between: 1
    assert kid(torch.zeros(2, 1).double(), torch.ones(2, 1).double())[0] == pytest.approx(1 + 8 - 2)


def repeated(mean: float, count: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    """KID and its error over 200 independent pairs of sets."""
    pairs = [(normal(count, 4, 2 * i, mean=mean).double(), normal(count, 4, 2 * i + 1).double()) for i in range(200)]
    values, errors = torch.tensor([kid(*pair) for pair in pairs], dtype=torch.float64).unbind(1)
    return values, errors


def test_kid_is_unbiased() -> None:
    values, _ = repeated(mean=0.0)
    assert abs(values.mean()) < 3 * values.std() / math.sqrt(200)
    assert (values < 0).any()


def test_the_error_of_kid_is_its_spread() -> None:
    values, errors = repeated(mean=1.0)
    assert errors.mean() == pytest.approx(values.std().item(), rel=0.3)
    # where the distributions are equal the statistic is degenerate, and a jackknife is too careful by the root of 2
    values, errors = repeated(mean=0.0)
    assert errors.mean() == pytest.approx(math.sqrt(2) * values.std().item(), rel=0.3)


def test_kid_does_not_depend_on_the_number_of_samples_but_frechet_does() -> None:
    def means(count: int) -> tuple[float, float]:
        pairs = [(normal(count, 8, 2 * i).double(), normal(count, 8, 2 * i + 1, mean=1.0).double()) for i in range(60)]
        return (
            float(torch.tensor([kid(*pair)[0] for pair in pairs]).mean()),
            float(torch.tensor([frechet(*pair) for pair in pairs]).mean()),
        )

    (few_kid, few_frechet), (many_kid, many_frechet) = means(20), means(200)
    assert few_kid == pytest.approx(many_kid, rel=0.2)
    assert few_frechet > 1.2 * many_frechet


def test_mmd_of_far_and_of_equal_sets() -> None:
    real = normal(100, 2, 0)
    far = MMD().measure(trial(real + 1000.0, real))
    near = MMD().measure(trial(normal(100, 2, 1), real))
    assert far["mmd"] > 0.3  # nothing between the sets: what is left is each set's own mean kernel, twice
    assert abs(near["mmd"]) < 4 * near["mmd_error"] + 1e-3
    assert far["mmd_error"] < 0.1


def test_the_narrow_kernels_see_inside_the_modes() -> None:
    modes = torch.tensor([[0.0, 0.0], [10.0, 0.0]]).repeat(100, 1)
    real, blurred = (modes + normal(200, 2, seed, scale=scale) for seed, scale in ((0, 0.1), (1, 1.0)))
    assert MMD().measure(trial(blurred, real))["mmd"] > 10 * abs(
        MMD().measure(trial(modes + normal(200, 2, 2, scale=0.1), real))["mmd"]
    )


@pytest.mark.parametrize(
    "metric", [EnergyDistance(), SlicedWasserstein(), MMD(), Wasserstein(), FrechetClassifier(), KIDClassifier()]
)
def test_worse_samples_score_worse(metric: object) -> None:
    real = normal(300, 2, 0)
    clean = normal(300, 2, 1)
    worse = [clean, clean + normal(300, 2, 2, scale=0.7), clean + normal(300, 2, 2, scale=2.0), clean + 8.0]
    values = [next(iter(metric.measure(trial(fake, real)).values())) for fake in worse]  # type: ignore[attr-defined]
    assert values == sorted(values)
    assert values[3] > values[1]


def test_frechet_in_the_view_is_that_of_the_scattering_vectors() -> None:
    fake, real = (torch.rand(200, 1, 8, 8, generator=torch.Generator().manual_seed(seed)) * 2 - 1 for seed in (0, 1))
    expected = frechet(scattering(fake).double(), scattering(real).double())
    assert FrechetView().measure(trial(fake, real))["frechet_view"] == pytest.approx(expected)
    assert FrechetView().measure(trial(real, real))["frechet_view"] == pytest.approx(0.0, abs=1e-5)


def test_points_have_no_frechet_distance_in_a_view() -> None:
    assert FrechetView().lacks(trial(normal(200, 2, 0), normal(200, 2, 1))) == "needs images or sound"
