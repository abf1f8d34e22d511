"""Compare the speed of our training loop with the tutorial's loop; both run in turns on the same networks and data."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Le

from gan_cli.benchmark.plain_process import PlainProcess
from gan_cli.config.check import Node
from gan_cli.data.base import split_of
from gan_cli.errors import UserError
from gan_cli.session.assemble import Parts
from gan_cli.session.footprint import refuse_too_large
from gan_cli.telemetry.base import RunInfo
from gan_cli.telemetry.recorder import Recorder
from gan_cli.training.trainer import Trainer


@dataclass(frozen=True)
class Round:
    """Samples per second of both loops, in one turn of each loop directly after the other."""

    ours: float
    plain: float

    @property
    def ratio(self) -> float:
        """The speed of our loop as a multiple of the plain loop's speed."""
        return self.ours / self.plain


class Benchmark:
    """A speed comparison of two training loops, which run in turns.

    Args:
        rounds: turns of each loop; the first one is a warm-up and is not counted. Five turns of 100 steps include the
            pictures that the default telemetry draws every 500 steps.
        steps: training steps per turn.
        workers: worker processes of the plain loop's DataLoader.
    """

    def __init__(
        self,
        *,
        rounds: Annotated[int, Ge(2)] = 5,
        steps: Annotated[int, Ge(1)] = 100,
        workers: Annotated[int, Ge(0), Le(64)] = 2,
    ) -> None:
        self.rounds = rounds
        self.steps = steps
        self.workers = workers

    def run(self, config: Node) -> Iterator[Round]:
        """Run both loops in turns. Our loop writes its telemetry and checkpoints to a temporary folder.

        Raises:
            UserError: the data are not images, or do not fit in memory.
            MemoryNeededError: the networks do not fit in memory.
        """
        sinks = {name: sink for name, sink in config["telemetry"]["sinks"].items() if name != "console"}
        parts = Parts({**config, "telemetry": {**config["telemetry"], "sinks": sinks}})
        spec = parts.source().spec
        if spec.kind != "images":
            raise UserError(f"data: the plain loop knows images only, not {spec}")
        refuse_too_large(config, spec)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            trainer, recorder = self._ours(parts, folder)
            samples = self.steps * trainer.batch_size
            with PlainProcess(
                config, batch_size=trainer.batch_size, workers=self.workers, environment=os.environ
            ) as plain:
                for turn in range(self.rounds):
                    ours = self._our_turn(trainer, recorder, folder)
                    seconds = plain.run(self.steps)
                    if turn > 0:
                        yield Round(samples / ours, samples / seconds)
            recorder.end("done", trainer.step)
            trainer.close()

    def _our_turn(self, trainer: Trainer, recorder: Recorder, folder: Path) -> float:
        started = time.perf_counter()
        for _ in range(self.steps):
            trainer.advance(folder, recorder)
        return time.perf_counter() - started

    def _ours(self, parts: Parts, folder: Path) -> tuple[Trainer, Recorder]:
        runtime, source = parts.runtime(), parts.source()
        runtime.setup(parts.config["seed"])
        split = split_of(source)
        trainer, gan = parts.trainer(source, split, runtime)
        trainer.steps = self.rounds * self.steps + 1  # + 1: no turn includes the output of a run's last step
        recorder: Recorder = parts.build("telemetry")
        info = RunInfo(folder, "benchmark", self.rounds * self.steps, 0, trainer.batch_size, "")
        recorder.begin(info, parts.view(source.spec, gan, split, recorder.count(source.spec)))
        return trainer, recorder


def summary(rounds: list[Round]) -> str:
    """Return a line with the median speeds, the median ratio, and the range of the ratio over the rounds."""
    ratios = [each.ratio for each in rounds]
    ours, plain = (statistics.median(getattr(each, side) for each in rounds) for side in ("ours", "plain"))
    return (
        f"ours {ours:,.0f} samples/s, plain loop {plain:,.0f} samples/s: "
        f"{statistics.median(ratios):.2f} times (from {min(ratios):.2f} to {max(ratios):.2f} over {len(ratios)} rounds)"
    )
