"""Measure a training, and compare its speed with another one's: both run in turns, each in a process of its own."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Le

from gan_cli.benchmark.base import Candidate
from gan_cli.benchmark.figures import Figures
from gan_cli.benchmark.process import LoopProcess
from gan_cli.benchmark.work import OPERATIONS_PER_PRODUCT
from gan_cli.session.assemble import Parts
from gan_cli.session.footprint import refuse_too_large

_PROFILED = 32
"""The most steps whose parts are timed. They are enough for two cycles of a penalty every 16 steps."""

Round = tuple[float, ...]
"""Samples per second of each side, in one turn of each directly after the other."""


@dataclass(frozen=True)
class Side:
    """One side of a benchmark.

    Attributes:
        candidate: the training.
        speeds: samples per second in each counted round.
        figures: everything else.
    """

    candidate: Candidate
    speeds: Sequence[float]
    figures: Figures

    @property
    def speed(self) -> float:
        """The median of the samples per second."""
        return statistics.median(self.speeds)

    @property
    def step(self) -> float:
        """Seconds per step at this speed."""
        return self.figures.batch_size / self.speed

    @property
    def rate(self) -> float:
        """Floating-point operations of matrix products and convolutions per second."""
        return OPERATIONS_PER_PRODUCT * self.figures.multiply_adds / self.step

    @property
    def share(self) -> float:
        """The share of the machine's rate of matrix products."""
        return self.rate / self.figures.matrix_rate


class Benchmark:
    """Runs trainings in turns, and measures each of them.

    Args:
        rounds: turns of each side; the first one is a warm-up and is not counted. Five turns of 100 steps include the
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

    def run(self, candidates: Sequence[Candidate], tell: Callable[[Round], None]) -> list[Side]:
        """Run all trainings in turns, then measure one after the other. They write to a temporary folder.

        Args:
            candidates: the trainings; every second round has them in reverse order.
            tell: called after each counted round with the samples per second, in the order of the candidates.

        Returns:
            The figures of each.

        Raises:
            UserError: a training cannot run.
            MemoryNeededError: the networks do not fit in memory.
            AccidentError: the process of a training ended.
        """
        for candidate in candidates:
            parts = Parts(candidate.config)
            parts.source().prepare()
            refuse_too_large(candidate.config, parts.source().spec)
        with self._processes(candidates) as processes:
            batches = [int(candidate.config["trainer"]["batch_size"]) for candidate in candidates]
            rounds: list[Round] = []
            for number in range(self.rounds):
                seconds = self._round(processes, number)
                speeds = tuple(self.steps * size / each for size, each in zip(batches, seconds, strict=True))
                if number > 0:
                    rounds.append(speeds)
                    tell(speeds)
            figures = [process.figures(min(self.steps, _PROFILED)) for process in processes]
        columns = zip(*rounds, strict=True)
        return [Side(*each) for each in zip(candidates, columns, figures, strict=True)]

    def _round(self, processes: Sequence[LoopProcess], number: int) -> list[float]:
        """Return the seconds of each turn of a round. Whoever is first in one round is last in the next."""
        order = range(len(processes))[:: -1 if number % 2 else 1]
        seconds = {place: processes[place].run(self.steps) for place in order}
        return [seconds[place] for place in range(len(processes))]

    @contextmanager
    def _processes(self, candidates: Sequence[Candidate]) -> Iterator[list[LoopProcess]]:
        """Start a process for each training, all at the same time, and wait until they are ready."""
        with ExitStack() as stack:
            folders = [stack.enter_context(tempfile.TemporaryDirectory()) for _ in candidates]
            processes = [
                stack.enter_context(LoopProcess(candidate, Path(folder), workers=self.workers, environment=os.environ))
                for candidate, folder in zip(candidates, folders, strict=True)
            ]
            for process in processes:
                process.wait_until_ready()
            yield processes


def ratios(sides: Sequence[Side]) -> list[float]:
    """Return the speed of the first side as a multiple of the second one's, per round; empty if there is no second."""
    if len(sides) < 2:
        return []
    return [one / other for one, other in zip(sides[0].speeds, sides[1].speeds, strict=True)]
