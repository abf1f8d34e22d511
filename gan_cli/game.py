"""Types of the game between two networks: their inputs, their losses, and the access to both (`Players`).

Only `GeneratorInput.given_to` and `Batch.given_to` know how a network is called. No network is known by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

import torch
from torch import Tensor, nn

from gan_cli.spec import SampleSpec
from gan_cli.world import World

Side = Literal["generator", "discriminator"]
SIDES: tuple[Side, ...] = get_args(Side)

Network = Callable[..., Tensor]
"""A generator or a discriminator, or a replacement for it: a copy, an average, other weights."""


@dataclass(frozen=True)
class GeneratorInput:
    """The inputs from which a generator makes samples.

    Attributes:
        z: latent vectors (N, latent.dim).
        y: the classes to make, int64 (N,), or float32 (N, K) for mixtures of them; None unless the generator takes
            labels.
    """

    z: Tensor
    y: Tensor | None = None

    def __len__(self) -> int:
        return len(self.z)

    def given_to(self, generator: Network) -> Tensor:
        """Return the samples (N, *spec.shape) that a generator makes from these inputs."""
        return generator(self.z) if self.y is None else generator(self.z, self.y)

    def to(self, device: torch.device | str) -> GeneratorInput:
        """Return the same inputs on another device."""
        return GeneratorInput(self.z.to(device), None if self.y is None else self.y.to(device))

    def take(self, rows: Tensor | slice) -> GeneratorInput:
        """Return some of the rows, by int64 indices or a slice."""
        return GeneratorInput(self.z[rows], None if self.y is None else self.y[rows])

    def split(self, size: int) -> list[GeneratorInput]:
        """Return parts of at most `size`, in order."""
        return [self.take(slice(start, start + size)) for start in range(0, len(self), size)]


@dataclass(frozen=True)
class Batch:
    """Samples, and everything that a discriminator may see together with them.

    Attributes:
        x: samples (N, *spec.shape).
        y: labels, int64 (N,) in 0..num_classes-1, or float32 (N, K) for mixtures of classes; None if there are none or
            the discriminator takes none.
        z: latents or codes (N, dim); None unless the discriminator sees pairs of sample and code.
    """

    x: Tensor
    y: Tensor | None = None
    z: Tensor | None = None

    def __len__(self) -> int:
        return len(self.x)

    def given_to(self, discriminator: Network) -> Tensor:
        """Return the output of a discriminator, or of a part of it, for this batch: logits or features."""
        beside = [each for each in (self.y, self.z) if each is not None]
        return discriminator(self.x, *beside)

    def with_x(self, x: Tensor) -> Batch:
        """Return a batch with other samples, and the same labels and codes."""
        return Batch(x, self.y, self.z)

    def each(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """Return a batch in which `change` was applied to every tensor."""
        y, z = self.y, self.z
        return Batch(change(self.x), None if y is None else change(y), None if z is None else change(z))

    def detach(self) -> Batch:
        """Return the same batch without a graph."""
        return self.each(Tensor.detach)

    def take(self, rows: Tensor | slice) -> Batch:
        """Return some of the rows, by int64 indices or a slice."""
        return self.each(lambda tensor: tensor[rows])

    def to(self, device: torch.device | str) -> Batch:
        """Return the same batch on another device."""
        return self.each(lambda tensor: tensor.to(device))

    def split(self, size: int) -> list[Batch]:
        """Return parts of at most `size`, in order."""
        return [self.take(slice(start, start + size)) for start in range(0, len(self), size)]


def joined(parts: Sequence[Batch]) -> Batch:
    """Return all parts in one batch, in order; all must have labels, codes or both in the same way."""
    y, z = ([one for one in column if one is not None] for column in ([p.y for p in parts], [p.z for p in parts]))
    return Batch(torch.cat([part.x for part in parts]), torch.cat(y) if y else None, torch.cat(z) if z else None)


Sampler = Callable[[GeneratorInput], Batch]
"""The function that makes samples for the user: float32, from averaged weights if the run has them."""

Critic = Callable[[Batch], Tensor]
"""A function from samples to logits (N,), or (N / m,) if the discriminator sees packs of m samples."""


class Loss(Protocol):
    """A loss: the values that the two networks minimise, as functions of the discriminator's logits.

    The losses in `losses.py` implement it without inheriting from it.
    """

    @property
    def compares_pairs(self) -> bool:
        """Whether the generator's loss needs the logits of real samples too."""
        ...

    @property
    def probability(self) -> Callable[[Tensor], Tensor] | None:
        """The function from logits (N,) to the probability of "real"; None if logits can only be compared."""
        ...

    @property
    def real_cut(self) -> float:
        """The logit above which the discriminator says "real"."""
        ...

    @property
    def ideal(self) -> float | None:
        """V*, the loss of the best discriminator if p_g = p_data; None if there is no such value."""
        ...

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Logits (N,) of real and (M,) of fake samples -> 0-d loss that the discriminator minimises."""
        ...

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Logits (N,) of fake and (M,) of real samples -> 0-d loss that the generator minimises.

        `real` (N,) is given only if `compares_pairs`.
        """
        ...


class Players(Protocol):
    """A view of the game for techniques, gauges and metrics, all on one device.

    They use `fake`, `real`, `critic` and `features`, and do not call the networks themselves. So they need not know
    what a discriminator sees besides samples.
    """

    @property
    def generator(self) -> nn.Module:
        """The generator, to access its parameters and its mode."""
        ...

    @property
    def discriminator(self) -> nn.Module:
        """The discriminator, to access its parameters and its mode."""
        ...

    @property
    def spec(self) -> SampleSpec:
        """The format of one sample."""
        ...

    @property
    def loss(self) -> Loss:
        """The loss of the two networks."""
        ...

    @property
    def shares(self) -> Tensor | None:
        """The share of each class among the training data (K,); None in a game without labels."""
        ...

    @property
    def step(self) -> Tensor:
        """The number of finished training steps, 0-d int64, at which schedules are read."""
        ...

    @property
    def world(self) -> World:
        """The processes that train together; each one has a part of every batch."""
        ...

    def draw(self, count: int, seed: int | None = None, y: Tensor | None = None) -> GeneratorInput:
        """Return the inputs for `count` samples: the next of the training stream, or always the same for a seed.

        A generator that takes labels gets `y`, int64 (count,), or else labels as frequent as in the training data.
        """
        ...

    def fake(self, drawn: GeneratorInput, by: Network | None = None) -> Batch:
        """Return the generator's samples, float32, as the discriminator sees them; `by` replaces the generator."""
        ...

    def real(self, fed: Batch) -> Batch:
        """Return real samples of a feed or a data set as the discriminator sees them."""
        ...

    def critic(self, shown: Batch, by: Network | None = None) -> Tensor:
        """Return logits, float32 (N,), or (N / m,) for packs of m samples; `by` replaces the discriminator."""
        ...

    @property
    def encoder(self) -> nn.Module | None:
        """The encoder, if the discriminator sees pairs of sample and code."""
        ...

    def encode(self, samples: Tensor) -> Tensor | None:
        """Samples (N, *spec.shape) -> codes (N, latent.dim), float32; None in a game without an encoder."""
        ...

    @property
    def features(self) -> Critic | None:
        """The function from samples to the discriminator's last hidden features (N, F); None if it exposes none."""
        ...


@contextmanager
def evaluating(*networks: nn.Module | None) -> Iterator[None]:
    """Set networks to evaluation mode, without gradients, inside the block; then restore their modes."""
    there = [(network, network.training) for network in networks if network is not None]
    for network, _ in there:
        network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for network, training in there:
            network.train(training)
