"""A controller that changes the discriminator's learning rate with the gap between its loss and the ideal loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from annotated_types import Ge, Gt, Le, Lt
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.errors import SettingError
from gan_cli.game import Players, Side


class GapLR(Technique):
    """Raises the learning rate of D while its loss is above the ideal V*, and lowers it while the loss is below.

    s(x) = min(highest^(x / r), highest) if V_D >= V*, else max(lowest^(x / r), lowest),
    x = |V_D - V*|, r = gap V*, V_D <- decay V_D + (1 - decay) loss, from V_D = V*.
    Hazimeh & Ponomareva (2023), arXiv:2302.00089 (AISTATS); defaults and decay as in the authors' code.

    V* is the loss's `ideal`: log 4 for cross-entropy, 2 for hinge, 0.5 for least squares, log 2 for relativistic
    pairing; it includes label smoothing. V_D is the adversarial loss alone, as in `loss/discriminator`, without
    penalties; flipped labels do raise it. The rate is set from the previous steps. The authors also use the batch to
    which the rate is applied.

    Args:
        highest: factor of the learning rate when D is far behind, >= 1.
        lowest: factor of the learning rate when D is far ahead, in (0, 1].
        gap: distance from V* at which these factors are reached, as a share of V*, > 0.
        decay: share of the averaged loss that is kept at each training step, in [0, 1).
    """

    def __init__(
        self,
        *,
        highest: Annotated[float, Ge(1)] = 2.0,
        lowest: Annotated[float, Gt(0), Le(1)] = 0.1,
        gap: Annotated[float, Gt(0)] = 0.1,
        decay: Annotated[float, Ge(0), Lt(1)] = 0.95,
    ) -> None:
        self.highest = highest
        self.lowest = lowest
        self.gap = gap
        self.decay = decay

    def attach(self, players: Players) -> None:
        """Start with the averaged loss at the ideal loss.

        Raises:
            SettingError: the loss has no ideal value.
        """
        ideal = players.loss.ideal
        if ideal is None:
            remedy = "has no ideal value to keep the discriminator at; use loss=non_saturating, hinge or least_squares"
            raise SettingError("/loss", type(players.loss).__name__, remedy)
        self._ideal = ideal
        self._loss = torch.full((), ideal, device=next(players.discriminator.parameters()).device)

    def rate(self, side: Side) -> Tensor | None:
        """The factor of the discriminator's learning rate; None for the generator."""
        return self._factor() if side == "discriminator" else None

    def after_step(self, players: Players, batch_size: int, values: Mapping[str, Tensor]) -> None:
        """Move the average towards the loss of this step."""
        self._loss.lerp_(values["loss/discriminator"], 1.0 - self.decay)

    def scalars(self) -> dict[str, Tensor]:
        """The factor for the next step."""
        return {"balance/gap_lr_factor": self._factor()}

    def state_dict(self) -> dict[str, Any]:
        """The averaged loss."""
        return {"loss": self._loss}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._loss.copy_(state["loss"])

    def _factor(self) -> Tensor:
        share = (self._loss - self._ideal).abs() / (self.gap * self._ideal)
        # from a share of 1 on, both branches are at their bound
        share = share.clamp(max=1.0)
        return torch.where(self._loss >= self._ideal, self.highest**share, self.lowest**share)
