"""A run as a person types it, from its settings to its trainer, without a folder and without sinks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from found import command

from gan_cli.config.check import Node, check
from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import config_dir, groups
from gan_cli.diagnosis.verdict import Verdict
from gan_cli.session.assemble import Parts
from gan_cli.session.experiment import experiment
from gan_cli.session.preflight import rehearse
from gan_cli.training.gan import Gan
from gan_cli.training.trainer import Trainer
from gan_cli.world import ALONE, World

TECHNIQUES = sorted(groups([config_dir()])["balance"])
"""All that there are, found by their files."""

TINY = (
    "data=fake",
    "data.shape=[1,8,8]",
    "data.num_samples=48",
    "trainer.batch_size=8",
    "generator.base_channels=4",
    "discriminator.base_channels=4",
    "discriminator.depth=1",
    "discriminator.norm=layer",  # penalties of slopes refuse batch norm
    "runtime.device=cpu",
    "runtime.precision=float32",
    "runtime.threads=1",
)

_NO_NORM = "model=r3gan"  # its networks have no setting for one

BRISK: dict[str, dict[str, Any]] = {
    "accuracy_band": {"max_skips": 3},
    "adaptive_augment": {"every": 2, "speed": 100.0},
    "adaptive_noise": {"rate": 0.01},
    "freeze": {"start": 1, "steps": 3, "every": 5},
    "instance_noise": {"sigma": {"start": 0.1, "end": 0.0, "steps": 20}},
    "pretrain": {"steps": 2},
    "r1": {"every": 4},
    "r2": {"every": 4},
    "replay": {"size": 16},
    "unrolled": {"steps": 1},
}
"""Techniques that would otherwise do nothing, or much, in a few steps."""


@cache
def _composed(overrides: tuple[str, ...]) -> Node:
    config = plain(compose_full("train", overrides))
    check(config, experiment)
    return config


def settings(*overrides: str) -> Node:
    """A tiny experiment's settings, checked against every signature."""
    usual = [word for word in TINY if not ("norm" in word and _NO_NORM in overrides)]
    return copy.deepcopy(_composed(command(usual, overrides)))


def settings_with(techniques: Sequence[str], *overrides: str) -> Node:
    """The same with some techniques, as their files set them, but lively enough for a few steps."""
    model = ("model=began",) if "began" in techniques else ()
    if "cycle" in techniques:
        model = (*model, "encoder=conv", "encoder.base_channels=4", "encoder.norm=layer")
    config = settings(f"balance=[{','.join(TECHNIQUES)}]", *model, *overrides)
    config["balance"] = {name: {**config["balance"][name], **BRISK.get(name, {})} for name in techniques}
    return config


def open_run(config: Node, world: World = ALONE) -> tuple[Trainer, Gan]:
    """The trainer and the players at step 0.

    Raises:
        SettingError: the settings do not go together.
    """
    rehearse(config)
    parts = Parts(config, world=world)
    runtime, source = parts.runtime(), parts.source()
    runtime.setup(config["seed"])
    return parts.trainer(source, source.load(), runtime)


class Onlooker:
    """Reads the scalars at a cadence, and says nothing."""

    def __init__(self, every: int = 10**9) -> None:
        self.every = every
        self.readings: list[Mapping[str, float]] = []

    def progress(self, step: int) -> None: ...

    def wants_scalars(self, step: int) -> bool:
        return step % self.every == 0

    def wants_pictures(self, step: int) -> bool:
        return False

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        self.readings.append(values)

    def verdict(self, step: int, verdict: Verdict) -> None: ...

    def pictures(self, step: int, sample: Callable[..., Any], criticise: Callable[..., Any]) -> None: ...


def advance(trainer: Trainer, steps: int, every: int = 10**9) -> Onlooker:
    """Some steps in memory; the trainer must have more than these before it, because its last one writes a file."""
    assert trainer.step + steps < trainer.steps
    onlooker = Onlooker(every)
    for _ in range(steps):
        assert trainer.advance(Path(), onlooker) is None
    return onlooker
