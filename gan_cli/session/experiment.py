"""The settings at the top level of an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Protocol, TypedDict

from annotated_types import Ge, Le, Predicate
from torch import nn
from torch.optim import Optimizer

from gan_cli.balance.base import Technique
from gan_cli.data.base import Source
from gan_cli.diagnosis.diagnosis import Diagnosis
from gan_cli.game import Loss
from gan_cli.networks.base import GivesLogits, HasLatent
from gan_cli.quality.during_training import TrainingMetrics
from gan_cli.runtime import Runtime
from gan_cli.telemetry.recorder import Recorder
from gan_cli.training.trainer import Trainer


def _stays_below(name: str) -> bool:
    """Must be a name for a folder below outputs/: some letters, without .., without / or ~ in front."""
    parts = name.split("/")
    return bool(name.strip()) and ".." not in parts and name[0] not in "/~" and name.isprintable()


PlaceName = Annotated[str, Predicate(_stays_below)]
"""A name that becomes a part of a path."""


class HasRounds(Protocol):
    """What `gan benchmark` runs: rounds of steps, of our loop and of another."""

    rounds: int
    steps: int


class Optimizers(TypedDict):
    """What `optim` holds: an optimizer for each network."""

    generator: Optimizer
    discriminator: Optimizer


def experiment(
    *,
    name: PlaceName,
    run: str,
    seed: Annotated[int, Ge(0)],
    data: Source,
    generator: Annotated[nn.Module, HasLatent],
    discriminator: Annotated[nn.Module, GivesLogits],
    loss: Loss,
    optim: Optimizers,
    balance: Mapping[str, Technique],
    trainer: Trainer,
    runtime: Runtime,
    telemetry: Recorder,
    diagnosis: Diagnosis | None = None,
    metric: TrainingMetrics | None = None,
    benchmark: HasRounds | None = None,
    sweep_name: PlaceName | None = None,
    workers: Annotated[int, Ge(1), Le(1024)] | Literal["auto"] = "auto",
    trust: bool = False,
) -> None:
    """The top level of an experiment's config: its signature is what `config.check` holds a config against.

    A key that is annotated with a class takes a node whose `_target_` builds one of that kind, and no other.

    What has a default is not in the folders of older runs, which can be sampled and evaluated without.

    Args:
        name: what the run is called on screen and in its default folder.
        run: where the run lives. The same folder again resumes the run. Not for sweeps, whose points have folders of
            their own.
        seed: everything random follows from it: weights, latents, the order of the data. (Points and made-up samples
            have a `data.seed`.)
        data: node of the data set.
        generator: node of the network that makes samples.
        discriminator: node of the network that judges them.
        loss: node of what they make small.
        optim: nodes of the two optimizers, by network.
        balance: nodes of the techniques by name.
        trainer: node of the loop.
        runtime: node of the machine.
        telemetry: node of what a run tells, and whom.
        diagnosis: node of what names the state of the game.
        metric: node of what measures while the run trains.
        benchmark: node of `gan benchmark`, which takes all settings of a run.
        sweep_name: last part of a sweep's folder: the same sweep under the same name goes on where it stopped.
        workers: jobs at a time with `hydra/launcher=local`; `auto` for one per GPU, or else per core, as far as the
            memory goes.
        trust: let `run=<folder>` name classes that are not of this program, whose code is then run. Never saved.
    """
