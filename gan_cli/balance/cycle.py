"""The cycle term of ALICE: codes must reconstruct their samples."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique, UpdateContext
from gan_cli.errors import SettingError
from gan_cli.game import GeneratorInput, Players
from gan_cli.schedule import Ramp, Schedule


class Cycle(Technique):
    """Rewards generator and encoder for samples that their codes bring back: weight * E |x - G(E(x))|, per value.

    A discriminator of pairs does not decide which code belongs to which sample, only that codes and samples fit: the
    solution of BiGAN and ALI is not unique. The cycle term picks those in which codes reconstruct.
    Li et al. (2017), "ALICE", arXiv:1709.01215, section 3.2, with the absolute error.

    Args:
        weight: weight of the term, >= 0, or a ramp.
    """

    def __init__(self, *, weight: Annotated[float, Ge(0)] | Ramp = 1.0) -> None:
        self._weight = Schedule(weight)

    def attach(self, players: Players) -> None:
        """Raise a SettingError if the game has no encoder."""
        if players.encoder is None:
            raise SettingError("weight", "(any)", "needs an encoder; use encoder=conv, or encoder=mlp for points")

    def g_penalty(self, players: Players, context: UpdateContext) -> Tensor:
        """The weighted mean error of the reconstructions, with the graph of both networks."""
        real = context.clean
        assert real is not None and real.z is not None
        again = players.fake(GeneratorInput(real.z)).x
        return self._weight.at(players.step) * (real.x - again).abs().mean()
