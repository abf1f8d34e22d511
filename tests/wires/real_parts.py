"""Real games, trainers and parts of a run that are made of doubles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from arena import step
from doubles import BATCH, NUMBER, SEED, Counting, Scale, Shift, Told
from onlookers import Examined, Notes

from gan_cli.balance.base import Technique
from gan_cli.diagnosis.diagnosis import Diagnosis
from gan_cli.diagnosis.pass_gauges import PassGauges
from gan_cli.game import Batch
from gan_cli.runtime import Runtime
from gan_cli.session.assemble import Parts, attach
from gan_cli.training.components import Components
from gan_cli.training.gan import Gan, Player
from gan_cli.training.optimizers import SGD
from gan_cli.training.step import Game
from gan_cli.training.trainer import Trainer

WITNESS = {"witness": {"_target_": "onlookers.Witness"}}
AVERAGED = {"average": {"_target_": "doubles.Averaged"}}


def play(game: Game, steps: int = 1) -> dict[str, float]:
    """Some steps; what the last one reports."""
    feed, values = Counting(), {}
    for _ in range(steps):
        values = step(game, feed)
    return {tag: value.item() for tag, value in values.items()}


def make_gan(loss: Any = None, lr: float = 0.0, optimizer: Callable[..., Any] = SGD, numbered: bool = True) -> Gan:
    g, d = (
        Player(network, optimizer(list(network.parameters()), lr=lr))
        for network in (Shift(NUMBER, numbered=numbered), Scale(NUMBER))
    )
    rng = torch.Generator().manual_seed(SEED)
    return Gan(g, d, g.network.latent, rng, spec=NUMBER, loss=loss or Told())


def make_game(*techniques: Technique, gan: Gan | None = None, **rules: Any) -> Game:
    """The real game of both doubles; techniques are called a, b, c ... in their order."""
    gan, named = gan or make_gan(), dict(zip("abcd", techniques, strict=False))
    attach(named, gan)
    rules = {"d_steps": 1, "g_steps": 1, "clip_grad_norm": None, **rules}
    return Game(gan, named, torch.autocast("cpu", enabled=False), **rules)


def make_trainer(*techniques: Technique, gan: Gan | None = None, **given: Any) -> Trainer:
    """The real trainer of both doubles; training samples of the survey are 1 to 8, held-out ones 101 to 108."""
    gan, named = gan or make_gan(), dict(zip("abcd", techniques, strict=False))
    attach(named, gan)
    few = torch.arange(1.0, 9.0)[:, None]
    pass_gauges = PassGauges(gan.draw(8, SEED), Batch(few), Batch(few + 100.0))
    diagnosis, evaluator = given.pop("diagnosis", None) or Diagnosis(), given.pop("evaluator", None) or Examined()
    runtime = Runtime(device="cpu", precision="float32")
    components = Components(NUMBER, gan, named, pass_gauges, diagnosis, Counting, runtime, evaluator)
    return Trainer(components, **{"steps": 100, "batch_size": BATCH, **given})


def advance(trainer: Trainer, steps: int, folder: Path | None = None, **cadence: int) -> Notes:
    """Some steps; what was told of them."""
    notes = Notes(**cadence)
    for _ in range(steps):
        assert trainer.advance(folder or Path("/nowhere"), notes) is None
    return notes


def levels(train: range, holdout: range | None = None, **more: Any) -> dict[str, Any]:
    """The node of a source with these samples."""
    held = None if holdout is None else [float(n) for n in holdout]
    return {"_target_": "doubles.Levels", "train": [float(n) for n in train], "holdout": held, **more}


def parts(**changes: Any) -> Parts:
    """The real parts of a run whose classes are doubles."""
    still = {"_target_": "gan_cli.training.optimizers.SGD", "lr": 0.0}
    config = {
        "name": "wires",
        "seed": SEED,
        "data": {"_target_": "doubles.Levels", "train": [float(n) for n in range(40)]},
        "generator": {"_target_": "doubles.Shift"},
        "discriminator": {"_target_": "doubles.Scale"},
        "loss": {"_target_": "doubles.Told"},
        "optim": {"generator": dict(still), "discriminator": dict(still)},
        "balance": {},
        "trainer": {"_target_": "gan_cli.training.trainer.Trainer", "steps": 100, "batch_size": BATCH},
        "diagnosis": {"_target_": "gan_cli.diagnosis.diagnosis.Diagnosis"},
        "runtime": {"_target_": "gan_cli.runtime.Runtime", "device": "cpu", "precision": "float32"},
        "metric": {"_target_": "gan_cli.quality.during_training.TrainingMetrics", "measures": {}},
        "telemetry": {"_target_": "gan_cli.telemetry.recorder.Recorder", "sinks": {}},
    }
    return Parts({**config, **changes})


def open_parts(made: Parts) -> tuple[Trainer, Gan]:
    """Trainer and players of some parts."""
    runtime, source = made.runtime(), made.source()
    return made.trainer(source, source.load(), runtime)
