"""LeCam: logits that stay near what the discriminator has said before, for small data sets."""

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
    """Ties the logits of each kind to the running mean of the other kind, so that D does not drift apart on few data.

    lambda (E (D(x) - a_F)^2 + E (D(G(z)) - a_R)^2) with a_R, a_F the moving averages of the logits' means on real and
    on fake samples, free of the bias of their start. Tseng et al. (2021), arXiv:2104.03310.

    The formula is the paper's; the authors' code leaves out real logits below a_F and fake logits above a_R. Only
    differences of logits count, so losses that compare pairs may use it too. The scale of the logits does count: 0.3
    suits the hinge loss of the paper's BigGAN; its StyleGAN2 has a far smaller one. To start late, as the authors do,
    give `strength={start: 0, end: 0.3, steps: 1, after: 1000}`.

    Args:
        strength: lambda, >= 0, or a ramp.
        decay: share of the old average that stays at each discriminator update, [0, 1).
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
        """Start the averages."""
        device = next(players.discriminator.parameters()).device
        # an average started at 0 and the weight that it has gathered so far; their ratio has no bias
        self._sums = torch.zeros(2, device=device)
        self._weight = torch.zeros((), device=device)

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The squared distance of the logits from the anchors, which see these logits too."""
        assert context.real_logits is not None
        self._follow(context.real_logits.detach(), context.fake_logits.detach())
        real_anchor, fake_anchor = self._anchors()
        distance = (context.real_logits - fake_anchor).square().mean() + (
            context.fake_logits - real_anchor
        ).square().mean()
        return self._strength.at(players.step) * distance

    def _follow(self, real: Tensor, fake: Tensor) -> None:
        means = torch.stack([real.mean(), fake.mean()])
        self._sums.mul_(self._decay).add_(means, alpha=1.0 - self._decay)
        self._weight.mul_(self._decay).add_(1.0 - self._decay)

    def _anchors(self) -> tuple[Tensor, Tensor]:
        real, fake = (self._sums / self._weight).unbind()
        return real, fake

    def scalars(self) -> dict[str, Tensor]:
        """The two anchors."""
        real, fake = self._anchors()
        return {"balance/lecam_real": real, "balance/lecam_fake": fake}

    def state_dict(self) -> dict[str, Any]:
        """The averages and the weight that they have gathered."""
        return {"sums": self._sums, "weight": self._weight}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the averages; `attach` was called before."""
        self._sums.copy_(state["sums"])
        self._weight.copy_(state["weight"])
