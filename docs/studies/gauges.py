"""What the default gauges cost: the same training with and without them, in turns.

    python docs/studies/gauges.py [overrides]      e.g. model=dcgan data=mnist data.root=<folder of MNIST>

Without: no survey and no copy of the weights at readings, no accuracies, no pairwise accuracy and no signal in a step.
Losses, gradient norms and the window stay in both, because the check for divergence needs them.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

os.environ.setdefault("GOMP_SPINCOUNT", "5000")

import torch

from gan_cli.config.compose import compose_full, plain
from gan_cli.session.assemble import Parts
from gan_cli.training.trainer import Trainer

ROUNDS, EVERY = 7, 50
"""Turns of each (the first is not counted), and steps of a turn: one reading."""


class Reader:
    """An observer that reads the scalars at the default cadence and does nothing with them."""

    def wants_scalars(self, step: int) -> bool:
        """Once a turn."""
        return step % EVERY == 0

    def wants_pictures(self, step: int) -> bool:
        """Never."""
        return False

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


@contextmanager
def without_gauges() -> Iterator[None]:
    """The same step, blind."""

    def blind(real: torch.Tensor, fake: torch.Tensor, **_: Any) -> dict[str, torch.Tensor]:
        return {"logits/real": real.mean(), "logits/fake": fake.mean()}

    step, trainer = "gan_cli.training.step.", Trainer
    with (
        mock.patch(step + "measure", blind),
        mock.patch(step + "signal", lambda fake: torch.zeros(())),
        mock.patch.object(trainer, "_weights", lambda self: {}),
        mock.patch.object(
            trainer, "_report", lambda self, *_: self.window.divergence(self.step) or self.window.clear()
        ),
    ):
        yield


def turn(trainer: Trainer) -> float:
    """Seconds of one turn."""
    started = time.perf_counter()
    for _ in range(EVERY):
        trainer.advance(Path(), Reader())
    return time.perf_counter() - started


def main() -> None:
    """Turns of both, and the ratio of each pair."""
    config = plain(compose_full("train", [*sys.argv[1:], "trainer.checkpoint_every=100000000"]))
    parts = Parts(config)
    runtime, source = parts.runtime(), parts.source()
    runtime.setup(0)
    split = source.load()
    seeing, blind = (parts.trainer(source, split, runtime)[0] for _ in range(2))
    seeing.steps = blind.steps = 10**9
    costs = []
    for each in range(ROUNDS):
        full = turn(seeing)
        with without_gauges():
            bare = turn(blind)
        if each:
            costs.append(full / bare - 1)
            print(f"with {full / EVERY * 1e3:.1f} ms a step, without {bare / EVERY * 1e3:.1f} ms: {costs[-1]:+.1%}")
    print(f"median {statistics.median(costs):+.1%}")


if __name__ == "__main__":
    main()
