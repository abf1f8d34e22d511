"""What training and techniques may expect of a loss; every class of `losses.py` fits it without inheriting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from torch import Tensor


class Objective(Protocol):
    """A loss: what the two networks make small, as functions of the discriminator's logits."""

    @property
    def compares_pairs(self) -> bool:
        """Whether the generator's loss needs the logits of real samples too."""
        ...

    @property
    def probability(self) -> Callable[[Tensor], Tensor] | None:
        """Logits (N,) -> the probability of "real" that they stand for; None where only comparisons mean anything."""
        ...

    @property
    def real_cut(self) -> float:
        """The logit above which the discriminator says "real"."""
        ...

    @property
    def ideal(self) -> float | None:
        """V*: the best discriminator's loss once p_g = p_data; None where no such value exists."""
        ...

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Logits (N,) of real and (M,) of fake samples -> 0-d loss that the discriminator minimises."""
        ...

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Logits (N,) of fake samples -> 0-d loss that the generator minimises.

        `real` (N,) is given only where `compares_pairs`.
        """
        ...
