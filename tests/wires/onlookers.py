"""Onlookers that keep what they are told and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch

from gan_cli.diagnosis.verdict import Verdict
from gan_cli.game import Batch, Critic, GeneratorInput, Sampler
from gan_cli.metrics.base import Metric, MetricInputs
from gan_cli.telemetry.base import Outcome, RunInfo, Sink


class Examined:
    """An examiner by script: due at given steps, with these values; keeps what it was asked and what it saw."""

    def __init__(self, at: tuple[int, ...] = (), best: tuple[int, ...] = (), stop_from: int = 10**9) -> None:
        self.at, self.best, self.stop_from = at, best, stop_from
        self.asked: list[int] = []
        self.seen: dict[int, float] = {}
        self.improved, self.stop_reason = False, ""
        self.ranking: dict[str, bool] = {}

    def due(self, step: int) -> bool:
        self.asked.append(step)
        self.stop_reason = "no use" if step >= self.stop_from else ""
        return step in self.at

    def measure(self, step: int, sample: Sampler) -> dict[str, float]:
        self.seen[step] = sample(GeneratorInput(torch.zeros(1, 1))).x.item()
        self.improved = step in self.best
        return {"metric/scripted": 1000.0 + step}

    def state_dict(self) -> dict[str, Any]:
        return {"asked": [float(len(self.asked))]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.asked = [-1] * int(state["asked"][0])


class Notes:
    """An observer that keeps what it was told, in order: (what, step, value)."""

    def __init__(self, every: int = 1, pictures_every: int = 10**9) -> None:
        self.every, self.pictures_every = every, pictures_every
        self.told: list[tuple[str, int, Any]] = []

    def progress(self, step: int) -> None:
        self.told.append(("progress", step, None))

    def wants_scalars(self, step: int) -> bool:
        return step % self.every == 0

    def wants_pictures(self, step: int) -> bool:
        return step % self.pictures_every == 0

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.told.append(("scalars", step, dict(values)))

    def verdict(self, step: int, verdict: Verdict) -> None:
        self.told.append(("verdict", step, verdict))

    def pictures(self, step: int, sample: Sampler, criticise: Critic) -> None:
        one = torch.ones(1, 1)
        self.told.append(("pictures", step, (sample(GeneratorInput(one)).x.item(), criticise(Batch(one)).item())))

    def of(self, what: str) -> dict[int, Any]:
        """What was told of one kind, by step."""
        return {step: value for kind, step, value in self.told if kind == what}


class Ledger(Sink):
    """A sink that keeps all that it was told, in order: (what, step, value); the newest ones are in `made`."""

    made: ClassVar[list[Ledger]] = []

    def __init__(self) -> None:
        self.told: list[tuple[str, int, Any]] = []
        Ledger.made.append(self)

    def begin(self, run: RunInfo) -> None:
        self.info = run

    def progress(self, step: int) -> None:
        self.told.append(("progress", step, None))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.told.append(("scalars", step, dict(values)))

    def verdict(self, step: int, verdict: Verdict, advice: tuple[str, ...]) -> None:
        self.told.append(("verdict", step, (verdict, advice)))

    def picture(self, step: int, tag: str, picture: Any) -> None:
        height, width, _ = picture.shape
        self.told.append((tag, step, int(picture[height // 2, width // 2, 0])))

    def text(self, step: int, tag: str, text: str) -> None:
        self.told.append((tag, step, text))

    def end(self, outcome: Outcome) -> None:
        self.told.append(("end", outcome.step, outcome))

    def of(self, what: str) -> dict[int, Any]:
        """What was told of one kind, by step; of a picture of one tile its level."""
        return {step: value for kind, step, value in self.told if kind == what}


class Witness(Metric):
    """A metric that keeps what it is shown; its figure is the mean of the fakes, its standard error 0.5."""

    results = {"witness": "low"}
    fewest = 2
    seen: ClassVar[list[MetricInputs]] = []

    def measure(self, trial: MetricInputs) -> dict[str, float]:
        Witness.seen.append(trial)
        return {"witness": trial.fake.x.mean().item(), "witness_error": 0.5}
