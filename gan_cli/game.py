"""The game between two networks: what they are given and shown, and what each makes small. Knows no network by name.

`Drawn.given_to` and `Batch.given_to` are the only places that know how a network is called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor, nn

from gan_cli.spec import SampleSpec

Side = Literal["generator", "discriminator"]

Network = Callable[..., Tensor]
"""A generator or a discriminator, or what is called in its place: a copy, an average, other weights."""


@dataclass(frozen=True)
class Drawn:
    """What a generator makes samples from.

    Attributes:
        z: latent vectors (N, latent.dim).
    """

    z: Tensor

    def __len__(self) -> int:
        return len(self.z)

    def given_to(self, generator: Network) -> Tensor:
        """A generator's samples (N, *spec.shape), as it gives them."""
        return generator(self.z)

    def to(self, device: torch.device | str) -> Drawn:
        """The same on another device."""
        return Drawn(self.z.to(device))

    def split(self, size: int) -> list[Drawn]:
        """Parts of at most `size`, in order."""
        return [Drawn(z) for z in torch.split(self.z, size)]


@dataclass(frozen=True)
class Batch:
    """Samples, with all that a discriminator may be shown beside them.

    Attributes:
        x: samples (N, *spec.shape).
        y: labels int64 (N,) in 0..num_classes-1; None where there are none, or where they do not matter.
        z: latents or codes (N, dim); None but where the discriminator judges pairs of both.
    """

    x: Tensor
    y: Tensor | None = None
    z: Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)

    def given_to(self, discriminator: Network) -> Tensor:
        """A discriminator's logits, (N,) or (N / m,) where it sees packs of m samples, as it gives them."""
        return discriminator(self.x)

    def with_x(self, x: Tensor) -> Batch:
        """Other samples, with the same beside them."""
        return Batch(x, self.y, self.z)

    def each(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """Every tensor changed in one way."""
        y, z = self.y, self.z
        return Batch(change(self.x), None if y is None else change(y), None if z is None else change(z))

    def detach(self) -> Batch:
        """The same without a graph."""
        return self.each(Tensor.detach)

    def take(self, rows: Tensor | slice) -> Batch:
        """Some of them, by int64 indices or a slice."""
        return self.each(lambda tensor: tensor[rows])

    def to(self, device: torch.device | str) -> Batch:
        """The same on another device."""
        return self.each(lambda tensor: tensor.to(device))

    def split(self, size: int) -> list[Batch]:
        """Parts of at most `size`, in order."""
        return [self.take(slice(start, start + size)) for start in range(0, len(self), size)]


def joined(parts: Sequence[Batch]) -> Batch:
    """All of them in one, in order; each has the same beside its samples."""
    y, z = ([one for one in column if one is not None] for column in ([p.y for p in parts], [p.z for p in parts]))
    return Batch(torch.cat([part.x for part in parts]), torch.cat(y) if y else None, torch.cat(z) if z else None)


Sampler = Callable[[Drawn], Batch]
"""What a person would sample with: float32 samples, from averaged weights where the run has them."""

Critic = Callable[[Batch], Tensor]
"""Samples -> logits (N,), or (N / m,) where the discriminator sees packs of m samples."""


class Loss(Protocol):
    """A loss: what the two networks make small, as functions of the discriminator's logits.

    Every class of `losses.py` fits it without inheriting.
    """

    @property
    def compares_pairs(self) -> bool:
        """Whether the generator's loss needs the logits of real samples too."""
        ...

    @property
    def probability(self) -> Callable[[Tensor], Tensor] | None:
        """Logits (N,) -> the probability of "real" that they stand for; None where only comparisons mean anything."""
        ...

    @property
    def real_cut(self) -> float:
        """The logit above which the discriminator says "real"."""
        ...

    @property
    def ideal(self) -> float | None:
        """V*: the best discriminator's loss once p_g = p_data; None where no such value exists."""
        ...

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Logits (N,) of real and (M,) of fake samples -> 0-d loss that the discriminator minimises."""
        ...

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Logits (N,) of fake samples -> 0-d loss that the generator minimises.

        `real` (N,) is given only where `compares_pairs`.
        """
        ...


class Players(Protocol):
    """What techniques, gauges and metrics see of the game, all on one device.

    They ask `fake`, `real`, `critic` and `features`, and call neither network themselves: so they need not know what a
    discriminator is shown beside samples.
    """

    @property
    def generator(self) -> nn.Module:
        """The generator, for its parameters and its mode."""
        ...

    @property
    def discriminator(self) -> nn.Module:
        """The discriminator, for its parameters and its mode."""
        ...

    @property
    def spec(self) -> SampleSpec:
        """Kind of sample."""
        ...

    @property
    def loss(self) -> Loss:
        """What the two networks make small."""
        ...

    @property
    def step(self) -> Tensor:
        """Finished training steps, 0-d int64; schedules are read at it."""
        ...

    def draw(self, count: int, seed: int | None = None) -> Drawn:
        """What `count` samples are made from: the next of the training stream, or always the same for a seed."""
        ...

    def fake(self, drawn: Drawn, by: Network | None = None) -> Batch:
        """Samples of the generator, float32, as the discriminator is shown them; `by` takes the generator's place."""
        ...

    def real(self, fed: Batch) -> Batch:
        """Real samples of a feed or a data set as the discriminator is shown them."""
        ...

    def critic(self, shown: Batch, by: Network | None = None) -> Tensor:
        """Logits, float32 (N,), or (N / m,) in packs of m; `by` takes the discriminator's place."""
        ...

    @property
    def features(self) -> Critic | None:
        """Samples -> the discriminator's last hidden features (N, F); None where it names none."""
        ...
