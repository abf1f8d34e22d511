"""Two networks that play no game: what gauges and metrics are shown where there is no run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from gan_cli.game import Batch, Critic, GeneratorInput, Network
from gan_cli.spec import SampleSpec
from gan_cli.world import ALONE, World


@dataclass
class PairOfNetworks:
    """Players without optimizers; `latents` is (count, seed) -> z."""

    generator: nn.Module
    discriminator: nn.Module
    loss: Any = None
    latents: Callable[[int, int], Tensor] = lambda count, seed: torch.zeros(count, 1)
    spec: SampleSpec = SampleSpec((1,), value_range=None)
    step: Tensor = field(default_factory=lambda: torch.zeros((), dtype=torch.int64))
    world: World = ALONE
    shares: Tensor | None = None
    encoder: nn.Module | None = None

    def draw(self, count: int, seed: int | None = None, y: Tensor | None = None) -> GeneratorInput:
        return GeneratorInput(self.latents(count, 0 if seed is None else seed))

    def fake(self, drawn: GeneratorInput, by: Network | None = None) -> Batch:
        return Batch(drawn.given_to(self.generator if by is None else by))

    def real(self, fed: Batch) -> Batch:
        return Batch(fed.x)

    def critic(self, shown: Batch, by: Network | None = None) -> Tensor:
        return shown.given_to(self.discriminator if by is None else by)

    def encode(self, samples: Tensor) -> Tensor | None:
        return None

    @property
    def features(self) -> Critic | None:
        features: Network | None = getattr(self.discriminator, "features", None)
        return None if features is None else lambda shown: shown.given_to(features)
