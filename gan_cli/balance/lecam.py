"""LeCam: a penalty that keeps logits near their running means, for small data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from annotated_types import Ge, Lt
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.game import Players
from gan_cli.schedule import Ramp, Schedule


class LeCam(Technique):
    """Ties the logits of real and of fake samples to the running mean of the other kind, for training on few data.

    lambda (E (D(x) - a_F)^2 + E (D(G(z)) - a_R)^2), where a_R and a_F are moving averages of the mean logits of real
    and fake samples, without the bias of their start. The two kinds of logits cannot drift far apart.
    Tseng et al. (2021), arXiv:2104.03310.

    The formula is the paper's; the authors' code leaves out real logits below a_F and fake logits above a_R. Only
    differences of logits matter, so losses that compare pairs can use it too. The scale of the logits does matter: 0.3
    suits the hinge loss of the paper's BigGAN; its StyleGAN2 uses a much smaller strength. To start late, as the
    authors do, set `strength={start: 0, end: 0.3, steps: 1, after: 1000}`.

    Args:
        strength: weight lambda of the penalty, >= 0, or a ramp.
        decay: share of the old average that is kept at each discriminator update, [0, 1).
    """

    def __init__(
        self,
        *,
        strength: Annotated[float, Ge(0)] | Ramp = 0.3,
        decay: Annotated[float, Ge(0), Lt(1)] = 0.99,
    ) -> None:
        self._strength = Schedule(strength)
        self._decay = decay

    def attach(self, players: Players) -> None:
        """Start both averages at 0."""
        device = next(players.discriminator.parameters()).device
        # averages that start at 0, and the sum of their weights so far; the ratio has no bias
        self._sums = torch.zeros(2, device=device)
        self._weight = torch.zeros((), device=device)

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The weighted squared distance of the logits from the averages, which already include these logits."""
        assert context.real_logits is not None
        logits = (context.real_logits, context.fake_logits)
        self._follow(players.world.mean(torch.stack([each.detach().mean() for each in logits])))
        real_anchor, fake_anchor = self._anchors()
        distance = (context.real_logits - fake_anchor).square().mean() + (
            context.fake_logits - real_anchor
        ).square().mean()
        return self._strength.at(players.step) * distance

    def _follow(self, means: Tensor) -> None:
        self._sums.mul_(self._decay).add_(means, alpha=1.0 - self._decay)
        self._weight.mul_(self._decay).add_(1.0 - self._decay)

    def _anchors(self) -> tuple[Tensor, Tensor]:
        real, fake = (self._sums / self._weight).unbind()
        return real, fake

    def scalars(self) -> dict[str, Tensor]:
        """The two averages a_R and a_F."""
        real, fake = self._anchors()
        return {"balance/lecam_real": real, "balance/lecam_fake": fake}

    def state_dict(self) -> dict[str, Any]:
        """The averages and the sum of their weights."""
        return {"sums": self._sums, "weight": self._weight}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._sums.copy_(state["sums"])
        self._weight.copy_(state["weight"])
