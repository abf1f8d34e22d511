"""WGAN-GP: a penalty that keeps the discriminator's gradient norm near 1 between real and fake samples."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.balance.input_gradient import gradient_norms, refuse_batch_norm
from gan_cli.game import Batch, Players
from gan_cli.schedule import Ramp, Schedule


class GradientPenalty(Technique):
    """Pulls the gradient norm of D to 1 between real and fake samples, as in the optimal Wasserstein critic.

    lambda E (||dD/dx|| - 1)^2 at x = a real + (1 - a) fake, a ~ U(0, 1) for each pair; a norm below 1 is penalised
    too. Gulrajani et al. (2017), arXiv:1704.00028, eq. 3.

    Args:
        strength: weight lambda of the penalty, >= 0, or a ramp; 10 in the paper (alias: lambda_gp).
    """

    def __init__(self, *, strength: Annotated[float, Ge(0)] | Ramp = 10.0) -> None:
        self._strength = Schedule(strength)
        self._slope = torch.zeros(())

    def attach(self, players: Players) -> None:
        """Raise a SettingError if the discriminator has batch norm."""
        refuse_batch_norm(players.discriminator)

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The penalty at one random point between each real sample and a fake one."""
        real, fake = context.real, context.fake
        share = torch.rand_like(real.x.flatten(1)[:, 0])

        def between(end: Tensor, start: Tensor) -> Tensor:
            return torch.lerp(start, end, share.reshape(-1, *[1] * (end.dim() - 1)))

        codes = None if real.z is None or fake.z is None else between(real.z, fake.z)
        found = gradient_norms(players.critic, Batch(between(real.x, fake.x), real.y, codes))
        self._slope = found.detach().mean()
        return self._strength.at(players.step) * (found - 1.0).square().mean()

    def scalars(self) -> dict[str, Tensor]:
        """The mean gradient norm, which is near 1 if the penalty works."""
        return {"balance/gradient_penalty_slope": self._slope}
