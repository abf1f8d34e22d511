"""A controller that keeps the discriminator's accuracy in a band by holding the network that is ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import torch
from annotated_types import Ge, Le, Lt
from torch import Tensor

from gan_cli.balance.base import Technique
from gan_cli.diagnosis.step_gauges import accuracy_tag
from gan_cli.errors import SettingError
from gan_cli.game import Players, Side

Share = Annotated[float, Ge(0), Le(1)]


class AccuracyBand(Technique):
    """Holds the discriminator while its accuracy is too high, and the generator while it is too low.

    A held network skips its updates.
    a <- decay a + (1 - decay) accuracy;  D is held from a > high until a <= high - hysteresis,
    G is held from a < low until a >= low + hysteresis; after `max_skips` held steps in a row a network gets one step.

    This is a folk rule (ganhacks, issue 23). Tip 11 of the same list warns against it and prefers a loss that needs no
    balancing by hand. It is off by default, and every held step is counted. The accuracy is the mean of the accuracies
    on real and on fake samples. For losses where a single logit has no meaning (Wasserstein, relativistic) it is
    P(D(x) > D(G(z))). At the start a is the middle of the band, so that one batch alone cannot hold a network.

    Args:
        low: accuracy below which the generator is held, in [0, 1].
        high: accuracy above which the discriminator is held, in [0, 1].
        hysteresis: distance inside the band at which a held network is released, >= 0.
        decay: share of the average that is kept at each training step, in [0, 1).
        max_skips: number of held training steps in a row after which a network gets one step, >= 1.

    Raises:
        SettingError: the band is too narrow for its hysteresis, so that both networks could be held.
    """

    def __init__(
        self,
        *,
        low: Share = 0.5,
        high: Share = 0.7,
        hysteresis: Share = 0.02,
        decay: Annotated[float, Ge(0), Lt(1)] = 0.9,
        max_skips: Annotated[int, Ge(1)] = 20,
    ) -> None:
        if low >= high:
            raise SettingError("low", low, f"must be < high, {high}")
        if low + hysteresis > high - hysteresis:
            raise SettingError("hysteresis", hysteresis, f"must be at most {(high - low) / 2:g}, half of the band")
        self.low = low
        self.high = high
        self.hysteresis = hysteresis
        self.decay = decay
        self.max_skips = max_skips

    def attach(self, players: Players) -> None:
        """Start with the average in the middle of the band and no network held."""
        device = next(players.discriminator.parameters()).device
        self._tag = accuracy_tag(players.loss)
        self._accuracy = torch.full((), (self.low + self.high) / 2.0, device=device)
        self._holds: dict[Side, _Hold] = {
            "discriminator": _Hold(self.max_skips, device),
            "generator": _Hold(self.max_skips, device),
        }

    def gate(self, side: Side) -> Tensor:
        """0 for a network that is held in this step, else 1."""
        return (~self._holds[side].closed).float()

    def after_step(self, players: Players, batch_size: int, values: Mapping[str, Tensor]) -> None:
        """Count the held steps, and decide which network is held in the next step."""
        self._accuracy.lerp_(values[self._tag], 1.0 - self.decay)
        accuracy, margin = self._accuracy, self.hysteresis
        self._holds["discriminator"].decide(accuracy > self.high, accuracy > self.high - margin)
        self._holds["generator"].decide(accuracy < self.low, accuracy < self.low + margin)

    def scalars(self) -> dict[str, Tensor]:
        """The averaged accuracy, and how many steps each network has been held so far."""
        counts = {f"balance/band_held_{side}": hold.count.float() for side, hold in self._holds.items()}
        # a copy, because the average is changed in place
        return {"balance/band_accuracy": self._accuracy.clone(), **counts}

    def state_dict(self) -> dict[str, Any]:
        """The averaged accuracy and the state of each hold."""
        return {"accuracy": self._accuracy, "holds": {side: hold.state_dict() for side, hold in self._holds.items()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._accuracy.copy_(state["accuracy"])
        for side, hold in self._holds.items():
            hold.load_state_dict(state["holds"][side])


class _Hold:
    """Decides whether one network is held, with hysteresis and a limit on held steps in a row; all on the device.

    Attributes:
        outside: whether the accuracy left the band on this network's side and has not come back far enough.
        closed: whether the network is held in the next step.
        run: number of held steps in a row so far.
        count: number of all held steps so far.
    """

    def __init__(self, max_skips: int, device: torch.device) -> None:
        self.max_skips = max_skips
        self.outside = torch.zeros((), dtype=torch.bool, device=device)
        self.closed = torch.zeros((), dtype=torch.bool, device=device)
        self.run = torch.zeros((), dtype=torch.int64, device=device)
        self.count = torch.zeros((), dtype=torch.int64, device=device)

    def decide(self, leaves: Tensor, stays: Tensor) -> None:
        """Count the step that just ended and decide on the next one; `leaves` and `stays` are 0-d bools."""
        self.count += self.closed
        self.run.add_(1).mul_(self.closed)
        self.outside.copy_(torch.where(self.outside, stays, leaves))
        self.closed.copy_(self.outside & (self.run < self.max_skips))

    def state_dict(self) -> dict[str, Tensor]:
        return {"outside": self.outside, "closed": self.closed, "run": self.run, "count": self.count}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        for name, tensor in self.state_dict().items():
            tensor.copy_(state[name])
