"""Noise on real and fake samples alike, so that their distributions overlap; fades over the run by default."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.game import Players
from gan_cli.schedule import Ramp, Schedule

FADING: Ramp = {"start": 0.1, "end": 0.0, "steps": 3000, "shape": "linear"}


class InstanceNoise(Technique):
    """Gaussian noise on all that the discriminator sees: it cannot be sure where both distributions have mass.

    x <- x + sigma_t n,  n ~ N(0, I),  sigma_t = sigma_0 max(0, 1 - t / T).
    Sonderby et al. (2017), arXiv:1610.04490; Arjovsky & Bottou (2017), arXiv:1701.04862, section 3.

    Args:
        sigma: standard deviation in units of the data (images reach from -1 to 1), >= 0; give a ramp as many steps as
            the noise is to last, the default is the whole of the default `trainer.steps`.
    """

    def __init__(self, *, sigma: Annotated[float, Ge(0)] | Ramp = FADING) -> None:
        self._sigma = Schedule(sigma)

    def attach(self, players: Players) -> None:
        """Keep the clock of the run."""
        self._players = players

    def perturb(self, samples: Tensor) -> Tensor:
        """Samples plus noise."""
        return samples + self._sigma.at(self._players.step) * torch.randn_like(samples)

    def scalars(self) -> dict[str, Tensor]:
        """The present strength."""
        return {"balance/instance_noise_sigma": self._sigma.at(self._players.step)}
