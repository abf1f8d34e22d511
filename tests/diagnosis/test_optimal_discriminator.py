"""The best discriminator: against naive sums, a case known in closed form, and its gap to other discriminators."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from arena import NoHostSync
from pair_of_networks import PairOfNetworks
from torch import Tensor, nn

from gan_cli.diagnosis.optimal_discriminator import OptimalDiscriminator
from gan_cli.diagnosis.pass_gauges import PassGauges
from gan_cli.game import Batch, GeneratorInput
from gan_cli.losses import Hinge, LeastSquares, NonSaturating, Relativistic, Wasserstein
from gan_cli.spec import SampleSpec


def drawn(count: int, *shape: int, seed: int = 0) -> Tensor:
    return torch.randn(count, *shape, generator=torch.Generator().manual_seed(seed))


def modes(count: int, seed: int, *, sigma: float = 0.01) -> Tensor:
    """Thin Gaussians at eight places on a circle."""
    angles = torch.arange(count) % 8 * (math.pi / 4)
    return torch.stack([angles.cos(), angles.sin()], dim=1) + sigma * drawn(count, 2, seed=seed)


def naive(point: Tensor, real: list[Tensor], fake: list[Tensor], bandwidth: float) -> float:
    def density(samples: list[Tensor]) -> float:
        return sum(math.exp(-(math.dist(point, sample) ** 2) / (2 * bandwidth**2)) for sample in samples) / len(samples)

    return density(real) / (density(real) + density(fake))


def naive_at_samples(real: list[Tensor], fake: list[Tensor], bandwidth: float) -> list[float]:
    on_real = [naive(x, real[:i] + real[i + 1 :], fake, bandwidth) for i, x in enumerate(real)]
    return on_real + [naive(x, real, fake[:i] + fake[i + 1 :], bandwidth) for i, x in enumerate(fake)]


@pytest.mark.parametrize("shape", [(1,), (2,), (5,), (1, 4)])
def test_it_is_what_the_plain_sums_give(shape: tuple[int, ...]) -> None:
    real, fake, points = drawn(12, *shape, seed=1), 0.5 * drawn(9, *shape, seed=2) + 0.7, drawn(20, *shape, seed=3)
    best = OptimalDiscriminator(real, fake)
    reals, fakes = ([x.flatten().double() for x in samples] for samples in (real, fake))

    def value(bandwidth: float) -> float:
        answers = naive_at_samples(reals, fakes, bandwidth)
        on_real, on_fake = answers[:12], answers[12:]
        return sum(map(math.log, on_real)) / 12 + sum(math.log(1 - answer) for answer in on_fake) / 9

    spread = real.flatten(1).var(dim=0).sum().sqrt().item()
    values = {
        spread / 2**k: value(spread / 2**k) for k in range(4)
    }  # finer ones are worse, and too small for plain sums
    bandwidth = next(wide for wide, found in values.items() if found >= max(values.values()) - 0.01)
    assert best.bandwidth.item() == pytest.approx(bandwidth)
    answers, near = best(points)
    expected = [naive(x.flatten().double(), reals, fakes, bandwidth) for x in points]
    assert answers.tolist() == pytest.approx(expected, abs=1e-5)
    reach = bandwidth * (math.sqrt(math.prod(shape)) + 2)
    for x, is_near in zip(points, near.tolist(), strict=True):
        assert is_near == (min(math.dist(x.flatten(), y) for y in reals + fakes) <= reach)
    at_samples = naive_at_samples(reals, fakes, bandwidth)
    wrong = [abs(0.3 - answer) for answer in at_samples]
    gap = best.gap(torch.full((12,), 0.3), torch.full((9,), 0.3)).item()
    assert gap == pytest.approx((sum(wrong[:12]) / 12 + sum(wrong[12:]) / 9) / 2, abs=1e-5)


def test_two_gaussians_have_a_known_answer() -> None:
    # N(-1, 1) against N(1, 1): log p_data / p_g = -2 x
    best = OptimalDiscriminator(drawn(2048, 1, seed=1) - 1, drawn(1024, 1, seed=2) + 1)
    x = torch.linspace(-2, 2, 41)[:, None]
    answers, near = best(x)
    assert near.all()
    torch.testing.assert_close(answers, torch.sigmoid(-2 * x[:, 0]), atol=0.08, rtol=0)


@pytest.mark.parametrize("seed", range(3))
def test_against_a_perfect_generator_the_best_answer_is_one_half(seed: int) -> None:
    best = OptimalDiscriminator(modes(256, seed), modes(256, seed + 10))
    assert best.gap(torch.full((256,), 0.5), torch.full((256,), 0.5)).item() < 0.03
    assert best.gap(torch.ones(256), torch.ones(256)).item() == pytest.approx(0.5, abs=0.03)
    assert best.gap(torch.ones(256), torch.zeros(256)).item() == pytest.approx(0.5, abs=0.03)


def test_a_generator_between_the_modes_can_be_told() -> None:
    angles = torch.linspace(0, 2 * math.pi, 257)[:-1] + 0.01
    real, fake = modes(256, 1), 1.1 * torch.stack([angles.cos(), angles.sin()], dim=1)
    best = OptimalDiscriminator(real, fake)
    assert best.bandwidth.item() < 0.1
    assert best.gap(torch.ones(256), torch.zeros(256)).item() < 0.05
    assert best.gap(torch.full((256,), 0.5), torch.full((256,), 0.5)).item() == pytest.approx(0.5, abs=0.05)
    assert best.gap(torch.zeros(256), torch.ones(256)).item() > 0.95
    answers, near = best(torch.tensor([[1.0, 0.0], [0.0, 1.1], [0.3, 0.0], [50.0, 0.0]]))
    assert near.tolist() == [True, True, False, False]
    assert answers[0] > 0.95 and answers[1] < 0.05
    assert answers.isfinite().all(), "also where the densities are too small for a float"


def test_where_the_data_lies_does_not_matter() -> None:
    real, fake = modes(64, 1, sigma=0.1), modes(64, 2, sigma=0.3)
    near, far = OptimalDiscriminator(real, fake), OptimalDiscriminator(real * 8 + 256, fake * 8 + 256)
    assert far.bandwidth.item() == pytest.approx(8 * near.bandwidth.item(), rel=1e-4)
    torch.testing.assert_close(far(real * 8 + 256)[0], near(real)[0], atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("real", "fake"),
    [
        (drawn(1, 2), drawn(16, 2, seed=1)),
        (drawn(1, 2), drawn(1, 2, seed=1)),
        (torch.zeros(8, 2), torch.zeros(8, 2)),
        (drawn(8, 2), torch.full((8, 2), 1e30)),
        (drawn(8, 2), drawn(8, 2, seed=1) * torch.tensor([1e30, 1.0])),
    ],
)
def test_strange_samples_have_a_finite_gap(real: Tensor, fake: Tensor) -> None:
    gap = OptimalDiscriminator(real, fake).gap(torch.full((len(real),), 0.9), torch.full((len(fake),), 0.1)).item()
    assert 0.0 <= gap <= 1.0


def test_it_asks_the_host_for_nothing_and_draws_nothing() -> None:
    before = torch.get_rng_state()
    with NoHostSync():
        best = OptimalDiscriminator(drawn(32, 2, seed=1), drawn(32, 2, seed=2))
        gap = best.gap(torch.rand(32, generator=torch.Generator().manual_seed(0)), torch.zeros(32))
    assert gap.shape == () and gap.dtype == torch.float32
    assert torch.equal(torch.get_rng_state(), before)


class Slope(nn.Module):
    def forward(self, samples: Tensor) -> Tensor:
        return samples.flatten(1).sum(dim=1)


def surveyed(loss: Any, *shape: int) -> dict[str, Tensor]:
    real, latents = drawn(32, *shape, seed=1), drawn(32, *shape, seed=2).flatten(1)
    spec = SampleSpec(shape, value_range=None if len(shape) == 1 else (-1.0, 1.0))
    players = PairOfNetworks(nn.Unflatten(1, shape), Slope(), loss, spec=spec)
    return PassGauges(GeneratorInput(latents), Batch(real), None).take(players)


@pytest.mark.parametrize("loss", [NonSaturating(), LeastSquares(), Hinge()])
@pytest.mark.parametrize("features", [1, 2, 7])
def test_the_survey_reports_it_for_points(loss: Any, features: int) -> None:
    real, fake = drawn(32, features, seed=1), drawn(32, features, seed=2)
    expected = OptimalDiscriminator(real, fake).gap(*(loss.probability(Slope()(x)) for x in (real, fake)))
    assert torch.equal(surveyed(loss, features)["balance/field_gap"], expected)


@pytest.mark.parametrize(
    ("loss", "shape"), [(Wasserstein(), (2,)), (Relativistic(), (2,)), (NonSaturating(), (1, 8, 8))]
)
def test_without_points_or_probabilities_there_is_none(loss: Any, shape: tuple[int, ...]) -> None:
    assert "balance/field_gap" not in surveyed(loss, *shape)
