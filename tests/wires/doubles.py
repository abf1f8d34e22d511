"""Players whose every answer has a value of its own.

Real samples are 1, 2, 3 ... by the batch. The n-th draw of latents in training is n, a draw from a seed is that seed,
and the generator adds its weight, 30: fakes are 31, 32, 33 ... The discriminator multiplies by its weight, 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from gan_cli.balance.base import Technique
from gan_cli.data.base import Split, Table
from gan_cli.game import Batch
from gan_cli.networks.base import Latent
from gan_cli.spec import SampleSpec

BATCH = 4
SEED = 5
NUMBER = SampleSpec((1,), value_range=None)
IMAGE = SampleSpec((1, 4, 4))


class Numbered(Latent):
    """Draws that are told apart: the n-th in training is n, one from a seed is the seed."""

    def __init__(self) -> None:
        super().__init__(1)
        object.__setattr__(self, "drawn", [0])

    def draw(self, count: int, *, device: Any, generator: torch.Generator | None = None) -> Tensor:
        self.drawn[0] += 1  # type: ignore[attr-defined]
        return torch.full((count, 1), float(self.drawn[0]))  # type: ignore[attr-defined]

    def draw_seeded(self, count: int, seed: int) -> Tensor:
        return torch.full((count, 1), float(seed))


class Shift(nn.Module):
    """G(z) = z + w, as a number or as the level of all pixels of an image."""

    def __init__(self, spec: SampleSpec, *, weight: float = 30.0, numbered: bool = True) -> None:
        super().__init__()
        self.spec = spec
        self.latent = Numbered() if numbered else Latent(1)
        self.weight = nn.Parameter(torch.tensor(weight))

    def forward(self, z: Tensor) -> Tensor:
        value = z[:, :1] + self.weight
        return value if self.spec.ndim == 0 else as_image(value, self.spec)


def as_image(level: Tensor, spec: SampleSpec = IMAGE) -> Tensor:
    """Levels (N, 1) of 0 to 255 -> images in [-1, 1] of that one level."""
    return (level / 127.5 - 1.0)[:, :, None, None].expand(-1, *spec.shape)


def level_of(images: Tensor) -> set[int]:
    """The levels that images show."""
    return {round((value + 1.0) * 127.5) for value in images.flatten().tolist()}


class Scale(nn.Module):
    """D(x) = w sum(x), doubled in evaluation mode; its features are the samples themselves, times ten."""

    def __init__(self, spec: SampleSpec, *, weight: float = 2.0) -> None:
        super().__init__()
        self.spec = spec
        self.weight = nn.Parameter(torch.tensor(weight))

    def forward(self, samples: Tensor) -> Tensor:
        logits = self.weight * samples.flatten(1).sum(dim=1)
        return logits if self.training else 2.0 * logits


class Told:
    """L_D = 10 E real + E fake, L_G = 100 E fake + 1000 E real; keeps what it was told, as means."""

    ideal = None

    def __init__(self, *, pairs: bool = False, cut: float = 0.0, probable: bool = False) -> None:
        self.compares_pairs = pairs
        self.real_cut = cut
        self.probability: Callable[[Tensor], Tensor] | None = (lambda logits: logits + 0.5) if probable else None
        self.d: list[tuple[float, float]] = []
        self.g: list[tuple[float, float | None]] = []

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        self.d.append((real.mean().item(), fake.mean().item()))
        return 10.0 * real.mean() + fake.mean()

    def generator(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        self.g.append((fake.mean().item(), None if real is None else real.mean().item()))
        return 100.0 * fake.mean() + (0.0 if real is None else 1000.0 * real.mean())


class Counting:
    """The n-th batch holds n alone; its place is its whole state."""

    failure = ""

    def __init__(self, batch_size: int = BATCH) -> None:
        self.batch_size, self.drawn = batch_size, 0

    def next(self) -> Batch:
        self.drawn += 1
        return Batch(torch.full((self.batch_size, 1), float(self.drawn)))

    def state_dict(self) -> dict[str, Any]:
        return {"drawn": self.drawn}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.drawn = state["drawn"]

    def close(self) -> None: ...


def technique(**hooks: Any) -> Technique:
    """A technique with these answers: functions in the place of its hooks."""
    made = Technique()
    for name, hook in hooks.items():
        assert callable(getattr(Technique, name)), name
        setattr(made, name, hook)
    return made


class Averaged(Technique):
    """Samples come from a generator of its own, whose weight is 70; perturbs by 100."""

    def attach(self, players: Any) -> None:
        self._network = Shift(players.spec, weight=70.0)

    def sampling_network(self) -> nn.Module:
        return self._network

    def perturb(self, samples: Tensor) -> Tensor:
        return samples + 100.0


class Levels:
    """A source of numbers, or of images of one level each."""

    def __init__(
        self, *, train: list[float], holdout: list[float] | None = None, images: bool = False, labels: int | None = None
    ) -> None:
        self._parts, self._labels = (train, holdout), labels
        self.spec = SampleSpec(IMAGE.shape, num_classes=labels) if images else NUMBER

    def prepare(self) -> None: ...

    def load(self) -> Split:
        train, holdout = (None if part is None else self._table(torch.tensor(part)) for part in self._parts)
        assert train is not None
        return Split(train, holdout)

    def _table(self, values: Tensor) -> Table:
        labels = None if self._labels is None else values.long() % self._labels
        if self.spec.ndim == 0:
            return Table(values[:, None], labels)
        return Table(values.byte()[:, None, None, None].expand(-1, *self.spec.shape).contiguous(), labels)
