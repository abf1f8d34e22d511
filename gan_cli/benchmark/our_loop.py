"""The training loop of `gan train` for the benchmark, with all its readings, pictures and checkpoints."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch

from gan_cli.benchmark.base import StepTimes
from gan_cli.benchmark.clock import PhaseClock, finished
from gan_cli.benchmark.host_waits import count_waits
from gan_cli.benchmark.readings import ReadingsMeter
from gan_cli.benchmark.work import count_multiply_adds
from gan_cli.config.check import Node
from gan_cli.data.base import split_of
from gan_cli.errors import AccidentError
from gan_cli.game import Batch
from gan_cli.quality.during_training import TrainingMetrics
from gan_cli.session.assemble import Parts
from gan_cli.telemetry.base import RunInfo
from gan_cli.telemetry.recorder import Recorder
from gan_cli.training.step import Values
from gan_cli.training.trainer import Trainer

_NO_END = 2**31
"""Steps of a run that never ends, so that no turn includes the output of a run's last step."""

_CYCLE = 1024
"""Steps after which the kinds of steps are taken to repeat, such as those with a lazy penalty every 16 updates."""

_KINDS = 8
"""The most kinds of steps whose multiply-adds are counted; the rarest ones are left out."""


class OurLoop:
    """The training loop of a run, without its console.

    Args:
        config: a checked config with plain values.
        folder: an empty folder for telemetry and checkpoints.
    """

    def __init__(self, config: Node, folder: Path) -> None:
        parts = Parts(_endless(config))
        runtime, source = parts.runtime(), parts.source()
        runtime.setup(config["seed"])
        split = split_of(source)
        self._folder = folder
        self._trainer, gan = parts.trainer(source, split, runtime)
        self._recorder: Recorder = parts.build("telemetry")
        info = RunInfo(folder, "benchmark", _NO_END, 0, self._trainer.batch_size, "")
        view = parts.view(source.spec, gan, split, self._recorder.count(source.spec))
        self._recorder.begin(info, view, apart=runtime.device.type != "cpu")

        def open_metrics() -> TrainingMetrics:
            evaluator: TrainingMetrics = parts.build("metric")
            evaluator.open(source, split, runtime, gan, config["seed"])
            return evaluator

        self._readings = ReadingsMeter(
            self._trainer,
            self._recorder,
            open_metrics,
            folder,
            device=runtime.device,
            metrics_every=_metrics_every(config),
        )
        self._budget = float(config["metric"].get("budget", 1.0))
        self.device: torch.device = runtime.device
        self.batch_size: int = self._trainer.batch_size
        self.dtype: torch.dtype = runtime.compute_dtype(source.spec)
        self.recorded: bool = runtime.records_steps

    def run(self, steps: int) -> float:
        """Train for a number of steps, with the readings that fall into them, and return the seconds.

        Raises:
            AccidentError: the run diverged.
        """
        started = finished(self.device)
        for _ in range(steps):
            if found := self._trainer.advance(self._folder, self._recorder):
                raise AccidentError(
                    f"diverged at step {found.step}: {found.tag} of the {found.network} is not finite; the time of "
                    "such steps says nothing"
                )
        return finished(self.device) - started

    def times(self, steps: int) -> StepTimes:
        """Train for a number of steps more, and return the time of each part.

        The steps are executed directly, with a wait for the device around each part. The readings are taken three
        times each, alone, and count once per interval: a reading that costs 50 ms costs 1 ms per step every 50 steps.
        """
        clock = PhaseClock(self.device)
        with _clocked(self._trainer, clock):
            for _ in range(steps):
                with clock.phase("generator"):
                    self._play()
        parts = {name: clock.seconds[name] / steps for name in ("data", "discriminator", "generator")}
        readings = self._readings.seconds()
        within_budget = self._budget * sum(parts.values())
        return StepTimes(
            **parts, readings=self._readings.per_step(readings, {"metrics": within_budget}), of_readings=readings
        )

    def multiply_adds(self) -> float:
        """Return the multiply-adds per step: one step of each kind is counted, and weighted by its frequency."""
        game = self._trainer.game
        updates = [step * game.d_steps for step in range(_CYCLE)]
        first = {game.phase(update): update for update in reversed(updates)}
        kinds = Counter(game.phase(update) for update in updates).most_common(_KINDS)
        counted = [count_multiply_adds(partial(self._play, first[kind])) for kind, _ in kinds]
        return statistics.fmean(counted, [times for _, times in kinds])

    def host_waits(self) -> float:
        """Return how often the host waits per step, without the data and with the readings at their intervals."""
        game, fed = self._trainer.game, self._fed()
        waits = count_waits(lambda: game.play(fed, update=self._trainer.step * game.d_steps), self.device)
        return waits + self._readings.per_step(self._readings.waits())

    def close(self) -> None:
        """End the workers of the feed. The telemetry stays as it is: its folder is removed."""
        self._trainer.close()

    def _play(self, update: int | None = None) -> Values:
        """Play a step directly, of the kind that follows `update` others; None for the run's next one."""
        game = self._trainer.game
        return game.play(self._fed(), update=self._trainer.step * game.d_steps if update is None else update)

    def _fed(self) -> list[Batch]:
        """Return the batches of a step."""
        return [self._trainer.feed.next() for _ in range(self._trainer.game.d_steps)]


def _endless(config: Node) -> Node:
    """Return the settings of a run that nothing ends early, without the console."""
    sinks = {name: sink for name, sink in config["telemetry"]["sinks"].items() if name != "console"}
    return {
        **config,
        "telemetry": {**config["telemetry"], "sinks": sinks},
        "trainer": {**config["trainer"], "steps": _NO_END, "stop_on": None},
        "metric": {**config["metric"], "patience": None},
    }


def _metrics_every(config: Node) -> int:
    """Return the steps between measurements of the metrics, which happen at readings only."""
    every = int(config["telemetry"]["every"])
    return every * -(-int(config["metric"]["every"]) // every)


@contextmanager
def _clocked(trainer: Trainer, clock: PhaseClock) -> Iterator[None]:
    """Count the time of the feed and of the discriminator's updates in phases of their own."""
    methods: list[tuple[Any, str, str]] = [
        (trainer.feed, "next", "data"),
        (trainer.game, "update_discriminator", "discriminator"),
    ]
    for owner, method, phase in methods:
        setattr(owner, method, _in_phase(getattr(owner, method), clock, phase))
    try:
        yield
    finally:
        for owner, method, _ in methods:
            delattr(owner, method)  # what the class has comes back


def _in_phase(method: Callable[..., Any], clock: PhaseClock, phase: str) -> Callable[..., Any]:
    def timed(*given: Any) -> Any:
        with clock.phase(phase):
            return method(*given)

    return timed
