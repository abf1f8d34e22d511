"""Measures what gauges or metrics cost: the same training with and without them, in turns in one process.

    python docs/studies/costs.py gauges  [overrides]      e.g. model=dcgan data=mnist data.root=<folder of MNIST>
    python docs/studies/costs.py metrics [overrides]

Without gauges, readings have no additional pass and no copy of the weights, and steps have no accuracies, no pairwise
accuracy and no signal. Losses, gradient norms and the window stay, because the check for divergence needs them.
Without metrics means `metric=[]`.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

os.environ.setdefault("GOMP_SPINCOUNT", "5000")

import torch

from gan_cli.config.compose import compose_full, plain
from gan_cli.session.assemble import Parts
from gan_cli.training.readings import Readings
from gan_cli.training.trainer import Trainer

ROUNDS = 7
"""Turns of each training; the first is not counted."""


class Listener:
    """An observer that reads the scalars at a fixed interval and does nothing with them."""

    def __init__(self, every: int) -> None:
        self._every = every

    def wants_scalars(self, step: int) -> bool:
        """Whether the scalars are read at this step."""
        return step % self._every == 0

    def wants_pictures(self, step: int) -> bool:
        """Return False: pictures are never drawn."""
        return False

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


@contextmanager
def without_gauges() -> Iterator[None]:
    """Replace the gauges of a step and of a reading with empty ones."""

    def blind(real: torch.Tensor, fake: torch.Tensor, **_: Any) -> dict[str, torch.Tensor]:
        return {"logits/real": real.mean(), "logits/fake": fake.mean()}

    def report(trainer: Trainer, *_: Any) -> Any:
        if divergence := trainer.window.divergence(trainer.step):
            return divergence
        trainer.window.clear()
        return None

    step = "gan_cli.training.step."
    with (
        mock.patch(step + "measure", blind),
        mock.patch(step + "gradient_signal", lambda fake: torch.zeros(())),
        mock.patch.object(Readings, "weights", lambda self: {}),
        mock.patch.object(Trainer, "_report", report),
    ):
        yield


@dataclass(frozen=True)
class Study:
    """A comparison of a training with one that lacks gauges or metrics.

    Attributes:
        steps: steps of a turn, enough for at least one reading or measurement.
        overrides: additional overrides of the training without them.
        blindfold: returns the context of a turn without them.
    """

    steps: int
    overrides: tuple[str, ...]
    blindfold: Callable[[], AbstractContextManager[None]]


STUDIES = {
    "gauges": Study(50, (), without_gauges),
    "metrics": Study(1000, ("metric=[]",), nullcontext),
}


def open_trainer(overrides: list[str]) -> Trainer:
    """Return the trainer of a run that never ends."""
    parts = Parts(plain(compose_full("train", [*overrides, "trainer.checkpoint_every=100000000"])))
    runtime, source = parts.runtime(), parts.source()
    runtime.setup(0)
    trainer, _ = parts.trainer(source, source.load(), runtime)
    trainer.steps = 10**9
    return trainer


def turn(trainer: Trainer, steps: int, folder: Path) -> float:
    """Return the seconds that one turn takes."""
    listener: Any = Listener(50)
    started = time.perf_counter()
    for _ in range(steps):
        trainer.advance(folder, listener)
    return time.perf_counter() - started


def main(study: Study, overrides: list[str], folder: Path) -> None:
    """Run turns of both trainings, and print the extra cost of each pair."""
    seeing, blind = open_trainer(overrides), open_trainer([*overrides, *study.overrides])
    costs = []
    for each in range(ROUNDS):
        full = turn(seeing, study.steps, folder)
        with study.blindfold():
            bare = turn(blind, study.steps, folder)
        if each:
            costs.append(full / bare - 1)
            per_step = (seconds / study.steps * 1e3 for seconds in (full, bare))
            print("with {:.1f} ms a step, without {:.1f} ms:".format(*per_step), f"{costs[-1]:+.1%}", flush=True)
    print(f"median {statistics.median(costs):+.1%}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        (Path(temporary) / "checkpoints").mkdir()
        main(STUDIES[sys.argv[1]], sys.argv[2:], Path(temporary))
