"""WGAN-GP: hand-computed slopes, the points between real and fake, the pull to 1, flat spots, resume, refusals."""

from __future__ import annotations

import pytest
import torch
from arena import KINDS, POINTS, Bowl, assert_plays, play, players, small_game, turn
from torch import Tensor, nn

from gan_cli.balance.gradient_penalty import GradientPenalty
from gan_cli.errors import SettingError
from gan_cli.losses import Wasserstein
from gan_cli.spec import SampleSpec


class Plane(nn.Module):
    """D(x) = w x, so the slope is ||w|| everywhere; notes where it was asked."""

    def __init__(self, *weights: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(weights))

    def forward(self, samples: Tensor) -> Tensor:
        self.asked = samples
        return samples.flatten(1) @ self.w


REAL, FAKE = torch.tensor([[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]), torch.tensor([[0.0, 0.0], [0.0, 0.0], [3.0, 1.0]])


@pytest.mark.parametrize(
    ("weights", "penalty", "gradient"),
    [
        # 10 (||w|| - 1)^2, gradient 20 (||w|| - 1) w / ||w||
        ((3.0, 4.0), 160.0, (48.0, 64.0)),
        ((0.3, 0.4), 2.5, (-6.0, -8.0)),
    ],
)
def test_the_penalty_pulls_from_both_sides(
    weights: tuple[float, float], penalty: float, gradient: tuple[float, float]
) -> None:
    plane, technique = Plane(*weights), GradientPenalty()
    game = players(plane)
    technique.attach(game)
    found = technique.d_penalty(game, turn(plane, REAL, FAKE))
    assert found.item() == pytest.approx(penalty, rel=1e-5)
    found.backward()
    assert plane.w.grad.tolist() == pytest.approx(gradient, rel=1e-5)
    slope = technique.scalars()["balance/gradient_penalty_slope"]
    assert slope.item() == pytest.approx(torch.tensor(weights).norm().item())


def test_the_points_lie_between_each_pair() -> None:
    plane, technique = Plane(1.0, 1.0), GradientPenalty()
    technique.d_penalty(players(plane), turn(plane, REAL, FAKE))
    between = plane.asked.detach()
    share = between[:2, 0]
    assert torch.equal(between[:2, 1], share) and share[0] != share[1]
    assert ((share > 0) & (share < 1)).all()
    assert between[2, 1] == 1.0 and 1.0 < between[2, 0] < 3.0


def test_each_sample_has_a_slope_of_its_own() -> None:
    # a bowl of 1: slopes 5 and 1 where real and fake agree
    bowl, points = Bowl(1.0), torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    found = GradientPenalty(strength=1.0).d_penalty(players(bowl), turn(bowl, points, points))
    assert found.item() == pytest.approx((4.0**2 + 0.0) / 2, rel=1e-5)


def test_a_flat_spot_has_a_finite_gradient() -> None:
    bowl, origin = Bowl(1.0), torch.zeros(2, 2)
    GradientPenalty().d_penalty(players(bowl), turn(bowl, origin, origin)).backward()
    assert torch.isfinite(bowl.a.grad)


def test_batch_norm_is_refused() -> None:
    discriminator = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4))
    with pytest.raises(SettingError, match="discriminator.norm=batch: .*use discriminator.norm=layer"):
        GradientPenalty().attach(players(discriminator))
    GradientPenalty().attach(players(nn.Sequential(nn.InstanceNorm2d(4), nn.GroupNorm(1, 4))))


@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays_with_every_kind(spec: SampleSpec) -> None:
    values = assert_plays(spec, lambda: {"it": GradientPenalty()}, Wasserstein(), norm="layer")
    assert {"penalty/it", "balance/gradient_penalty_slope"} <= set(values)


def test_the_slope_of_a_wasserstein_critic_comes_near_1() -> None:
    arena = small_game(POINTS, {"it": GradientPenalty()}, Wasserstein(), norm="layer", d_steps=2)
    slope = play(arena, 40, trap=False)["balance/gradient_penalty_slope"]
    assert 0.8 < slope.item() < 1.2
