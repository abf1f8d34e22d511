"""How steep the discriminator is: gradients of its logits with respect to what it is shown, for the gradient penalties.

Everything here keeps the graph to the discriminator's weights, so that a penalty can flatten or steepen it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import torch
from annotated_types import Ge
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_cli.errors import SettingError
from gan_cli.game import Batch, Critic, Players
from gan_cli.schedule import Ramp, Schedule
from gan_cli.spec import SampleSpec

Gamma = Literal["auto"] | Annotated[float, Ge(0)] | Ramp

SMALLEST = 1e-12
"""Added under the root, because the root's own gradient at 0 is infinite."""


def squared_slopes(critic: Critic, shown: Batch) -> Tensor:
    """Samples -> ||dD/dx||^2 of each logit (N,), with the graph to the weights.

    A discriminator that judges packs has fewer logits than samples; the slope is then that of a whole pack.
    """
    x = shown.x.detach().requires_grad_(True)
    logits = critic(shown.with_x(x))
    (gradient,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return gradient.reshape(len(logits), -1).square().sum(dim=1)


def slopes(critic: Critic, shown: Batch) -> Tensor:
    """Samples -> ||dD/dx|| of each logit (N,), with the graph to the weights."""
    return (squared_slopes(critic, shown) + SMALLEST).sqrt()


def require_own_slopes(discriminator: nn.Module) -> None:
    """Refuse a discriminator in which no sample has a slope of its own.

    Raises:
        SettingError: it contains batch norm.
    """
    if any(isinstance(module, _BatchNorm) for module in discriminator.modules()):
        remedy = (
            "batch norm ties the samples of a batch together, so none has a gradient norm of its own to penalise;"
            " use discriminator.norm=layer, instance or none"
        )
        raise SettingError("/discriminator.norm", "batch", remedy)


class ZeroCentredPenalty:
    """gamma / 2 E ||dD/dx||^2 at every k-th update, times k: the body that R1 and R2 share.

    The first update is due. `auto` is 0.0002 positions / batch, the heuristic of the StyleGAN2-ADA code (Karras et al.
    2020, arXiv:2006.06676), which has res^2 for the positions of an image.

    Args:
        gamma: a number, a ramp, or `auto`.
        every: discriminator updates from one due update to the next (k).
    """

    def __init__(self, gamma: Gamma, every: int) -> None:
        self._schedule = None if isinstance(gamma, str) else Schedule(gamma)
        self._every = every
        self._updates = 0
        self.gamma = torch.zeros(())
        """As of the last update, 0-d on the device."""

    def check(self, spec: SampleSpec) -> None:
        """Refuse `auto` where there is no resolution to derive it from.

        Raises:
            SettingError: the samples are points.
        """
        if self._schedule is None and not spec.traits.positions:
            remedy = f"is a rule for resolutions, which {spec} do not have; give a number, 0.1 to 10 are common"
            raise SettingError("gamma", "auto", remedy)

    def term(self, players: Players, shown: Batch) -> Tensor:
        """What is added to the loss, 0-d; 0 between the due updates."""
        self.gamma = self._gamma(players, len(shown))
        due = self._updates % self._every == 0
        self._updates += 1
        if not due:
            return torch.zeros_like(self.gamma)
        return self._every * self.gamma / 2.0 * squared_slopes(players.critic, shown).mean()

    def _gamma(self, players: Players, batch_size: int) -> Tensor:
        if self._schedule is not None:
            return self._schedule.at(players.step)
        automatic = 0.0002 * math.prod(players.spec.spatial) / batch_size
        return torch.full_like(players.step, automatic, dtype=torch.float32)

    def state_dict(self) -> dict[str, Any]:
        """Where in the interval the run is."""
        return {"updates": self._updates}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on inside the interval."""
        self._updates = state["updates"]
