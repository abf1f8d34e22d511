"""A head start: only one network learns during the first steps."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.game import Players, Side


class Pretrain(Technique):
    """Only one network learns during the first steps; then both learn.

    gate(other) = 1 if t >= steps else 0, where t is the number of finished training steps.
    This is a folk remedy. A head start of the discriminator was not seen to help, and this technique can show that.

    Args:
        network: network that learns alone, `discriminator` or `generator`; the other keeps its initial weights.
        steps: length of the head start in training steps, >= 1.
    """

    def __init__(self, *, network: Side = "discriminator", steps: Annotated[int, Ge(1)] = 500) -> None:
        self.network = network
        self.steps = steps

    def attach(self, players: Players) -> None:
        """Keep `players`, to read the step from it."""
        self._players = players

    def gate(self, side: Side) -> Tensor | None:
        """0 for the other network during the head start, then 1; None for `network`."""
        return None if side == self.network else (self._players.step >= self.steps).float()

    def scalars(self) -> dict[str, Tensor]:
        """Whether the step that has just ended was part of the head start."""
        # `step` already counts this step as finished
        return {"balance/pretrain_holds": (self._players.step <= self.steps).float()}
