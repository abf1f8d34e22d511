"""Packing: what a pack holds, in training and in evaluation mode, with penalties and losses, and what is refused."""

from __future__ import annotations

import copy

import pytest
import torch
from arena import KINDS, assert_plays, small_game
from found import LOSSES
from torch import Tensor, nn

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.balance.packing import Packed, Packing
from gan_cli.errors import SettingError
from gan_cli.game import Loss, Players
from gan_cli.networks.mlp import MLPDiscriminator
from gan_cli.spec import SampleSpec


class Written(nn.Module):
    """Keeps what it was shown; its logit is the first value of a pack."""

    def forward(self, packs: Tensor) -> Tensor:
        self.packs = packs
        return packs.flatten(1)[:, 0]


def packed(samples: int) -> Packed:
    return Packed(Written(), samples)


def test_neighbours_share_a_pack_in_training() -> None:
    network = packed(2)
    points = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    assert network(points).tolist() == [1.0, 5.0]
    assert network.network.packs.tolist() == [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]


def test_channels_are_stacked() -> None:
    network = packed(3)
    images = torch.randn(6, 2, 4, 5)
    network(images)
    assert network.network.packs.shape == (2, 6, 4, 5)
    assert torch.equal(network.network.packs[1, 2:4], images[4])


def test_in_evaluation_mode_every_sample_has_its_logit() -> None:
    network = packed(3).eval()
    assert network(torch.tensor([[1.0], [2.0], [3.0], [4.0]])).tolist() == [1.0, 2.0, 3.0, 4.0]
    assert network.network.packs.tolist() == [[1, 2, 3], [2, 3, 4], [3, 4, 1], [4, 1, 2]]
    assert network(torch.tensor([[7.0]])).tolist() == [7.0]
    assert network.network.packs.tolist() == [[7, 7, 7]]


def test_a_batch_that_leaves_a_rest_is_refused_in_training() -> None:
    with pytest.raises(SettingError, match=r"trainer.batch_size=5: must be a multiple of 2.*packing.samples=2"):
        packed(2)(torch.zeros(5, 1))


def test_features_are_those_of_the_packs_where_there_are_any() -> None:
    technique = Packing(samples=2)
    network = technique.build_discriminator(lambda spec: MLPDiscriminator(spec, base_channels=4), SampleSpec((3,)))
    assert hasattr(network, "features")
    assert network.features(torch.randn(6, 3)).shape == (3, 4)
    assert not hasattr(packed(2), "features")
    again = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    assert bool(again.features(torch.randn(6, 3)).abs().sum() > 0), "a copy has features of its own"


def test_the_gradient_of_a_pack_reaches_each_of_its_samples() -> None:
    technique = Packing(samples=2)
    network = technique.build_discriminator(lambda spec: MLPDiscriminator(spec, base_channels=4), SampleSpec((3,)))
    samples = torch.randn(4, 3, requires_grad=True)
    network(samples)[1].backward()
    assert [bool(row.abs().sum() > 0) for row in samples.grad] == [False, False, True, True]


class GradientNorm(Technique):
    """A penalty as others have it: of D itself, at the samples."""

    def d_penalty(self, players: Players, turn: UpdateContext) -> Tensor:
        x = turn.real.x.detach().requires_grad_()
        logits = players.critic(turn.real.with_x(x))
        (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
        return gradient.flatten(1).square().sum(1).mean()


@pytest.mark.parametrize("loss", LOSSES)
def test_it_plays_with_every_loss(loss: Loss) -> None:
    assert_plays(KINDS[2], lambda: {"packing": Packing(samples=4), "penalty": GradientNorm()}, loss)


@pytest.mark.parametrize("spec", KINDS, ids=str)
def test_it_plays_with_every_kind(spec: SampleSpec) -> None:
    assert_plays(spec, lambda: {"packing": Packing()})
    game, stream = small_game(spec, {"packing": Packing()})
    assert game.gan.critic(stream.next()).shape == (4,)
    assert stream.next().take(slice(5)).given_to(game.gan.discriminator.eval()).shape == (5,)
