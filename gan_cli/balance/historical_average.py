"""Historical averaging: parameters that stay near the mean of where they have been."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from annotated_types import Ge
from torch import Tensor, nn

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.game import Players, Side
from gan_cli.schedule import Ramp, Schedule


class HistoricalAverage(Technique):
    """Draws the parameters of both networks to the mean of their past, against players that circle each other.

    strength ||theta - (1/t) sum_i theta[i]||^2, summed over all parameters of the network whose turn it is; the initial
    weights are theta[1], and each update adds one. Salimans et al. (2016), arXiv:1606.03498, section 3.3.

    The mean is of the whole run, so the pull grows with the way that the weights have come: a large strength ends
    training early. Statistics of batch norm are no parameters and stay out of it.

    Args:
        strength: weight of the term, >= 0, or a ramp; 1 in the paper's formula.
    """

    def __init__(self, *, strength: Annotated[float, Ge(0)] | Ramp = 1.0) -> None:
        self._strength = Schedule(strength)

    def attach(self, players: Players) -> None:
        """Start both means at the initial weights."""
        self._past: dict[Side, _Past] = {
            "generator": _Past(players.generator),
            "discriminator": _Past(players.discriminator),
        }

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """How far the discriminator is from its past."""
        return self._strength.at(players.step) * self._past["discriminator"].distance()

    def g_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """How far the generator is from its past."""
        return self._strength.at(players.step) * self._past["generator"].distance()

    def after_update(self, players: Players, side: Side) -> None:
        """The new weights join the mean."""
        self._past[side].add()

    def state_dict(self) -> dict[str, Any]:
        """The means and how many weights are in them."""
        return {side: past.state_dict() for side, past in self._past.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the means; `attach` was called before."""
        for side, past in self._past.items():
            past.load_state_dict(state[side])


class _Past:
    """The mean of all parameters that a network has had.

    Args:
        network: on its device; its present parameters are the first.
    """

    def __init__(self, network: nn.Module) -> None:
        self._parameters: list[Tensor] = list(network.parameters())
        self._means = [p.detach().clone() for p in self._parameters]
        # on the device, because a Python number would be frozen in a captured step
        self._count = torch.ones((), dtype=torch.int64, device=self._parameters[0].device)

    def distance(self) -> Tensor:
        """||theta - mean||^2 over all parameters, 0-d, with the graph to theta."""
        away = torch._foreach_sub(self._parameters, self._means)
        return torch.stack([difference.square().sum() for difference in away]).sum()

    @torch.no_grad()
    def add(self) -> None:
        """Let the present parameters join: mean <- mean + (theta - mean) / t."""
        self._count += 1
        away = torch._foreach_sub(self._parameters, self._means)
        torch._foreach_mul_(away, 1.0 / self._count)
        torch._foreach_add_(self._means, away)

    def state_dict(self) -> dict[str, Any]:
        """The means and the count."""
        return {"means": self._means, "count": self._count}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore both."""
        torch._foreach_copy_(self._means, list(state["means"]))
        self._count.copy_(state["count"])
