"""No condition: neither network knows of labels."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from gan_cli.condition.base import Condition
from gan_cli.spec import SampleSpec


class Unconditional(Condition):
    """The usual game, in which labels do not occur."""

    conditional = False

    def __init__(self) -> None:
        super().__init__("none", "embedding", 1)

    def build_generator(self, build: Callable[[int], nn.Module], spec: SampleSpec, latent_dim: int) -> nn.Module:
        """Build the generator as it is."""
        return build(latent_dim)
