"""A reading: the values of all gauges at a step, read from the device at once, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gan_cli.diagnosis.pass_gauges import update_ratio, weights
from gan_cli.diagnosis.rules import accuracy_tag_of
from gan_cli.diagnosis.step_gauges import derive
from gan_cli.diagnosis.verdict import Verdict
from gan_cli.game import Sampler, Side
from gan_cli.training.components import Components
from gan_cli.training.execution import CudaGraphs, RecordedComputation
from gan_cli.training.scalar_buffer import ScalarBuffer
from gan_cli.training.step import Values

Weights = dict[Side, list[Tensor]]


class Readings:
    """Takes readings of the training.

    Args:
        components: the parts of the training.
        stop_on: verdicts that end the run early once they are not in doubt.

    Attributes:
        window: the values of the steps since the last reading.
        values: the last reading by tag.
        improved: whether the last reading has metrics that are the best so far.
        stop_reason: why the run should end early, in words; empty if it should not.
    """

    def __init__(self, components: Components, stop_on: frozenset[str]) -> None:
        self.window = ScalarBuffer()
        self.values: dict[str, float] = {}
        self.improved = False
        self.stop_reason = ""
        self._components = components
        self._stop_on = stop_on
        self._gauges: Callable[[], Values] = self._compute_gauges
        if components.runtime.records_steps:
            self._gauges = RecordedComputation(self._compute_gauges, CudaGraphs())

    def weights(self) -> Weights:
        """Return a copy of both networks' weights; call it before the step of the reading."""
        return {side: weights(player.network) for side, player in self._components.gan.players.items()}

    def take(self, step: int, steps: int, before: Weights, sample: Sampler) -> Verdict:
        """Read all gauges after a step, and the metrics if they are due; return the verdict.

        Args:
            step: the present step.
            steps: the steps of the whole run; metrics are due at the last one.
            before: the weights before the present step.
            sample: draws samples, from averaged weights if the run has them.
        """
        components = self._components
        self.values = self.window.means() | self._learning_rates() | self._pass_gauges(before)
        self.values |= derive(
            self.values, ideal=components.gan.loss.ideal, has_cut=components.gan.loss.probability is not None
        )
        spec = components.spec
        caution = "" if spec.traits.judged else f"no bound of the diagnosis was chosen on {spec.kind}"
        verdict = components.diagnosis.read(step, steps, self.values, accuracy_tag_of(components.gan), caution)
        examined = step == steps or components.evaluator.due(step)
        if examined:
            self.values |= components.evaluator.measure(step, sample)
        self.improved = examined and components.evaluator.improved
        certain = verdict.state in self._stop_on and not verdict.doubt
        self.stop_reason = (
            f"{verdict.words} since step {verdict.since}" if certain else components.evaluator.stop_reason
        )
        return verdict

    def _pass_gauges(self, before: Weights) -> dict[str, float]:
        """Return the gauges that need forward passes of their own; one transfer from the device."""
        values = dict(self._gauges())
        for side, player in self._components.gan.players.items():
            values[f"balance/update_{side}"] = update_ratio(before[side], player.network)
        return dict(zip(values, torch.stack(list(values.values())).tolist(), strict=True))

    def _compute_gauges(self) -> Values:
        with self._components.runtime.autocast(self._components.spec):
            return self._components.pass_gauges.take(self._components.gan)

    def _learning_rates(self) -> dict[str, float]:
        return {f"lr/{side}": float(f"{float(player.lr):.6g}") for side, player in self._components.gan.players.items()}

    def state_dict(self) -> dict[str, Any]:
        """Return the state that a resumed run needs."""
        return {
            "window": self.window.state_dict(),
            "diagnosis": self._components.diagnosis.state_dict(),
            "examiner": self._components.evaluator.state_dict(),
            "values": self.values,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore a state from `state_dict`."""
        self.window.load_state_dict(state["window"])
        self._components.diagnosis.load_state_dict(state["diagnosis"])
        self._components.evaluator.load_state_dict(state["examiner"])
        self.values = {str(tag): float(value) for tag, value in state["values"].items()}
