"""The settings at the top level of an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Protocol, TypedDict

from annotated_types import Ge, Le, Predicate
from torch import nn
from torch.optim import Optimizer

from gan_cli.balance.base import Technique
from gan_cli.condition.base import Condition
from gan_cli.data.base import Source
from gan_cli.diagnosis.diagnosis import Diagnosis
from gan_cli.game import Loss
from gan_cli.networks.base import GivesLogits, HasLatent
from gan_cli.networks.encoder import Encoder
from gan_cli.quality.during_training import TrainingMetrics
from gan_cli.runtime import Runtime
from gan_cli.telemetry.recorder import Recorder
from gan_cli.training.trainer import Trainer


def _stays_below(name: str) -> bool:
    """Must be a name for a folder below outputs/: some letters, without .., without / or ~ in front."""
    parts = name.split("/")
    return bool(name.strip()) and ".." not in parts and name[0] not in "/~" and name.isprintable()


PlaceName = Annotated[str, Predicate(_stays_below)]
"""A name that becomes part of a path."""


class HasRounds(Protocol):
    """A benchmark: rounds of training steps of our loop and of another one."""

    rounds: int
    steps: int


class Optimizers(TypedDict):
    """The settings under `optim`: one optimizer per network."""

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
    condition: Condition | None = None,
    encoder: Encoder | None = None,
    diagnosis: Diagnosis | None = None,
    metric: TrainingMetrics | None = None,
    benchmark: HasRounds | None = None,
    sweep_name: PlaceName | None = None,
    workers: Annotated[int, Ge(1), Le(1024)] | Literal["auto"] = "auto",
    cure: bool = False,
    trust: bool = False,
) -> None:
    """The top level of an experiment's config: `config.check` checks a config against this signature.

    A key that is annotated with a class takes only a node whose `_target_` builds an object of that class.

    A key with a default may be missing in the folders of older runs, which can still be sampled and evaluated.

    Args:
        name: name of the run, on screen and in its default folder.
        run: the run folder. The same folder again resumes the run. Not for sweeps, where each point has its own folder.
        seed: seed of everything random: weights, latents, order of the data. (Generated data sets have their own
            `data.seed`.)
        data: node of the data set.
        generator: node of the network that makes samples.
        discriminator: node of the network that tells real samples from generated ones.
        loss: node of the loss of both networks.
        optim: nodes of the two optimizers, by network.
        balance: nodes of the balancing techniques, by name.
        trainer: node of the training loop.
        runtime: node of the device and precision.
        telemetry: node of the recorder, which sends the results of a run to its sinks.
        condition: node of what both networks are told about classes.
        encoder: node of a network from samples to latents, which learns with the generator; None for no encoder.
        diagnosis: node of the diagnosis, which names the state of the game.
        metric: node of the metrics that are measured during training.
        benchmark: node of `gan benchmark`, which accepts all settings of a run.
        sweep_name: last part of the sweep folder's path. The same sweep with the same name resumes where it stopped.
        workers: jobs at a time with `hydra/launcher=local` or `one_gpu`, and attempts at a time with `cure=true`.
            `auto`: one per GPU, or else per core, as memory allows; for `one_gpu`: 8.
        cure: if the run does not end balanced, try what its advice suggests, as `gan cure` does. Never saved.
        trust: let `run=<folder>` name classes from outside this program. Their code is then run. Never saved.
    """
