"""DRAGAN: a discriminator with slope 1 around the data."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.balance.input_gradient import require_own_slopes, slopes
from gan_cli.game import Players
from gan_cli.schedule import Ramp, Schedule


class Dragan(Technique):
    """Draws the slope of D to 1 in a neighbourhood of the real samples, against the sharp peaks that end in collapse.

    lambda E (||dD/dx|| - 1)^2 at x = real + a noise std(real) u, a ~ U(0, 1) per sample, u ~ U(0, 1) per value.
    Kodali et al. (2017), arXiv:1705.07215; the neighbourhood as in the authors' code, where the paper has a normal one.

    Args:
        strength: lambda, >= 0, or a ramp; 10 in the paper.
        noise: farthest displacement of a value in standard deviations of the batch, >= 0, or a ramp.
    """

    def __init__(
        self,
        *,
        strength: Annotated[float, Ge(0)] | Ramp = 10.0,
        noise: Annotated[float, Ge(0)] | Ramp = 0.5,
    ) -> None:
        self._strength = Schedule(strength)
        self._noise = Schedule(noise)
        self._slope = torch.zeros(())

    def attach(self, players: Players) -> None:
        """Refuse batch norm in the discriminator."""
        require_own_slopes(players.discriminator)

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The penalty at one point near each real sample."""
        real = context.real.x
        share = torch.rand_like(real.flatten(1)[:, 0]).reshape(-1, *[1] * (real.dim() - 1))
        reach = self._noise.at(players.step) * real.std()
        found = slopes(players.critic, context.real.with_x(real + reach * share * torch.rand_like(real)))
        self._slope = found.detach().mean()
        return self._strength.at(players.step) * (found - 1.0).square().mean()

    def scalars(self) -> dict[str, Tensor]:
        """The mean slope: near 1 where the penalty does its work."""
        return {"balance/dragan_slope": self._slope}
