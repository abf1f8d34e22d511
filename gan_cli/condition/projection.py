"""The label as a direction in the discriminator's features."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from gan_cli.condition.base import Condition, Told, refuse_packs
from gan_cli.last_layer import last_layer
from gan_cli.networks.conditional_discriminators import ProjectionDiscriminator
from gan_cli.networks.conditional_generator import EmbeddingSize
from gan_cli.spec import SampleSpec


class Projection(Condition):
    """D adds the product of its last features with a learned vector of the class to its logit.

    Miyato & Koyama (2018), arXiv:1802.05637.

    Args:
        generator: how G is told: an `embedding` beside the latents, its `batch_norm`, or `auto`: the latter if any.
        embedding_dim: size of that vector.
    """

    def __init__(self, *, generator: Told = "auto", embedding_dim: EmbeddingSize = 32) -> None:
        super().__init__("projection", generator, embedding_dim)

    def build_discriminator(self, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec) -> nn.Module:
        """Build the discriminator and add the projection to its last layer.

        Raises:
            SettingError: the data have no labels, or this discriminator has no layer named `head`, or sees packs.
        """
        num_classes = self.classes_of(spec)
        network = build(spec)
        last_layer(network)  # refused before packs are
        refuse_packs(self.name, network)
        return ProjectionDiscriminator(network, spec, num_classes)
