"""DRAGAN: a penalty that keeps the discriminator's gradient norm near 1 around the data."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.balance.input_gradient import gradient_norms, refuse_batch_norm
from gan_cli.game import Players
from gan_cli.schedule import Ramp, Schedule


class Dragan(Technique):
    """Pulls the gradient norm of D to 1 near the real samples, against the sharp peaks that lead to mode collapse.

    lambda E (||dD/dx|| - 1)^2 at x = real + a noise std(real) u, a ~ U(0, 1) per sample, u ~ U(0, 1) per value.
    Kodali et al. (2017), arXiv:1705.07215. The noise is that of the authors' code; the paper has normal noise.

    Args:
        strength: weight lambda of the penalty, >= 0, or a ramp; 10 in the paper.
        noise: largest change of a value, in standard deviations of the batch, >= 0, or a ramp.
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
        """Raise a SettingError if the discriminator has batch norm."""
        refuse_batch_norm(players.discriminator)

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The penalty at one random point near each real sample."""
        real = context.real.x
        share = torch.rand_like(real.flatten(1)[:, 0]).reshape(-1, *[1] * (real.dim() - 1))
        reach = self._noise.at(players.step) * real.std()
        found = gradient_norms(players.critic, context.real.with_x(real + reach * share * torch.rand_like(real)))
        self._slope = found.detach().mean()
        return self._strength.at(players.step) * (found - 1.0).square().mean()

    def scalars(self) -> dict[str, Tensor]:
        """The mean gradient norm, which is near 1 if the penalty works."""
        return {"balance/dragan_slope": self._slope}
