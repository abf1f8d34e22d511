"""Generators that are told which class to make, around any generator that is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import torch
from annotated_types import Ge, Le
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_cli.networks.base import HasLatent, Latent
from gan_cli.networks.slot import Slot

EmbeddingSize = Annotated[int, Ge(1), Le(4096)]


class ConditionalGenerator(nn.Module):
    """A generator that takes labels beside latents, and knows how often the data have each class.

    Args:
        network: the generator inside.
        latent: the distribution of the latents that this generator takes.
        num_classes: K, the number of classes.

    Attributes:
        shares: share of each class among the training data (K,), float32; equal until the data are known.
    """

    shares: Tensor

    def __init__(self, network: nn.Module, latent: Latent, num_classes: int) -> None:
        super().__init__()
        self.network = network
        self.latent = latent
        self.register_buffer("shares", torch.full((num_classes,), 1.0 / num_classes))


class EmbeddingGenerator(ConditionalGenerator):
    """Concatenates a learned vector for each class to the latents. Mirza & Osindero (2014), arXiv:1411.1784.

    Args:
        build: size of the latents -> the generator inside.
        latent_dim: size of the latents that this generator takes.
        num_classes: K, the number of classes.
        embedding_dim: size of the vector of a class.
    """

    def __init__(
        self, build: Callable[[int], nn.Module], latent_dim: int, num_classes: int, embedding_dim: int
    ) -> None:
        network = build(latent_dim + embedding_dim)
        assert isinstance(network, HasLatent)
        super().__init__(network, Latent(latent_dim, network.latent.kind), num_classes)
        self.embedding = nn.Embedding(num_classes, embedding_dim)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Latents (N, latent_dim), labels (N,) or mixtures of classes (N, K) -> samples (N, *spec.shape)."""
        samples: Tensor = self.network(torch.cat([latents, looked_up(self.embedding.weight, labels)], dim=1))
        return samples


class BatchNormGenerator(ConditionalGenerator):
    """Gives every batch norm a scale and a shift for each class. Dumoulin et al. (2017), arXiv:1610.07629.

    Args:
        network: the generator inside; it must have batch norms, which are replaced.
        num_classes: K, the number of classes.
    """

    def __init__(self, network: nn.Module, num_classes: int) -> None:
        assert isinstance(network, HasLatent)
        super().__init__(network, network.latent, num_classes)
        self._slot = Slot()
        for name, norm in batch_norms(network):
            owner = network.get_submodule(name.rpartition(".")[0])
            owner.register_module(name.rpartition(".")[2], ConditionalBatchNorm(norm, num_classes, self._slot))

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Latents (N, latent_dim), labels (N,) or mixtures of classes (N, K) -> samples (N, *spec.shape)."""
        with self._slot.lend(labels):
            samples: Tensor = self.network(latents)
        return samples


def looked_up(table: Tensor, labels: Tensor) -> Tensor:
    """Table (K, F), labels (N,) or mixtures of classes (N, K) -> the row of each label, or their mixtures, (N, F)."""
    return table[labels] if labels.ndim == 1 else labels @ table


def batch_norms(network: nn.Module) -> list[tuple[str, _BatchNorm]]:
    """Return the batch norms of a network that learn a scale and a shift, by their paths."""
    return [(name, layer) for name, layer in network.named_modules() if isinstance(layer, _BatchNorm) and layer.affine]


class ConditionalBatchNorm(nn.Module):
    """A batch norm with a scale and a shift for each class: gamma_y (x - mean) / deviation + beta_y.

    All classes start with the scale and shift of the batch norm that it replaces.

    Args:
        norm: that batch norm; it is changed.
        num_classes: K, the number of classes.
        slot: has the labels while the network is called.
    """

    def __init__(self, norm: _BatchNorm, num_classes: int, slot: Slot) -> None:
        super().__init__()
        self.scale = nn.Parameter(norm.weight.detach().repeat(num_classes, 1))
        self.shift = nn.Parameter(norm.bias.detach().repeat(num_classes, 1))
        norm.affine = False
        norm.register_parameter("weight", None)
        norm.register_parameter("bias", None)
        self.norm = norm
        self._slot = slot

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, *size) -> (N, C, *size), with the labels of the slot."""
        per_sample = (-1, maps.shape[1], *[1] * (maps.ndim - 2))
        scale, shift = (looked_up(table, self._slot.lent).view(per_sample) for table in (self.scale, self.shift))
        normed: Tensor = self.norm(maps)
        return normed * scale.to(normed.dtype) + shift.to(normed.dtype)
