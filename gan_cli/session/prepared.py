"""Build the trainer of a run with its data, and load the newest checkpoint; the same in each process of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gan_cli.data.base import Source, Split, split_of
from gan_cli.session.assemble import Parts
from gan_cli.session.same_data import confirm
from gan_cli.training import checkpoint
from gan_cli.training.gan import Gan
from gan_cli.training.trainer import Trainer


@dataclass(frozen=True)
class Prepared:
    """A trainer at the step of the newest checkpoint, or at step 0, and its data.

    Attributes:
        resumed: whether there was a checkpoint.
    """

    source: Source
    split: Split
    trainer: Trainer
    gan: Gan
    resumed: bool


def prepared(parts: Parts, folder: Path) -> Prepared:
    """Build everything that trains, and load the newest checkpoint of the folder if there is one.

    Raises:
        UserError: the data cannot be read or have changed, or a checkpoint cannot be used.
    """
    runtime, world, seed = parts.runtime(), parts.world, parts.config["seed"]
    world.exchange_on(runtime.device)
    runtime.setup(seed)
    source = parts.source()
    split = split_of(source)
    if world.first:
        confirm(folder, split)
    trainer, gan = parts.trainer(source, split, runtime)
    if not world.first:
        runtime.seed_global(seed, f"global of process {world.rank}")  # after the weights, which are the same for all
    saved = world.from_first(lambda: checkpoint.load_newest(folder))
    if saved is not None:
        with checkpoint.explaining_mismatch(folder, saved["step"]):
            trainer.load_state_dict(saved)
    return Prepared(source, split, trainer, gan, saved is not None)
