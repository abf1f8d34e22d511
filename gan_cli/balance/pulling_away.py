"""Pulling-away term: the generator also learns to make samples whose features point in different directions."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge
from torch import Tensor
from torch.nn import functional as F

from gan_cli.balance.base import Technique, UpdateContext, required_features
from gan_cli.game import Players
from gan_cli.schedule import Ramp, Schedule


class PullingAway(Technique):
    """Pulls apart the features of a generated batch, against a generator that repeats its samples.

    L_G + strength 1/(N (N - 1)) sum over i != j of cos^2(f(G(z_i)), f(G(z_j))), where f are the discriminator's last
    hidden features; with an autoencoder as discriminator, its codes. Zhao et al. (2017), arXiv:1609.03126, section 2.4,
    eq. 4 (EBGAN-PT; there the strength is 0.1).

    Args:
        strength: weight of the mean squared cosine, >= 0.
    """

    def __init__(self, *, strength: Annotated[float, Ge(0)] | Ramp = 0.1) -> None:
        self.strength = Schedule(strength)

    def attach(self, players: Players) -> None:
        """Check that the discriminator has features.

        Raises:
            SettingError: the discriminator does not expose its features.
        """
        self._features = required_features(players, "pull apart")

    def g_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The weighted mean squared cosine between the features of two generated samples; 0 for a single sample."""
        directions = F.normalize(self._features(context.fake).flatten(1).float(), dim=1)
        count = len(directions)
        # the sum of all squared cosines, less those of each sample with itself
        gram = directions.T @ directions if directions.shape[1] < count else directions @ directions.T
        others = gram.square().sum() - directions.square().sum(dim=1).square().sum()
        return self.strength.at(players.step) * others / max(count * (count - 1), 1)
