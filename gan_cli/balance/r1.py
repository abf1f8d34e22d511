"""R1: a discriminator that is flat where the data are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.balance.input_gradient import Gamma, ZeroCentredPenalty
from gan_cli.game import Players


class R1(Technique):
    """Zero-centred gradient penalty on real samples: near the solution it keeps D from pushing G off it.

    gamma / 2 E ||dD/dx||^2 at real x.
    Mescheder et al. (2018), arXiv:1801.04406; every k-th update as in Karras et al. (2020), arXiv:1912.04958.

    The term is worth `every` times as much when it is due and 0 in between, so its average does not depend on `every`.
    Batch norm in the discriminator is allowed and common, but it ties the samples of a batch together: what is
    penalised is then the slope of the batch's sum of logits, which batch norm makes small. `discriminator.norm=layer`
    or `none` is cleaner.

    Args:
        gamma: strength, >= 0, or a ramp; `auto` is 0.0002 positions / batch size, where an image has height x width
            positions (StyleGAN2-ADA). Without norm layers D can take far more: 0.1 to 10 are common.
        every: discriminator updates from one penalty to the next, >= 1; 1 is the paper, 16 saves most of its cost.
    """

    def __init__(self, *, gamma: Gamma = "auto", every: Annotated[int, Ge(1)] = 16) -> None:
        self._penalty = ZeroCentredPenalty(gamma, every)

    def attach(self, players: Players) -> None:
        """Refuse `gamma: auto` for points, which have no resolution."""
        self._penalty.check(players.spec)

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The penalty at the real samples that the discriminator was shown."""
        return self._penalty.term(players, context.real)

    def scalars(self) -> dict[str, Tensor]:
        """The strength in force."""
        return {"balance/r1_gamma": self._penalty.gamma}

    def state_dict(self) -> dict[str, Any]:
        """Where in the interval the run is."""
        return self._penalty.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on inside the interval."""
        self._penalty.load_state_dict(state)
