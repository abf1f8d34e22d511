"""The base class of R1 and R2, which keep the discriminator flat at real and at fake samples."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.balance.input_gradient import squared_gradient_norms
from gan_cli.errors import SettingError
from gan_cli.game import Batch, Players
from gan_cli.schedule import Ramp, Schedule

Gamma = Literal["auto"] | Annotated[float, Ge(0)] | Ramp


class ZeroCentredPenalty(Technique):
    """The penalty k gamma / 2 E ||dD/dx||^2 at every k-th update of D, from the first one on, and 0 in between.

    `auto` is 0.0002 positions / batch, the heuristic of the StyleGAN2-ADA code (Karras et al. 2020, arXiv:2006.06676),
    in which an image has res^2 positions.

    Args:
        gamma: weight of the penalty, >= 0, or a ramp; `auto` is 0.0002 positions / batch size, where an image has
            height x width positions (StyleGAN2-ADA). Without norm layers D allows much more: 0.1 to 10 are common.
        every: discriminator updates from one penalty to the next, >= 1; 1 in the paper, 16 saves most of its cost.
    """

    tag: ClassVar[str]

    def __init__(self, *, gamma: Gamma = "auto", every: Annotated[int, Ge(1)] = 16) -> None:
        self._schedule = None if isinstance(gamma, str) else Schedule(gamma)
        self._every = every
        self._gamma = torch.zeros(())

    def attach(self, players: Players) -> None:
        """Check that `auto` can be computed from the resolution.

        Raises:
            SettingError: `gamma` is `auto` and the samples are points.
        """
        if self._schedule is None and not players.spec.traits.positions:
            remedy = f"is a rule for resolutions, which {players.spec} do not have; give a number, 0.1 to 10 are common"
            raise SettingError("gamma", "auto", remedy)

    def phase(self, update: int) -> bool:
        """Return whether the penalty is due in this update."""
        return update % self._every == 0

    def penalised(self, context: UpdateContext) -> Batch:
        """Return the samples at which the gradient is penalised."""
        raise NotImplementedError

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The penalty at a due update, else 0."""
        shown = self.penalised(context)
        self._gamma = self._gamma_at(players, len(shown) * players.world.size)
        if not self.phase(context.update):
            return torch.zeros_like(self._gamma)
        return self._every * self._gamma / 2.0 * squared_gradient_norms(players.critic, shown).mean()

    def _gamma_at(self, players: Players, batch_size: int) -> Tensor:
        if self._schedule is not None:
            return self._schedule.at(players.step)
        automatic = 0.0002 * math.prod(players.spec.spatial) / batch_size
        return torch.full_like(players.step, automatic, dtype=torch.float32)

    def scalars(self) -> dict[str, Tensor]:
        """The current gamma."""
        return {self.tag: self._gamma}

    former_state = frozenset({"updates"})
