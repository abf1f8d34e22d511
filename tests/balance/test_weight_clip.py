"""Weight clipping: what is clipped and when, resume, refusals."""

from __future__ import annotations

import pytest
import torch
from arena import KINDS, assert_plays, fill, players, small_game, step
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from gan_cli.balance.weight_clip import WeightClip
from gan_cli.errors import SettingError
from gan_cli.losses import Wasserstein
from gan_cli.spec import SampleSpec


def test_the_discriminator_is_clipped_after_its_own_update() -> None:
    discriminator, generator = nn.Linear(3, 1), nn.Linear(1, 1)
    discriminator.weight.data = torch.tensor([[0.5, -0.005, -2.0]])
    discriminator.bias.data.fill_(1.0)
    generator.weight.data.fill_(1.0)
    technique, game = WeightClip(), players(discriminator, generator=generator)
    technique.attach(game)
    technique.after_update(game, "generator")
    assert discriminator.weight[0, 0] == 0.5
    technique.after_update(game, "discriminator")
    assert discriminator.weight[0].tolist() == pytest.approx([0.01, -0.005, -0.01])
    assert discriminator.bias.item() == pytest.approx(0.01)
    assert generator.weight.item() == 1.0


def test_gains_of_norm_layers_are_clipped_too_and_statistics_are_not() -> None:
    discriminator = nn.BatchNorm1d(2)
    technique, game = WeightClip(clip=0.5), players(discriminator)
    technique.attach(game)
    technique.after_update(game, "discriminator")
    assert discriminator.weight.tolist() == [0.5, 0.5]
    assert discriminator.running_var.tolist() == [1.0, 1.0]


def test_spectral_norm_is_refused() -> None:
    discriminator = nn.Sequential(spectral_norm(nn.Linear(2, 4)), nn.ReLU())
    with pytest.raises(SettingError, match="discriminator.norm=spectral: .*use one of the two"):
        WeightClip().attach(players(discriminator))


@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays_with_every_kind(spec: SampleSpec) -> None:
    assert_plays(spec, lambda: {"it": WeightClip()}, Wasserstein(), norm="batch")
    game, stream = small_game(spec, {"it": WeightClip()}, Wasserstein(), norm="batch")
    step(game, stream)
    assert all(p.abs().max() <= 0.01 for p in game.gan.discriminator.parameters())


def test_weights_that_their_author_has_frozen_are_not_clipped() -> None:
    network = nn.Sequential(nn.Linear(2, 2).requires_grad_(False), nn.Linear(2, 1))
    fill(network, 3.0)
    technique, judged = WeightClip(clip=0.5), players(network)
    technique.attach(judged)
    technique.after_update(judged, "discriminator")
    assert [p.unique().tolist() for p in network.parameters()] == [[3.0], [3.0], [0.5], [0.5]]
