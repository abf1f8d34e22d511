"""A technique that holds one network for an interval, once or repeatedly."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.errors import SettingError
from gan_cli.game import Players, Side


class Freeze(Technique):
    """One network keeps its weights for an interval while the other continues to learn.

    gate(network) = 0 while t >= start and (t - start) mod every < steps, else 1; t is the number of finished steps.

    Args:
        network: network that is held, `discriminator` or `generator`.
        start: number of finished training steps at which it is first held, >= 0.
        steps: number of training steps for which it is held, >= 1.
        every: training steps from the start of one hold to the next, more than `steps`; None holds it once.

    Raises:
        SettingError: `every` is not more than `steps`, so that the network would never learn again.
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
        """Keep `players`, to read the step from it."""
        self._players = players

    def gate(self, side: Side) -> Tensor | None:
        """0 for the held network during its intervals, else 1; None for the other network."""
        return 1.0 - self._holds(self._players.step) if side == self.network else None

    def scalars(self) -> dict[str, Tensor]:
        """Whether the network was held in the step that has just ended."""
        # `step` already counts this step as finished
        return {"balance/freeze_holds": self._holds(self._players.step - 1)}

    def _holds(self, step: Tensor) -> Tensor:
        since = step - self.start
        phase = since if self.every is None else since.remainder(self.every)
        return ((since >= 0) & (phase < self.steps)).float()
