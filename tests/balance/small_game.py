"""A real game of seconds, with techniques in it, for the tests of techniques that change what D sees."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parents[1] / "training"))

from no_sync import NoHostSync

from gan_cli.balance.base import Technique
from gan_cli.losses import Loss, NonSaturating
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


class Stream:
    """Eight random samples a time, from one place in a sequence."""

    def __init__(self, spec: SampleSpec) -> None:
        self.spec, self.drawn = spec, 0

    def next(self) -> Tensor:
        self.drawn += 1
        return torch.randn(8, *self.spec.shape, generator=torch.Generator().manual_seed(self.drawn)).clamp(-1, 1)


def small_game(
    spec: SampleSpec, techniques: dict[str, Technique], loss: Loss | None = None, **rules: Any
) -> tuple[Game, Stream]:
    """A game of narrow networks, techniques dressed and attached."""
    torch.manual_seed(0)
    narrow: dict[str, Any] = {"base_channels": 4}
    pair: tuple[Any, Any] = (ConvGenerator, ConvDiscriminator) if spec.ndim else (MLPGenerator, MLPDiscriminator)
    build: Callable[[SampleSpec], Any] = partial(pair[1], **narrow)
    for technique in techniques.values():
        build = partial(technique.dress, build)
    generator, discriminator = pair[0](spec, latent_dim=3, **narrow), build(spec)
    g, d = (Player(network, Adam(network.parameters(), lr=1e-2)) for network in (generator, discriminator))
    gan = Gan(g, d, generator.latent, torch.Generator().manual_seed(0), spec=spec, loss=loss or NonSaturating())
    for technique in techniques.values():
        technique.attach(gan)
    rules = {"d_steps": 1, "g_steps": 1, "clip_grad_norm": None, **rules}
    return Game(gan, techniques, torch.autocast("cpu", enabled=False), **rules), Stream(spec)


def assert_plays(spec: SampleSpec, make: Callable[[], dict[str, Technique]], loss: Loss | None = None) -> None:
    """Steps that ask the host for nothing, report the same finite tags, and resume bit for bit."""
    game, stream = small_game(spec, make(), loss)
    tags = list(game.play(stream))
    with NoHostSync():
        values = game.play(stream)
    assert list(values) == tags
    assert all(value.dim() == 0 and bool(torch.isfinite(value)) for value in values.values())

    def read() -> list[dict[str, float]]:
        """Two steps; read at once, because techniques report what they go on to change."""
        return [{tag: value.item() for tag, value in game.play(stream).items()} for _ in range(2)]

    saved = copy.deepcopy({"gan": game.gan.state_dict(), "random": torch.get_rng_state(), "drawn": stream.drawn})
    memory = {name: copy.deepcopy(technique.state_dict()) for name, technique in game.techniques.items()}
    expected = read()
    game, stream = small_game(spec, make(), loss)
    game.gan.load_state_dict(saved["gan"])
    for name, technique in game.techniques.items():
        technique.load_state_dict(memory[name])
    stream.drawn = saved["drawn"]
    torch.set_rng_state(saved["random"])
    assert read() == expected
