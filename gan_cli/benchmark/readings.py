"""What is read and written beside the training, measured alone: readings, pictures, checkpoints, metrics."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import torch

from gan_cli.benchmark.clock import finished
from gan_cli.benchmark.host_waits import count_waits
from gan_cli.diagnosis.pass_gauges import weights
from gan_cli.quality.during_training import TrainingMetrics
from gan_cli.telemetry.recorder import Recorder
from gan_cli.telemetry.terminal import silence
from gan_cli.training.trainer import Trainer

_TIMES = 3
"""How often each of them is timed; the median counts."""

_NEVER = 2**40


class ReadingsMeter:
    """Measures each thing that a run does beside its training steps, whenever it is due.

    Args:
        trainer: the run.
        recorder: the run's observer, which has begun.
        open_metrics: prepares metrics apart from those of the trainer, when they are first measured.
        folder: the run folder.
        device: the device of the networks.
        metrics_every: steps between measurements of the metrics.
    """

    def __init__(
        self,
        trainer: Trainer,
        recorder: Recorder,
        open_metrics: Callable[[], TrainingMetrics],
        folder: Path,
        *,
        device: torch.device,
        metrics_every: int,
    ) -> None:
        self._trainer = trainer
        self._recorder = recorder
        self._open_metrics = open_metrics
        self._folder = folder
        self._device = device
        self._every = {
            "reading": recorder.every,
            "pictures": recorder.samples_every,
            "checkpoint": trainer.checkpoint_every,
            "metrics": metrics_every,
        }

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each, by name: the median of three. The trainer does a step for each that is timed."""
        found = {name: self._median(partial(self._advance, name)) for name in ("reading", "pictures", "checkpoint")}
        found["reading"] += self._median(partial(self._time, self._copy_weights))
        self._measure()  # the first one prepares the real samples
        return {**found, "metrics": self._median(partial(self._time, self._measure))}

    def waits(self) -> dict[str, float]:
        """Return how often the host waits for the device in each, by name."""
        alone = count_waits(partial(self._advance, ""), self._device)
        found = {
            name: count_waits(partial(self._advance, name), self._device) - alone
            for name in ("reading", "pictures", "checkpoint")
        }
        return {**found, "metrics": count_waits(self._measure, self._device)}

    def per_step(self, costs: Mapping[str, float], most: Mapping[str, float] | None = None) -> float:
        """Return the sum of the costs per step, each at its interval.

        Args:
            costs: cost of each thing by name.
            most: the largest cost per step of some of them: metrics that cost more are taken less often.
        """
        limits = most or {}
        return sum(min(cost / self._every[name], limits.get(name, math.inf)) for name, cost in costs.items())

    @staticmethod
    def _median(timed: Callable[[], float]) -> float:
        return statistics.median(timed() for _ in range(_TIMES))

    def _advance(self, due: str) -> float:
        """Do one step, after which one thing is due or nothing; return the seconds that this thing took."""
        trainer, observer = self._trainer, _Watch(self._recorder, due, self._device)
        before, trainer.checkpoint_every = trainer.checkpoint_every, 1 if due == "checkpoint" else _NEVER
        try:
            trainer.advance(self._folder, observer)
            return finished(self._device) - observer.played_at
        finally:
            trainer.checkpoint_every = before

    def _time(self, work: Callable[[], object]) -> float:
        started = finished(self._device)
        work()
        return finished(self._device) - started

    def _copy_weights(self) -> None:
        """Do what a reading does before its step."""
        for player in self._trainer.game.gan.players.values():
            weights(player.network)

    @cached_property
    def _metrics(self) -> TrainingMetrics:
        with silence():  # the trainer's own metrics have said what there is to say
            return self._open_metrics()

    def _measure(self) -> None:
        self._metrics.measure(self._trainer.step, self._trainer.sample)


class _Watch:
    """An observer that wants one thing at every step, and notes when the step itself has finished."""

    def __init__(self, recorder: Recorder, due: str, device: torch.device) -> None:
        self._recorder = recorder
        self._due = due
        self._device = device
        self.played_at = 0.0

    def progress(self, step: int) -> None:
        """Note the time, then pass the step on."""
        self.played_at = finished(self._device)
        self._recorder.progress(step)

    def wants_scalars(self, step: int) -> bool:
        """Whether a reading is measured."""
        return self._due == "reading"

    def wants_pictures(self, step: int) -> bool:
        """Whether pictures are measured."""
        return self._due == "pictures"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._recorder, name)
        return method
