"""A head start: one network learns alone for the first steps."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.game import Players, Side


class Pretrain(Technique):
    """Only one network learns for the first steps; then both do.

    gate(other) = 1 if t >= steps else 0, with t the finished training steps.
    A folk remedy: a discriminator that starts ahead was not seen to help, and here it can be shown.

    Args:
        network: the one that learns alone, `discriminator` or `generator`; the other keeps its first weights.
        steps: training steps that the head start lasts, >= 1.
    """

    def __init__(self, *, network: Side = "discriminator", steps: Annotated[int, Ge(1)] = 500) -> None:
        self.network = network
        self.steps = steps

    def attach(self, players: Players) -> None:
        """Keep an eye on the clock."""
        self._players = players

    def gate(self, side: Side) -> Tensor | None:
        """0 for the other network until the head start is over."""
        return None if side == self.network else (self._players.step >= self.steps).float()

    def scalars(self) -> dict[str, Tensor]:
        """Whether the step that has just been played was part of the head start."""
        # the step counts as finished by now
        return {"balance/pretrain_holds": (self._players.step <= self.steps).float()}
