"""Where penalties are tried out: a discriminator whose slope is known, and a small real game."""

from __future__ import annotations

import copy
import sys
import types
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))

from no_sync import NoHostSync

from gan_cli.balance.base import Technique, Turn
from gan_cli.losses import NonSaturating
from gan_cli.networks.base import Latent
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.networks.mlp import MLPDiscriminator, MLPGenerator
from gan_cli.spec import SampleSpec
from gan_cli.training.gan import Gan, Player
from gan_cli.training.optimizers import Adam
from gan_cli.training.step import Game

SHAPES = [(2,), (1, 16), (1, 8, 8), (1, 4, 4, 4)]
"""Points, audio, images, voxels."""


class Bowl(nn.Module):
    """D(x) = a / 2 ||x||^2, so dD/dx = a x."""

    def __init__(self, a: float) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a))

    def forward(self, samples: Tensor) -> Tensor:
        return self.a / 2.0 * samples.flatten(1).square().sum(dim=1)


def players(discriminator: nn.Module, shape: tuple[int, ...] = (2,), generator: nn.Module | None = None) -> Any:
    return types.SimpleNamespace(
        generator=generator or nn.Identity(),
        discriminator=discriminator,
        spec=SampleSpec(shape),
        step=torch.zeros((), dtype=torch.int64),
    )


def turn(discriminator: nn.Module, real: Tensor, fake: Tensor) -> Turn:
    return Turn(real, fake, fake_logits=discriminator(fake), real_logits=discriminator(real))


def game(technique: Technique, shape: tuple[int, ...] = (1, 8, 8), norm: str = "layer", loss: Any = None) -> Game:
    torch.manual_seed(0)
    spec = SampleSpec(shape)
    dense = spec.ndim == 0
    generator = (MLPGenerator if dense else ConvGenerator)(spec, latent_dim=4, base_channels=8)
    discriminator = (MLPDiscriminator if dense else ConvDiscriminator)(spec, norm=norm, base_channels=8)  # type: ignore[arg-type]
    g, d = (Player(network, Adam(network.parameters(), lr=1e-2)) for network in (generator, discriminator))
    gan = Gan(g, d, Latent(4), torch.Generator().manual_seed(0), spec=spec, loss=loss or NonSaturating())
    technique.attach(gan)
    return Game(
        gan, {"it": technique}, torch.autocast("cpu", torch.bfloat16), d_steps=2, g_steps=1, clip_grad_norm=None
    )


class Real:
    """A feed of always new samples that follow from a seed."""

    def __init__(self, shape: tuple[int, ...], seed: int = 0) -> None:
        self.shape = shape
        self.rng = torch.Generator().manual_seed(seed)

    def next(self) -> Tensor:
        return torch.rand(8, *self.shape, generator=self.rng) * 2.0 - 1.0


def play(arena: Game, steps: int, seed: int = 0, *, trap: bool = True) -> dict[str, Tensor]:
    """Play, by default in a trap for waits for the device, which is slow; the last step's values."""
    feed, values = Real(arena.gan.spec.shape, seed), {}
    torch.manual_seed(seed)
    with NoHostSync() if trap else nullcontext():
        for _ in range(steps):
            values = arena.play(feed)  # type: ignore[arg-type]
    assert all(torch.isfinite(value) for value in values.values())
    return values


def assert_resumes(make: Any, shape: tuple[int, ...] = (1, 8, 8), **settings: Any) -> None:
    """Three steps, a checkpoint, three more: as from the checkpoint, bit by bit."""
    whole, again = game(make(), shape, **settings), game(make(), shape, **settings)
    play(whole, 3, seed=1)
    saved = copy.deepcopy((whole.gan.state_dict(), whole.techniques["it"].state_dict()))
    values = play(whole, 3, seed=2)
    again.gan.load_state_dict(saved[0])
    again.techniques["it"].load_state_dict(saved[1])
    resumed = play(again, 3, seed=2)
    assert values.keys() == resumed.keys()
    assert all(torch.equal(values[tag], resumed[tag]) for tag in values)
    for ours, theirs in zip(again.gan.d.network.parameters(), whole.gan.d.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
