"""The protocols of generators and discriminators; all networks of this package satisfy them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from gan_cli.game import GeneratorInput

LatentKind = Literal["normal", "uniform"]


@dataclass(frozen=True)
class Latent:
    """The distribution of a generator's latent vectors.

    Attributes:
        dim: size of a latent vector (aliases: nz, z_dim).
        kind: `normal` for N(0, I), `uniform` for U(-1, 1).
    """

    dim: int
    kind: LatentKind = "normal"

    def draw(self, count: int, *, device: torch.device | str, generator: torch.Generator | None = None) -> Tensor:
        """Draw latent vectors, float32 (count, dim); `generator` must be on `device`."""
        if self.kind == "uniform":
            return torch.rand(count, self.dim, device=device, generator=generator).mul_(2.0).sub_(1.0)
        return torch.randn(count, self.dim, device=device, generator=generator)

    def draw_seeded(self, count: int, seed: int) -> Tensor:
        """Draw latent vectors, float32 (count, dim), on the CPU; a seed gives the same vectors on every machine."""
        return self.draw(count, device="cpu", generator=torch.Generator().manual_seed(seed))


@runtime_checkable
class HasLatent(Protocol):
    """A generator: an nn.Module built as Name(spec, *, settings), z (N, latent.dim) -> samples (N, *spec.shape).

    Samples are in the spec's value range.

    Attributes:
        latent: the distribution of z.
    """

    latent: Latent


@runtime_checkable
class TakesLabels(Protocol):
    """A generator that is told which class to make: latents (N, latent.dim), labels (N,) -> samples (N, *spec.shape).

    Attributes:
        shares: share of each class among the training data (K,).
    """

    shares: Tensor


def empty_input(generator: HasLatent, count: int) -> GeneratorInput:
    """Return inputs for `count` samples whose latents have no particular values, on the default device."""
    labels = torch.zeros(count, dtype=torch.int64) if isinstance(generator, TakesLabels) else None
    return GeneratorInput(torch.empty(count, generator.latent.dim), labels)


def sees_packs(discriminator: nn.Module) -> bool:
    """Whether a discriminator sees several samples as one (balance=packing)."""
    return any(getattr(module, "packs", False) for module in discriminator.modules())


class GivesLogits(Protocol):
    """A discriminator: an nn.Module built as Name(spec, *, settings), samples (N, *spec.shape) -> logits (N,)."""

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> logits (N,)."""
        ...
