"""Weight clipping: the first, crude way to get a Lipschitz critic."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Gt
from torch import Tensor
from torch.nn.utils.parametrize import is_parametrized

from gan_cli.balance.base import Technique
from gan_cli.errors import SettingError
from gan_cli.game import Players, Side


class WeightClip(Technique):
    """Clips every parameter of D after each of its updates, so that D is Lipschitz with *some* constant.

    w <- clip(w, -c, c) for all parameters, including biases and the gains of norm layers.
    Arjovsky et al. (2017), arXiv:1701.07875, algorithm 1.

    Many weights end at the two limits, and D becomes a simple function with vanishing or exploding gradients (Gulrajani
    et al. 2017, arXiv:1704.00028). The technique is kept for comparison; gradient_penalty is its successor. Spectral
    norm is not allowed: it scales each weight after the clip, which then bounds nothing.

    Args:
        clip: largest absolute value of a parameter, the paper's c, > 0.
    """

    def __init__(self, *, clip: Annotated[float, Gt(0)] = 0.01) -> None:
        self._clip = clip

    def attach(self, players: Players) -> None:
        """Store the parameters; raise a SettingError if weights are scaled after the clip."""
        discriminator = players.discriminator
        if any(is_parametrized(module) for module in discriminator.modules()):
            remedy = (
                "spectral norm scales each weight after weight_clip has clipped it, so the clip bounds nothing;"
                " use one of the two, here discriminator.norm=batch, layer or none"
            )
            raise SettingError("/discriminator.norm", "spectral", remedy)
        self._parameters: list[Tensor] = [p for p in discriminator.parameters() if p.requires_grad]

    @torch.no_grad()
    def after_update(self, players: Players, side: Side) -> None:
        """Clip the discriminator's parameters."""
        if side == "discriminator":
            torch._foreach_clamp_min_(self._parameters, -self._clip)
            torch._foreach_clamp_max_(self._parameters, self._clip)
