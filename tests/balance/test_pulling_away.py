"""PullingAway: the mean squared cosine by hand, its gradient, a moving strength, refusals, no wait for the device."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from no_sync import NoHostSync
from pair_of_networks import PairOfNetworks
from torch import Tensor, nn

from gan_cli.balance.base import UpdateContext
from gan_cli.balance.pulling_away import PullingAway
from gan_cli.errors import SettingError
from gan_cli.game import Batch


class Doubles(nn.Module):
    def features(self, samples: Tensor) -> Tensor:
        return 2.0 * samples


def attached(**settings: Any) -> tuple[PullingAway, PairOfNetworks]:
    technique = PullingAway(**settings)
    players = PairOfNetworks(nn.Identity(), Doubles(), step=torch.tensor(5))
    technique.attach(players)
    return technique, players


def turn(*fakes: tuple[float, ...]) -> UpdateContext:
    fake = torch.tensor(fakes, requires_grad=True)
    return UpdateContext(Batch(torch.zeros_like(fake)), Batch(fake), fake.sum(dim=1))


def at_degrees(*angles: float) -> UpdateContext:
    return turn(*((math.cos(math.radians(angle)), math.sin(math.radians(angle))) for angle in angles))


@pytest.mark.parametrize(
    ("angles", "mean"),
    [((0.0, 90.0), 0.0), ((10.0, 10.0), 1.0), ((0.0, 180.0), 1.0), ((0.0, 60.0, 90.0), (0.25 + 0.0 + 0.75) / 3)],
)
def test_the_mean_squared_cosine_of_all_pairs(angles: tuple[float, ...], mean: float) -> None:
    technique, players = attached(strength=3.0)
    assert technique.g_penalty(players, at_degrees(*angles)).item() == pytest.approx(3.0 * mean, abs=1e-6)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_more_or_fewer_samples_than_features_give_the_same_formula(count: int) -> None:
    technique, players = attached(strength=1.0)
    fakes = torch.randn(count, 3, generator=torch.Generator().manual_seed(0))
    pairs = [
        torch.cosine_similarity(fakes[i], fakes[j], dim=0).square()
        for i in range(count)
        for j in range(count)
        if i != j
    ]
    found = technique.g_penalty(players, UpdateContext(Batch(fakes), Batch(fakes), fakes.sum(dim=1)))
    assert found.item() == pytest.approx(torch.stack(pairs).mean().item(), abs=1e-6)


def test_the_gradient_turns_samples_away_from_each_other() -> None:
    technique, players = attached()
    given = at_degrees(0.0, 30.0)
    technique.g_penalty(players, given).backward()
    first, second = given.fake.x.grad
    assert first[1] > 0  # a step against the gradient turns the first one clockwise, away from the second
    assert second @ torch.tensor([-math.sin(math.radians(30)), math.cos(math.radians(30))]) < 0


def test_the_strength_may_move() -> None:
    technique, players = attached(strength={"start": 1.0, "end": 0.0, "steps": 10})
    assert technique.g_penalty(players, at_degrees(10.0, 10.0)).item() == pytest.approx(0.5)


def test_a_single_sample_has_no_pair() -> None:
    technique, players = attached()
    assert technique.g_penalty(players, at_degrees(10.0)).item() == pytest.approx(0.0, abs=1e-6)


def test_a_discriminator_without_features_is_refused() -> None:
    players = PairOfNetworks(nn.Identity(), nn.Linear(1, 1))
    with pytest.raises(SettingError, match="discriminator=Linear: shows no features to pull apart"):
        PullingAway().attach(players)


def test_nothing_is_read_on_the_host() -> None:
    technique, players = attached(strength={"start": 1.0, "end": 0.0, "steps": 10})
    given = at_degrees(10.0, 40.0)
    with NoHostSync():
        technique.g_penalty(players, given).backward()
