"""Random changes of all inputs of the discriminator; the generator still gets a gradient through them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from annotated_types import Ge, Le, MinLen
from torch import Tensor

from gan_cli.balance.augmentations import EVERYTHING, Augmentation, Operation, Share
from gan_cli.balance.base import Technique
from gan_cli.game import Players
from gan_cli.schedule import Ramp, Schedule


class DiffAugment(Technique):
    """Differentiable augmentation: D never sees an unchanged sample, so it cannot memorise the data set.

    L_D = E f_D(-D(T(x))) + E f_D(D(T(G(z)))),  L_G = E f_G(-D(T(G(z)))).  The same kind of random change T is used
    everywhere, and the gradient passes through T to G. Zhao et al. (2020), arXiv:2006.10738, section 3.

    Args:
        policy: operations in order; brightness changes values by at most a quarter of the value range, saturation is
            left out unless there are three channels, and the first three are the paper's `color`.
        translation: largest shift along each axis, as a share of its size, [0, 1].
        cutout: side length of the box that is set to 0, as a share of each axis, [0, 1].
        probability: probability that an operation is applied to a sample, [0, 1]; 1 in the paper.
    """

    def __init__(
        self,
        *,
        policy: Annotated[Sequence[Operation], MinLen(1)] = EVERYTHING,
        translation: Share = 0.125,
        cutout: Share = 0.5,
        probability: Annotated[float, Ge(0), Le(1)] | Ramp = 1.0,
    ) -> None:
        self._settings = (policy, translation, cutout)
        self._probability = Schedule(probability)

    def attach(self, players: Players) -> None:
        """Build the operations for the run's kind of sample.

        Raises:
            SettingError: the data are points.
        """
        self._players = players
        self._augment = Augmentation(players.spec, *self._settings)

    def perturb(self, samples: Tensor) -> Tensor:
        """Augment each sample independently."""
        return self._augment(samples, self._probability.at(self._players.step))

    def scalars(self) -> dict[str, Tensor]:
        """The current probability."""
        return {"balance/diff_augment_probability": self._probability.at(self._players.step)}
