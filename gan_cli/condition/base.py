"""The base class of conditions: how both networks get labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

from torch import nn

from gan_cli.balance.base import Technique
from gan_cli.errors import SettingError
from gan_cli.networks.base import sees_packs
from gan_cli.networks.conditional_generator import BatchNormGenerator, EmbeddingGenerator, batch_norms
from gan_cli.spec import SampleSpec

Told = Literal["embedding", "batch_norm", "auto"]
"""How a generator is told the class: by a vector beside the latents, or by its batch norms, if it has any."""


class Condition(Technique):
    """A technique that is built around both networks, because both must know of the classes.

    A subclass builds the discriminator; the generator is the same for all.

    Args:
        name: the choice, as it is typed.
        generator: how the generator is told the class.
        embedding_dim: size of the vector of a class, where it is told by a vector.
    """

    conditional: ClassVar[bool] = True
    """Whether the networks take labels at all."""

    def __init__(self, name: str, generator: Told, embedding_dim: int) -> None:
        self.name = name
        self._told = generator
        self._embedding_dim = embedding_dim

    def classes_of(self, spec: SampleSpec) -> int:
        """Return the number of classes of the data.

        Raises:
            SettingError: they have no labels, or a single class.
        """
        if spec.num_classes is None:
            raise SettingError(
                "/condition", self.name, "needs labels, but the data have none; use condition=none or other data"
            )
        if spec.num_classes < 2:
            remedy = "needs two classes at least; the data have one; use condition=none"
            raise SettingError("/condition", self.name, remedy)
        return spec.num_classes

    def build_generator(self, build: Callable[[int], nn.Module], spec: SampleSpec, latent_dim: int) -> nn.Module:
        """Build the generator and tell it the classes.

        Args:
            build: size of the latents -> a generator that takes no labels.
            spec: kind of sample.
            latent_dim: size of the latents beside which the labels stand.

        Raises:
            SettingError: the data have no labels, or the generator has no batch norm to be told by.
        """
        num_classes = self.classes_of(spec)
        if self._told == "embedding":
            return EmbeddingGenerator(build, latent_dim, num_classes, self._embedding_dim)
        network = build(latent_dim)
        if batch_norms(network):
            return BatchNormGenerator(network, num_classes)
        if self._told == "batch_norm":
            remedy = "the generator has none; use condition.generator=embedding"
            raise SettingError("generator", "batch_norm", remedy)
        return EmbeddingGenerator(build, latent_dim, num_classes, self._embedding_dim)


def refuse_packs(name: str, network: nn.Module) -> None:
    """Refuse a discriminator that sees several samples as one, which may be of several classes.

    Raises:
        SettingError: it does.
    """
    if sees_packs(network):
        remedy = "judges single samples; leave packing out of balance, or use condition=concat"
        raise SettingError("/condition", name, remedy)
