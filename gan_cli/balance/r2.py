"""R2: a discriminator that is flat where the generator is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.balance.input_gradient import Gamma, ZeroCentredPenalty
from gan_cli.game import Players


class R2(Technique):
    """Zero-centred gradient penalty on fake samples: R1's mirror image, which tames D where R1 does not look.

    gamma / 2 E ||dD/dx||^2 at x = G(z); the generator gets no gradient of it.
    Mescheder et al. (2018), arXiv:1801.04406; together with R1 in Huang et al. (2024), arXiv:2501.05441.

    Early in a run, R1 does not see the fakes, which are far from the data, and D may be arbitrarily steep there.
    Interval and batch norm as in `R1`.

    Args:
        gamma: strength, >= 0, or a ramp; `auto` is 0.0002 positions / batch size, where an image has height x width
            positions (StyleGAN2-ADA's rule for R1).
        every: discriminator updates from one penalty to the next, >= 1.
    """

    def __init__(self, *, gamma: Gamma = "auto", every: Annotated[int, Ge(1)] = 16) -> None:
        self._penalty = ZeroCentredPenalty(gamma, every)

    def attach(self, players: Players) -> None:
        """Refuse `gamma: auto` for points, which have no resolution."""
        self._penalty.check(players.spec)

    def d_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The penalty at the fake samples that the discriminator was shown."""
        return self._penalty.term(players, context.fake)

    def scalars(self) -> dict[str, Tensor]:
        """The strength in force."""
        return {"balance/r2_gamma": self._penalty.gamma}

    def state_dict(self) -> dict[str, Any]:
        """Where in the interval the run is."""
        return self._penalty.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on inside the interval."""
        self._penalty.load_state_dict(state)
