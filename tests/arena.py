"""Where techniques are tried out: a discriminator whose slope is known, and a small real game of every kind of data."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

import torch
from no_sync import NoHostSync
from pair_of_networks import PairOfNetworks
from torch import Tensor, nn

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.game import Batch, Loss
from gan_cli.losses import NonSaturating
from gan_cli.networks.conv import ConvDiscriminator, ConvGenerator
from gan_cli.networks.mlp import MLPDiscriminator, MLPGenerator
from gan_cli.spec import SampleSpec
from gan_cli.training.gan import Gan, Player
from gan_cli.training.optimizers import Adam
from gan_cli.training.step import Game

POINTS = SampleSpec((2,), value_range=None)
AUDIO = SampleSpec((1, 16))
IMAGES = SampleSpec((1, 8, 8))
COLOURS = SampleSpec((3, 8, 9))
VOXELS = SampleSpec((1, 4, 5, 6))
KINDS = [POINTS, AUDIO, IMAGES, COLOURS, VOXELS]
SPATIAL = KINDS[1:]

Make = Callable[[], dict[str, Technique]]
"""Fresh techniques by name."""


class Bowl(nn.Module):
    """D(x) = a / 2 ||x||^2, so dD/dx = a x."""

    def __init__(self, a: float) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a))

    def forward(self, samples: Tensor) -> Tensor:
        return self.a / 2.0 * samples.flatten(1).square().sum(dim=1)


def constant(value: float, outputs: int) -> nn.Linear:
    """A layer of two inputs whose weights and biases are all `value`."""
    layer = nn.Linear(2, outputs)
    fill(layer, value)
    return layer


def fill(network: nn.Module, value: float) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(value)


def players(
    discriminator: nn.Module, shape: tuple[int, ...] = (2,), generator: nn.Module | None = None
) -> PairOfNetworks:
    return PairOfNetworks(generator or nn.Identity(), discriminator, spec=SampleSpec(shape))


def turn(discriminator: nn.Module, real: Tensor, fake: Tensor, update: int = 0) -> UpdateContext:
    return UpdateContext(Batch(real), Batch(fake), discriminator(fake), discriminator(real), update)


class Stream:
    """Eight random samples a time, from one place in a sequence."""

    def __init__(self, spec: SampleSpec) -> None:
        self.spec, self.drawn = spec, 0

    def next(self) -> Batch:
        self.drawn += 1
        return Batch(torch.randn(8, *self.spec.shape, generator=torch.Generator().manual_seed(self.drawn)).clamp(-1, 1))


def step(game: Game, feed: Any) -> dict[str, Tensor]:
    """One step on the next batches of a feed; what it has drawn before is how often the discriminator has learnt."""
    update = getattr(feed, "drawn", 0)
    return game.play([feed.next() for _ in range(game.d_steps)], update=update)


def small_game(
    spec: SampleSpec,
    techniques: dict[str, Technique],
    loss: Loss | None = None,
    norm: str | None = None,
    **rules: Any,
) -> tuple[Game, Stream]:
    """A game of narrow networks in mixed precision, techniques dressed and attached.

    `norm` is the discriminator's, by default what its kind of network has.
    """
    torch.manual_seed(0)
    narrow: dict[str, Any] = {"base_channels": 4}
    pair: tuple[Any, Any] = (ConvGenerator, ConvDiscriminator) if spec.ndim else (MLPGenerator, MLPDiscriminator)
    build: Callable[[SampleSpec], Any] = partial(pair[1], **narrow, **({} if norm is None else {"norm": norm}))
    for technique in techniques.values():
        build = partial(technique.build_discriminator, build)
    generator, discriminator = pair[0](spec, latent_dim=3, **narrow), build(spec)
    g, d = (Player(network, Adam(network.parameters(), lr=1e-2)) for network in (generator, discriminator))
    gan = Gan(g, d, generator.latent, torch.Generator().manual_seed(0), spec=spec, loss=loss or NonSaturating())
    for technique in techniques.values():
        technique.attach(gan)
    rules = {"d_steps": 1, "g_steps": 1, "clip_grad_norm": None, **rules}
    return Game(gan, techniques, torch.autocast("cpu", torch.bfloat16), **rules), Stream(spec)


def play(arena: tuple[Game, Stream], steps: int, *, trap: bool = True) -> dict[str, Tensor]:
    """Some steps, by default in a trap for waits for the device, which is slow; the last one's values."""
    (game, stream), values = arena, {}
    with NoHostSync() if trap else nullcontext():
        for _ in range(steps):
            values = step(game, stream)
    assert all(value.dim() == 0 and bool(torch.isfinite(value)) for value in values.values())
    return values


def assert_plays(spec: SampleSpec, make: Make, loss: Loss | None = None, **settings: Any) -> dict[str, Tensor]:
    """Steps that ask the host for nothing, report the same finite tags, and resume bit for bit; the second's."""
    game, stream = small_game(spec, make(), loss, **settings)
    first, second = (play((game, stream), 1) for _ in range(2))
    assert list(first) == list(second)

    def read() -> list[dict[str, float]]:
        """Three steps; read at once, because techniques report what they go on to change."""
        return [{tag: value.item() for tag, value in step(game, stream).items()} for _ in range(3)]

    saved = copy.deepcopy({"gan": game.gan.state_dict(), "random": torch.get_rng_state(), "drawn": stream.drawn})
    memory = {name: copy.deepcopy(technique.state_dict()) for name, technique in game.techniques.items()}
    expected, whole = read(), game
    game, stream = small_game(spec, make(), loss, **settings)
    game.gan.load_state_dict(saved["gan"])
    for name, technique in game.techniques.items():
        technique.load_state_dict(memory[name])
    stream.drawn = saved["drawn"]
    torch.set_rng_state(saved["random"])
    assert read() == expected
    for side, player in game.gan.players.items():
        for ours, theirs in zip(player.network.parameters(), whole.gan.players[side].network.parameters(), strict=True):
            assert torch.equal(ours, theirs)
    return second
