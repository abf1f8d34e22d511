"""The Technique protocol: everything that may bend the game passes through these hooks, in this order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from torch import Tensor, nn

Side = Literal["generator", "discriminator"]


class Players(Protocol):
    """What a technique sees of the game: the two networks, on their device."""

    @property
    def generator(self) -> nn.Module:
        """Latent (N, latent_dim) -> samples (N, *shape)."""
        ...

    @property
    def discriminator(self) -> nn.Module:
        """Samples (N, *shape) -> logits (N,)."""
        ...


class Technique:
    """One balancing technique: every hook does nothing until a subclass says otherwise.

    All hooks run inside a training step, so they may not wait for the device: no `.item()`, no branch on a tensor.
    Strengths that change over time are 0-d tensors.
    """

    def attach(self, players: Players) -> None:
        """Called once, after the networks are built and moved to their device."""

    def perturb(self, samples: Tensor) -> Tensor:
        """Real or fake samples (N, *shape) on their way to the discriminator."""
        return samples

    def targets(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (N,) of real and fake samples before the discriminator's loss; swap some to flip their labels."""
        return real, fake

    def d_penalty(self, players: Players, real: Tensor, fake: Tensor) -> Tensor | None:
        """A 0-d term that is added to the discriminator's loss; samples (N, *shape) as the discriminator saw them."""
        return None

    def g_penalty(self, players: Players, fake: Tensor) -> Tensor | None:
        """A 0-d term that is added to the generator's loss; `fake` (N, *shape) carries the generator's graph."""
        return None

    def gate(self, side: Side) -> Tensor | None:
        """A 0-d float tensor: 1 lets this network take its step, 0 holds it back; None has no opinion."""
        return None

    def after_step(self, players: Players, batch_size: int) -> None:
        """Called after each full training step of `batch_size` real samples."""

    def scalars(self) -> dict[str, Tensor]:
        """Values to log by tag, 0-d tensors on the device; the same tags at every step."""
        return {}

    def sampling_network(self) -> nn.Module | None:
        """A generator to sample from in place of the trained one (an average of weights), or None."""
        return None

    def state_dict(self) -> dict[str, Any]:
        """All that a bit-equal continuation needs."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what `state_dict` gave."""
