"""The label as part of what the discriminator sees."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from gan_cli.condition.base import Condition, Told
from gan_cli.errors import SettingError
from gan_cli.networks.conditional_discriminators import ConcatDiscriminator
from gan_cli.networks.conditional_generator import EmbeddingSize
from gan_cli.spec import SampleSpec

_MOST = 200


class Concat(Condition):
    """D gets the label as more input, a constant channel for each class; G by batch norms or beside its latents.

    Mirza & Osindero (2014), arXiv:1411.1784.

    Args:
        generator: how G is told: an `embedding` beside the latents, its `batch_norm`, or `auto`: the latter if any.
        embedding_dim: size of that vector.
    """

    def __init__(self, *, generator: Told = "auto", embedding_dim: EmbeddingSize = 32) -> None:
        super().__init__("concat", generator, embedding_dim)

    def build_discriminator(self, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec) -> nn.Module:
        """Build the discriminator for samples with a channel for each class.

        Raises:
            SettingError: the data have no labels or too many classes for channels.
        """
        num_classes = self.classes_of(spec)
        if num_classes > _MOST:
            remedy = f"adds a channel for each of the {num_classes:,} classes; use condition=projection"
            raise SettingError("/condition", self.name, remedy)
        return ConcatDiscriminator(build, spec, num_classes)
