"""Noise on real and fake samples, so that their distributions overlap; by default it fades over the run."""

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
    """Gaussian noise on all inputs of the discriminator; it cannot be sure where both distributions have mass.

    x <- x + sigma_t n,  n ~ N(0, I),  sigma_t = sigma_0 max(0, 1 - t / T).
    Sonderby et al. (2017), arXiv:1610.04490; Arjovsky & Bottou (2017), arXiv:1701.04862, section 3.

    Args:
        sigma: standard deviation in units of the data (images range from -1 to 1), >= 0, or a ramp; the noise fades
            over the ramp's `steps`. The default ramp has as many as the default of `trainer.steps`.
    """

    def __init__(self, *, sigma: Annotated[float, Ge(0)] | Ramp = FADING) -> None:
        self._sigma = Schedule(sigma)

    def attach(self, players: Players) -> None:
        """Keep `players`, to read the step from it."""
        self._players = players

    def perturb(self, samples: Tensor) -> Tensor:
        return samples + self._sigma.at(self._players.step) * torch.randn_like(samples)

    def scalars(self) -> dict[str, Tensor]:
        """The current standard deviation."""
        return {"balance/instance_noise_sigma": self._sigma.at(self._players.step)}
