"""Feature matching: the generator also learns to match the mean features of the discriminator."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext, required_features
from gan_cli.game import Players
from gan_cli.schedule import Ramp, Schedule


class FeatureMatching(Technique):
    """Pulls the mean features of a generated batch towards those of a real batch.

    L_G + strength ||E f(x) - E f(G(z))||^2, where f are the discriminator's last hidden features; summed over them.
    Salimans et al. (2016), arXiv:1606.03498, section 3.1, where the term replaces L_G. Here it is added, so that it
    works with every loss; a large strength is close to the paper.

    Args:
        strength: weight of the squared distance, >= 0.
    """

    def __init__(self, *, strength: Annotated[float, Ge(0)] | Ramp = 1.0) -> None:
        self.strength = Schedule(strength)

    def attach(self, players: Players) -> None:
        """Check that the discriminator has features.

        Raises:
            SettingError: the discriminator does not expose its features.
        """
        self._features = required_features(players, "match")

    def g_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The weighted squared distance between the mean features of real and fake samples."""
        with torch.no_grad():
            wanted = self._features(context.real).mean(dim=0)
        found = self._features(context.fake).mean(dim=0)
        return self.strength.at(players.step) * (found - wanted).square().sum()
