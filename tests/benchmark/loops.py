"""Small configs for the loops of the benchmark."""

from __future__ import annotations

from gan_cli.config.check import Node
from gan_cli.config.compose import compose_full, plain

TINY = ("trainer.batch_size=8", "generator.base_channels=4", "discriminator.base_channels=4")
IMAGES = ("model=dcgan", "data=fake", "data.shape=[1,8,8]", "data.num_samples=64", *TINY)


def settings(*overrides: str) -> Node:
    return plain(compose_full("benchmark", overrides))
