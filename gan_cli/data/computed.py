"""Sets whose samples are computed: what points and made-up samples share. A further one says how it is drawn."""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.data.base import Split, Table
from gan_cli.data.select import Holdout, Limit, set_apart
from gan_cli.spec import SampleSpec


class Computed:
    """A set of points in the plane, unless a subclass has another `spec`.

    Args:
        num_samples: how many samples.
        seed: of the samples themselves; the run's seed does not change them.
        holdout: share in [0, 1) that no network trains on; 0 keeps none back.
        limit: how many of the rest train, drawn at random, the same in every run; None keeps all.
    """

    num_classes: ClassVar[int | None] = None

    def __init__(
        self,
        *,
        num_samples: Annotated[int, Ge(1)] = 50000,
        seed: Annotated[int, Ge(0)] = 0,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        self._num_samples = num_samples
        self._seed = seed
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """Points in the plane."""
        return SampleSpec((2,), value_range=None, num_classes=self.num_classes)

    def prepare(self) -> None:
        """Nothing to do: the samples are computed."""

    def load(self) -> Split:
        """Draw the samples, and set the held-out share apart."""
        return set_apart(self.draw(self._num_samples, self._seed), self._holdout, self._limit)

    def draw(self, count: int, seed: int) -> Table:
        """`count` samples, the same for the same seed."""
        raise NotImplementedError


class GaussianModes(Computed):
    """Points in equal round Gaussians, each as frequent as the others; the label of a point is its mode.

    Attributes:
        centres: float32 (K, 2).
        sigma: standard deviation of a mode along each axis.
    """

    centres: Tensor
    sigma: float

    @property
    def spec(self) -> SampleSpec:
        """Points in the plane, one class per mode."""
        return SampleSpec((2,), value_range=None, num_classes=len(self.centres))

    def draw(self, count: int, seed: int) -> Table:
        """Points around the centres in turn."""
        generator = torch.Generator().manual_seed(seed)
        labels = torch.arange(count) % len(self.centres)
        return Table(self.centres[labels] + self.sigma * torch.randn(count, 2, generator=generator), labels)
