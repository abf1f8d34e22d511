"""One network is held for an interval, once or again and again."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.errors import SettingError
from gan_cli.game import Players, Side


class Freeze(Technique):
    """One network keeps its weights for an interval while the other goes on learning.

    gate(network) = 0 while t >= start and (t - start) mod every < steps, else 1, with t the finished training steps.

    Args:
        network: the one that is held, `discriminator` or `generator`.
        start: finished training steps when it is first held, >= 0.
        steps: training steps that it is held for, >= 1.
        every: training steps from one hold to the next, more than `steps`; None holds it once.

    Raises:
        SettingError: `every` leaves the network no step of its own.
    """

    def __init__(
        self,
        *,
        network: Side = "discriminator",
        start: Annotated[int, Ge(0)] = 1000,
        steps: Annotated[int, Ge(1)] = 500,
        every: Annotated[int, Ge(1)] | None = None,
    ) -> None:
        if every is not None and every <= steps:
            raise SettingError("every", every, f"must be more than steps, {steps}, or the {network} never learns again")
        self.network = network
        self.start = start
        self.steps = steps
        self.every = every

    def attach(self, players: Players) -> None:
        """Keep an eye on the clock."""
        self._players = players

    def gate(self, side: Side) -> Tensor | None:
        """0 for the held network during its intervals."""
        return 1.0 - self._holds(self._players.step) if side == self.network else None

    def scalars(self) -> dict[str, Tensor]:
        """Whether the network was held in the step that has just been played."""
        # the step counts as finished by now
        return {"balance/freeze_holds": self._holds(self._players.step - 1)}

    def _holds(self, step: Tensor) -> Tensor:
        since = step - self.start
        phase = since if self.every is None else since.remainder(self.every)
        return ((since >= 0) & (phase < self.steps)).float()
