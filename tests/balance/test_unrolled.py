"""Unrolled: virtual steps by hand and against a naive loop, both gradients, what is left alone, no wait."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from arena import step
from no_sync import NoHostSync
from pair_of_networks import PairOfNetworks
from torch import Tensor, nn

from gan_cli.balance.unrolled import Unrolled
from gan_cli.data.base import Table
from gan_cli.data.feed import open_feed
from gan_cli.game import Batch
from gan_cli.losses import NonSaturating, Relativistic, Wasserstein
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.networks.mlp import MLPDiscriminator
from gan_cli.runtime import Runtime
from gan_cli.spec import SampleSpec
from gan_cli.training.gan import Gan, Player
from gan_cli.training.optimizers import Adam
from gan_cli.training.step import Game

POINTS = SampleSpec((2,), value_range=None)
IMAGE = SampleSpec((1, 8, 8))


class Slope(nn.Module):
    """D(x) = w x for one value."""

    def __init__(self, w: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(w), requires_grad=False)

    def forward(self, samples: Tensor) -> Tensor:
        return self.w * samples[:, 0]


def players(discriminator: nn.Module, loss: Any) -> PairOfNetworks:
    return PairOfNetworks(nn.Identity(), discriminator.requires_grad_(False), loss)


def looking_ahead(technique: Unrolled, game: PairOfNetworks, real: Tensor, fake: Tensor) -> Callable[[Tensor], Tensor]:
    """Samples -> logits of the discriminator as it would be after the virtual steps."""
    critic = technique.critic_for_generator(game, Batch(real), Batch(fake))
    return lambda samples: critic(Batch(samples))


@pytest.mark.parametrize(("through", "gradient"), [(True, 1.4 / 2), (False, -0.4 / 2)])
def test_by_hand(through: bool, gradient: float) -> None:
    """dL_D/dw = E f - E r = 1 at every step, so w = 1 - 3 * 0.2 = 0.4, and dw/df_i = -0.6 / 2."""
    game = players(Slope(1.0), Wasserstein())
    real = torch.tensor([[1.0], [3.0]])
    fake = torch.tensor([[2.0], [4.0]], requires_grad=True)
    judge = looking_ahead(Unrolled(steps=3, lr=0.2, through=through), game, real, fake)
    logits = judge(fake)
    assert logits.tolist() == pytest.approx([0.8, 1.6])
    # dL_G/df_i = -w / 2, and through w: - E f * dw/df_i = 3 * 0.6 / 2
    Wasserstein().generator(logits).backward()
    assert fake.grad.flatten().tolist() == pytest.approx([gradient] * 2)
    assert game.discriminator.w.item() == 1.0 and game.discriminator.w.grad is None


@pytest.mark.parametrize("loss", [NonSaturating(), Relativistic()])
def test_the_virtual_steps_are_gradient_descent(loss: Any) -> None:
    torch.manual_seed(0)
    game = players(MLPDiscriminator(POINTS, base_channels=5), loss)
    real, fake = torch.randn(6, 2), torch.randn(6, 2)
    judge = looking_ahead(Unrolled(steps=3, lr=0.3), game, real, fake)
    naive = copy.deepcopy(game.discriminator).requires_grad_(True)
    optimizer = torch.optim.SGD(naive.parameters(), lr=0.3)
    for _ in range(3):
        optimizer.zero_grad()
        loss.discriminator(naive(real), naive(fake)).backward()
        optimizer.step()
    torch.testing.assert_close(judge(fake), naive(fake))
    assert not torch.allclose(judge(fake), game.discriminator(fake))


def test_the_gradient_through_the_steps_is_that_of_finite_differences() -> None:
    torch.manual_seed(0)
    network = MLPDiscriminator(POINTS, base_channels=4, activation="tanh").double()
    game = players(network, NonSaturating())
    real, fake = torch.randn(4, 2).double(), torch.randn(4, 2).double().requires_grad_()

    def objective(samples: Tensor) -> Tensor:
        return game.loss.generator(looking_ahead(Unrolled(steps=2, lr=0.5), game, real, samples)(samples))

    assert torch.autograd.gradcheck(objective, fake)


@pytest.mark.parametrize("norm", ["batch", "spectral", "instance", "none"])
@pytest.mark.parametrize("through", [True, False])
def test_the_discriminator_is_left_as_it_is(norm: Any, through: bool) -> None:
    torch.manual_seed(0)
    network = ConvDiscriminator(IMAGE, base_channels=4, norm=norm, dropout=0.1)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    game = players(network, NonSaturating())
    fake = torch.randn(8, 1, 8, 8, requires_grad=True)
    judge = looking_ahead(Unrolled(steps=2, through=through), game, torch.randn(8, 1, 8, 8), fake)
    game.loss.generator(judge(fake)).backward()
    assert fake.grad.isfinite().all() and fake.grad.abs().max() > 0
    assert all(p.grad is None for p in network.parameters())
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("through", [True, False])
@pytest.mark.parametrize("norm", ["batch", "spectral"])
def test_it_plays_in_mixed_precision_and_never_waits(norm: Any, through: bool) -> None:
    torch.manual_seed(0)
    networks = ConvGenerator(IMAGE, latent_dim=4, base_channels=4), ConvDiscriminator(IMAGE, base_channels=4, norm=norm)
    pair = [Player(network, Adam(list(network.parameters()), lr=1e-3)) for network in networks]
    gan = Gan(*pair, networks[0].latent, torch.Generator().manual_seed(0), spec=IMAGE, loss=NonSaturating())
    technique = Unrolled(steps=2, through=through)
    technique.attach(gan)
    autocast = Runtime(device="cpu", precision="bfloat16").autocast(IMAGE)
    play = Game(gan, {"unrolled": technique}, autocast, d_steps=1, g_steps=2, clip_grad_norm=None)
    rows = torch.arange(64 * 64).remainder(256).byte().reshape(64, 1, 8, 8)
    stream = open_feed(Table(rows), IMAGE, batch_size=16, device=torch.device("cpu"), seed=0)
    step(play, stream)
    with NoHostSync():
        for _ in range(2):
            values = step(play, stream)
    assert all(value.isfinite() for value in values.values())


def test_the_step_size_may_move() -> None:
    game = players(Slope(1.0), Wasserstein())
    game.step += 10
    technique = Unrolled(steps=1, lr={"start": 1.0, "end": 0.2, "steps": 10})
    judge = looking_ahead(technique, game, torch.tensor([[2.0]]), torch.tensor([[3.0]]))
    assert judge(torch.tensor([[1.0]])).item() == pytest.approx(0.8)


def test_weights_that_their_author_has_frozen_take_no_virtual_steps() -> None:
    """D(x) = w2 w1 x, w1 frozen at 2: three steps of 0.1 along -2 E(f - r) = -2 lead w2 from 1 to 0.4."""
    network = nn.Sequential(
        nn.Linear(1, 1, bias=False).requires_grad_(False), nn.Linear(1, 1, bias=False), nn.Flatten(0)
    )
    nn.init.constant_(network[0].weight, 2.0)  # type: ignore[arg-type]
    nn.init.ones_(network[1].weight)  # type: ignore[arg-type]
    game, technique = PairOfNetworks(nn.Identity(), network, Wasserstein()), Unrolled(steps=3, lr=0.1)
    technique.attach(game)
    network.requires_grad_(False)  # as in the generator's turn
    judge = looking_ahead(technique, game, torch.tensor([[1.0], [3.0]]), torch.tensor([[2.0], [4.0]]))
    assert judge(torch.tensor([[1.0]])).tolist() == pytest.approx([0.8])
