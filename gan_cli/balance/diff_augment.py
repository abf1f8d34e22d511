"""Random changes of all that the discriminator sees, through which the generator still learns."""

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
    """Differentiable augmentation: the discriminator never sees a sample bare, so it cannot learn the set by heart.

    L_D = E f_D(-D(T(x))) + E f_D(D(T(G(z)))),  L_G = E f_G(-D(T(G(z)))): one kind of random change T everywhere, with a
    gradient through T to G. Zhao et al. (2020), arXiv:2006.10738, section 3.

    Args:
        policy: operations in order: brightness (up to a quarter of the value range), saturation (left out unless there
            are three channels), contrast, translation, cutout; the first three are the paper's `color`.
        translation: largest shift along each axis, as a share of its extent, [0, 1].
        cutout: side of the box that is set to 0, as a share of each extent, [0, 1].
        probability: that an operation is done to a sample, [0, 1]; the paper's is 1.
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
        """Learn the kind of sample.

        Raises:
            SettingError: the data are points.
        """
        self._players = players
        self._augment = Augmentation(players.spec, *self._settings)

    def perturb(self, samples: Tensor) -> Tensor:
        """Samples, each changed in its own way."""
        return self._augment(samples, self._probability.at(self._players.step))

    def scalars(self) -> dict[str, Tensor]:
        """The present probability."""
        return {"balance/diff_augment_probability": self._probability.at(self._players.step)}
