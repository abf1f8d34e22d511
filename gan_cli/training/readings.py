"""A reading: what all gauges show at a step, read back from the device at once, and what follows from them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gan_cli.diagnosis.pass_gauges import update_ratio, weights
from gan_cli.diagnosis.rules import meaningful_accuracy
from gan_cli.diagnosis.step_gauges import derive
from gan_cli.diagnosis.verdict import Verdict
from gan_cli.game import Sampler, Side
from gan_cli.training.components import Components
from gan_cli.training.scalar_buffer import ScalarBuffer

Weights = dict[Side, list[Tensor]]


class Readings:
    """Takes readings of a game.

    Args:
        components: what is read.
        stop_on: verdicts that end the run before its time once they are beyond doubt.

    Attributes:
        window: the values of the steps since the last reading.
        values: the last reading by tag.
        improved: whether it held an examination that was the best so far.
        hopeless: why the run should end before its time, in words; empty while it should not.
    """

    def __init__(self, components: Components, stop_on: frozenset[str]) -> None:
        self.window = ScalarBuffer()
        self.values: dict[str, float] = {}
        self.improved = False
        self.stop_reason = ""
        self._components = components
        self._stop_on = stop_on

    def weights(self) -> Weights:
        """A copy of both networks' weights, to be taken before the step that is read."""
        return {side: weights(player.network) for side, player in self._components.gan.players.items()}

    def take(self, step: int, before: Weights, sample: Sampler, *, last: bool) -> Verdict:
        """Read everything after a step, metrics included where they are due, and name the state of the game.

        Args:
            step: the present one.
            before: the weights before it.
            sample: draws as a person would.
            last: whether it is the run's last step.
        """
        components = self._components
        self.values = self.window.means() | self._learning_rates() | self._pass_gauges(before)
        self.values |= derive(
            self.values, ideal=components.gan.loss.ideal, has_cut=components.gan.loss.probability is not None
        )
        verdict = components.diagnosis.read(step, self.values, meaningful_accuracy(components.gan))
        examined = last or components.evaluator.due(step)
        if examined:
            self.values |= components.evaluator.measure(step, sample)
        self.improved = examined and components.evaluator.improved
        self.window.clear()
        certain = verdict.state in self._stop_on and not verdict.doubt
        self.stop_reason = (
            f"{verdict.words} since step {verdict.since}" if certain else components.evaluator.stop_reason
        )
        return verdict

    def _pass_gauges(self, before: Weights) -> dict[str, float]:
        """The gauges that need a pass of their own; one transfer."""
        with self._components.runtime.autocast(self._components.spec):
            values = self._components.pass_gauges.take(self._components.gan)
        for side, player in self._components.gan.players.items():
            values[f"balance/update_{side}"] = update_ratio(before[side], player.network)
        return dict(zip(values, torch.stack(list(values.values())).tolist(), strict=True))

    def _learning_rates(self) -> dict[str, float]:
        return {f"lr/{side}": float(f"{float(player.lr):.6g}") for side, player in self._components.gan.players.items()}

    def state_dict(self) -> dict[str, Any]:
        """What a continuation needs."""
        return {
            "window": self.window.state_dict(),
            "diagnosis": self._components.diagnosis.state_dict(),
            "examiner": self._components.evaluator.state_dict(),
            "values": self.values,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` gave."""
        self.window.load_state_dict(state["window"])
        self._components.diagnosis.load_state_dict(state["diagnosis"])
        self._components.evaluator.load_state_dict(state["examiner"])
        self.values = {str(tag): float(value) for tag, value in state["values"].items()}
