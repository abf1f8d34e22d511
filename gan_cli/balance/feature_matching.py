"""Feature matching: the generator is asked for the statistics of the discriminator's features, not just its vote."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.errors import SettingError
from gan_cli.game import Players
from gan_cli.schedule import Ramp, Schedule


class FeatureMatching(Technique):
    """The mean features of a generated batch are drawn to those of a real one.

    L_G + strength ||E f(x) - E f(G(z))||^2, with f the discriminator's last hidden features, summed over them.
    Salimans et al. (2016), arXiv:1606.03498, section 3.1, where it takes the place of L_G; here it is added, so that
    it combines with every loss: a large strength comes close to the paper.

    Args:
        strength: weight of the squared distance, >= 0.
    """

    def __init__(self, *, strength: Annotated[float, Ge(0)] | Ramp = 1.0) -> None:
        self.strength = Schedule(strength)

    def attach(self, players: Players) -> None:
        """See that there are features.

        Raises:
            SettingError: the discriminator does not show its features.
        """
        features = players.features
        if features is None:
            remedy = "shows no features to match; use discriminator=conv, mlp or resnet"
            raise SettingError("/discriminator", type(players.discriminator).__name__, remedy)
        self._features = features

    def g_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The squared distance of the mean features."""
        with torch.no_grad():
            wanted = self._features(context.real).mean(dim=0)
        found = self._features(context.fake).mean(dim=0)
        return self.strength.at(players.step) * (found - wanted).square().sum()
