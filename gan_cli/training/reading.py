"""A reading: what all gauges show at a step, read back from the device at once, and what follows from them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gan_cli.balance.gauges import derive
from gan_cli.balance.rules import meaningful_accuracy
from gan_cli.balance.survey import update_ratio, weights
from gan_cli.balance.verdict import Verdict
from gan_cli.game import Sampler, Side
from gan_cli.training.match import Match
from gan_cli.training.window import Window

Weights = dict[Side, list[Tensor]]


class Reader:
    """Takes readings of a match.

    Args:
        match: what is read.
        stop_on: verdicts that end the run before its time once they are beyond doubt.

    Attributes:
        window: the values of the steps since the last reading.
        values: the last reading by tag.
        improved: whether it held an examination that was the best so far.
        hopeless: why the run should end before its time, in words; empty while it should not.
    """

    def __init__(self, match: Match, stop_on: frozenset[str]) -> None:
        self.window = Window()
        self.values: dict[str, float] = {}
        self.improved = False
        self.hopeless = ""
        self._match = match
        self._stop_on = stop_on

    def weights(self) -> Weights:
        """A copy of both networks' weights, to be taken before the step that is read."""
        return {side: weights(player.network) for side, player in self._match.gan.players.items()}

    def take(self, step: int, before: Weights, sample: Sampler, *, last: bool) -> Verdict:
        """Read everything after a step, metrics included where they are due, and name the state of the game.

        Args:
            step: the present one.
            before: the weights before it.
            sample: draws as a person would.
            last: whether it is the run's last step.
        """
        match = self._match
        self.values = self.window.means() | self._learning_rates() | self._survey(before)
        self.values |= derive(self.values, ideal=match.gan.loss.ideal, has_cut=match.gan.loss.probability is not None)
        verdict = match.diagnosis.read(step, self.values, meaningful_accuracy(match.gan))
        examined = last or match.examiner.due(step)
        if examined:
            self.values |= match.examiner.examine(step, sample)
        self.improved = examined and match.examiner.improved
        self.window.clear()
        certain = verdict.state in self._stop_on and not verdict.doubt
        self.hopeless = f"{verdict.words} since step {verdict.since}" if certain else match.examiner.hopeless
        return verdict

    def _survey(self, before: Weights) -> dict[str, float]:
        """The gauges that need a pass of their own; one transfer."""
        with self._match.runtime.autocast(self._match.spec):
            values = self._match.survey.take(self._match.gan)
        for side, player in self._match.gan.players.items():
            values[f"balance/update_{side}"] = update_ratio(before[side], player.network)
        return dict(zip(values, torch.stack(list(values.values())).tolist(), strict=True))

    def _learning_rates(self) -> dict[str, float]:
        return {f"lr/{side}": float(f"{float(player.lr):.6g}") for side, player in self._match.gan.players.items()}

    def state_dict(self) -> dict[str, Any]:
        """What a continuation needs."""
        return {
            "window": self.window.state_dict(),
            "diagnosis": self._match.diagnosis.state_dict(),
            "examiner": self._match.examiner.state_dict(),
            "values": self.values,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` gave."""
        self.window.load_state_dict(state["window"])
        self._match.diagnosis.load_state_dict(state["diagnosis"])
        self._match.examiner.load_state_dict(state["examiner"])
        self.values = {str(tag): float(value) for tag, value in state["values"].items()}
