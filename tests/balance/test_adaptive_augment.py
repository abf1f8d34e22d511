"""AdaptiveAugment: p follows r_t at the stated speed, within its bounds, for losses with and without a cut."""

from __future__ import annotations

import types
from collections.abc import Iterable

import pytest
import torch
from arena import IMAGES, POINTS, assert_plays
from torch import nn

from gan_cli.balance.adaptive_augment import AdaptiveAugment
from gan_cli.errors import SettingError
from gan_cli.game import Loss
from gan_cli.losses import Hinge, Wasserstein
from gan_cli.spec import SampleSpec


def players(spec: SampleSpec = IMAGES, loss: Loss | None = None) -> types.SimpleNamespace:
    return types.SimpleNamespace(
        spec=spec, loss=loss or Hinge(), step=torch.tensor(0), discriminator=nn.Linear(1, 1), generator=nn.Linear(1, 1)
    )


def run(
    technique: AdaptiveAugment, game: types.SimpleNamespace, shares: Iterable[float], batch: int = 10
) -> list[float]:
    seen = []
    for share in shares:
        game.step += 1
        other = "accuracy/pairwise" if game.loss.probability else "accuracy/real"
        mine = "accuracy/real" if game.loss.probability else "accuracy/pairwise"
        technique.after_step(game, batch, {mine: torch.tensor(share), other: torch.tensor(0.123)})
        seen.append(round(technique.scalars()["balance/adaptive_augment_p"].item(), 5))
    return seen


@pytest.mark.parametrize("loss", [Hinge(), Wasserstein()])
def test_one_notch_every_few_steps(loss: Loss) -> None:
    game = players(loss=loss)
    technique = AdaptiveAugment(speed=1000.0, every=2)
    technique.attach(game)
    # r = mean of (0.6, 1.0) = 0.8 > 0.6: 20 of 1000 samples up; then mean of (0.4, 0.6) = 0.5: down
    assert run(technique, game, [0.8, 1.0, 0.9, 0.9, 0.7, 0.8, 0.2, 0.2]) == [0, 0.02, 0.02, 0.04, 0.04, 0.02, 0.02, 0]
    assert technique.scalars()["balance/adaptive_augment_r"].item() == pytest.approx(-0.6)
    assert run(technique, game, [0.1] * 4)[-1] == 0.0


def test_it_ends_at_its_largest_probability() -> None:
    game = players()
    technique = AdaptiveAugment(speed=100.0, every=1)
    technique.attach(game)
    assert run(technique, game, [1.0] * 9)[-3:] == [0.7, 0.8, 0.8]


def test_on_target_it_rests() -> None:
    game = players()
    technique = AdaptiveAugment(target=0.5, every=1)
    technique.attach(game)
    assert run(technique, game, [0.75] * 3) == [0.0] * 3


def test_nothing_at_first_then_more() -> None:
    game = players()
    technique = AdaptiveAugment(speed=1.0, every=1)
    technique.attach(game)
    samples = torch.randn(64, *IMAGES.shape)
    assert torch.equal(technique.perturb(samples), samples)
    run(technique, game, [1.0])
    shown = technique.perturb(samples)
    assert 40 <= int((shown != samples).flatten(1).any(1).sum()) <= 64


def test_points_are_refused() -> None:
    with pytest.raises(SettingError, match=r"policy=.*points"):
        AdaptiveAugment().attach(players(POINTS))


@pytest.mark.parametrize("loss", [Hinge(), Wasserstein()])
def test_it_plays(loss: Loss) -> None:
    assert_plays(IMAGES, lambda: {"adaptive_augment": AdaptiveAugment(target=-1.0, speed=100.0, every=2)}, loss)
