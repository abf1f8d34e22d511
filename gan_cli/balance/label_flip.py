"""Wrong labels for a few samples, which make the discriminator less certain of its answers."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge, Le
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.game import Players
from gan_cli.schedule import Ramp, Schedule


class LabelFlip(Technique):
    """Swaps each real sample with a fake one in the discriminator's loss, with a small probability.

    (D(x_i), D(G(z_i))) <- (D(G(z_i)), D(x_i)) with probability p, independently for each i. The gauges and the
    generator use the true labels. Common since Chintala et al. (2016), "How to train a GAN", tip 6.

    Args:
        probability: probability of a flip per pair, [0, 1]; with 0.5 there is nothing to learn.
    """

    def __init__(self, *, probability: Annotated[float, Ge(0), Le(1)] | Ramp = 0.05) -> None:
        self._probability = Schedule(probability)

    def attach(self, players: Players) -> None:
        """Keep `players`, to read the step from it."""
        self._players = players

    def relabel(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits with some pairs swapped."""
        flipped = torch.rand_like(real) < self._probability.at(self._players.step)
        return torch.where(flipped, fake, real), torch.where(flipped, real, fake)

    def scalars(self) -> dict[str, Tensor]:
        """The current probability."""
        return {"balance/label_flip_probability": self._probability.at(self._players.step)}
