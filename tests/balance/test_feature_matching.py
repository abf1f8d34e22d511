"""FeatureMatching: the distance by hand, its gradient, a moving strength, refusals, and no wait for the device."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from no_sync import NoHostSync
from pair_of_networks import PairOfNetworks
from torch import Tensor, nn

from gan_cli.balance.base import UpdateContext
from gan_cli.balance.feature_matching import FeatureMatching
from gan_cli.errors import SettingError
from gan_cli.game import Batch


class Doubles(nn.Module):
    def features(self, samples: Tensor) -> Tensor:
        return 2.0 * samples


def attached(**settings: Any) -> tuple[FeatureMatching, PairOfNetworks]:
    technique = FeatureMatching(**settings)
    players = PairOfNetworks(nn.Identity(), Doubles(), step=torch.tensor(5))
    technique.attach(players)
    return technique, players


def turn() -> UpdateContext:
    real = torch.tensor([[1.0, 0.0], [3.0, 2.0]], requires_grad=True)
    fake = torch.tensor([[0.0, 0.0], [2.0, 4.0]], requires_grad=True)
    return UpdateContext(Batch(real), Batch(fake), fake.sum(dim=1))


def test_the_squared_distance_of_the_means_and_its_gradient() -> None:
    technique, players = attached(strength=3.0)
    given = turn()
    penalty = technique.g_penalty(players, given)
    assert penalty.item() == pytest.approx(3.0 * 8.0)  # means (4, 2) and (2, 4): 2^2 + 2^2
    penalty.backward()
    # 3 * 2 * difference * 2 / N: the generator is told to raise the first value and to lower the second
    assert given.fake.x.grad.tolist() == [[-12.0, 12.0], [-12.0, 12.0]]
    assert given.real.x.grad is None


def test_the_strength_may_move() -> None:
    technique, players = attached(strength={"start": 1.0, "end": 0.0, "steps": 10})
    assert technique.g_penalty(players, turn()).item() == pytest.approx(4.0)


def test_a_discriminator_without_features_is_refused() -> None:
    players = PairOfNetworks(nn.Identity(), nn.Linear(1, 1))
    with pytest.raises(SettingError, match="discriminator=Linear: shows no features to match"):
        FeatureMatching().attach(players)


def test_nothing_is_read_on_the_host() -> None:
    technique, players = attached(strength={"start": 1.0, "end": 0.0, "steps": 10})
    given = turn()
    with NoHostSync():
        technique.g_penalty(players, given).backward()
