"""Historical averaging: a penalty that keeps parameters near the mean of their past values."""

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
    """Pulls the parameters of both networks towards their past mean, so that they do not move in circles.

    strength ||theta - (1/t) sum_i theta[i]||^2, summed over all parameters of the network that is updated. The initial
    weights are theta[1], and each update adds one. Salimans et al. (2016), arXiv:1606.03498, section 3.3.

    The mean covers the whole run, so the pull grows with the distance that the weights have moved. A large strength
    stops the learning early. Statistics of batch norm are not parameters and are left out.

    Args:
        strength: weight of the penalty, >= 0, or a ramp; 1 in the paper's formula.
    """

    def __init__(self, *, strength: Annotated[float, Ge(0)] | Ramp = 1.0) -> None:
        self._strength = Schedule(strength)

    def attach(self, players: Players) -> None:
        """Start both means at the initial weights."""
        self._past: dict[Side, _RunningMean] = {
            "generator": _RunningMean(players.generator),
            "discriminator": _RunningMean(players.discriminator),
        }

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The weighted squared distance of the discriminator from its past mean."""
        return self._strength.at(players.step) * self._past["discriminator"].distance()

    def g_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The weighted squared distance of the generator from its past mean."""
        return self._strength.at(players.step) * self._past["generator"].distance()

    def after_update(self, players: Players, side: Side) -> None:
        """Add the new weights to the mean."""
        self._past[side].add()

    def state_dict(self) -> dict[str, Any]:
        """The means, and the number of values in each."""
        return {side: past.state_dict() for side, past in self._past.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        for side, past in self._past.items():
            past.load_state_dict(state[side])


class _RunningMean:
    """The mean of all values that a network's parameters have had.

    Args:
        network: a network on its device; its current parameters are the first values.
    """

    def __init__(self, network: nn.Module) -> None:
        self._parameters: list[Tensor] = list(network.parameters())
        self._means = [p.detach().clone() for p in self._parameters]
        # on the device, because a Python number would never change in a captured step
        self._count = torch.ones((), dtype=torch.int64, device=self._parameters[0].device)

    def distance(self) -> Tensor:
        """||theta - mean||^2 over all parameters, 0-d, with the graph to theta."""
        away = torch._foreach_sub(self._parameters, self._means)
        return torch.stack([difference.square().sum() for difference in away]).sum()

    @torch.no_grad()
    def add(self) -> None:
        """Add the current parameters: mean <- mean + (theta - mean) / t."""
        self._count += 1
        away = torch._foreach_sub(self._parameters, self._means)
        torch._foreach_mul_(away, 1.0 / self._count)
        torch._foreach_add_(self._means, away)

    def state_dict(self) -> dict[str, Any]:
        """The means and the count."""
        return {"means": self._means, "count": self._count}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore the means and the count."""
        torch._foreach_copy_(self._means, list(state["means"]))
        self._count.copy_(state["count"])
