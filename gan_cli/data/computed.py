"""Base classes of data sets whose samples are computed. A subclass defines how they are drawn."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import torch
from annotated_types import Ge, Lt
from torch import Tensor

from gan_cli.data.base import Split, Table
from gan_cli.data.select import Holdout, Limit, check_classes, keep_classes, split_holdout
from gan_cli.spec import SampleSpec


class Computed:
    """A data set that is computed: points in the plane, unless a subclass defines another `spec`.

    Args:
        num_samples: number of samples to draw, including the held-out ones.
        seed: seed of the samples; independent of the seed of the run.
        holdout: share in [0, 1) of the samples that is held out of training; 0 holds none out.
        limit: number of the remaining samples to train on, drawn at random, the same in every run; None uses all.
    """

    num_classes: ClassVar[int | None] = None

    def __init__(
        self,
        *,
        num_samples: Annotated[int, Ge(1)] = 50000,
        seed: Annotated[int, Ge(0), Lt(2**64)] = 0,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        self._num_samples = num_samples
        self._seed = seed
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """The spec of points in the plane."""
        return SampleSpec((2,), value_range=None, num_classes=self.num_classes)

    def prepare(self) -> None:
        """Do nothing: the samples are computed."""

    def load(self) -> Split:
        """Draw the samples, and split off the held-out share."""
        return split_holdout(self.draw(self._num_samples, self._seed), self._holdout, self._limit)

    def draw(self, count: int, seed: int) -> Table:
        """Return `count` samples, the same for the same seed."""
        raise NotImplementedError


class ComputedClasses(Computed):
    """A data set of several kinds of sample, of which some may be kept. A subclass names them, and draws all of them.

    Args:
        classes: class numbers to keep; their labels become 0, 1 and so on, in this order. None keeps all.
        shared: settings of `Computed`.

    Attributes:
        kinds: names of all classes, in the order of the labels that `draw` gives.

    Raises:
        SettingError: a class does not exist.
    """

    kinds: ClassVar[tuple[str, ...]]

    def __init__(self, *, classes: list[int] | None = None, **shared: Any) -> None:
        super().__init__(**shared)
        check_classes(classes, len(self.kinds))
        self._classes = classes

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the classes that are kept, in the order of their labels."""
        return self.kinds if self._classes is None else tuple(self.kinds[number] for number in self._classes)

    def load(self) -> Split:
        """Compute the samples, keep the wanted classes, and split off the held-out share."""
        table = self.draw(self._num_samples, self._seed)
        if self._classes is not None:
            table = keep_classes(table, self._classes)
        return split_holdout(table, self._holdout, self._limit)


class GaussianModes(Computed):
    """Points from isotropic Gaussians of equal width and equal weight; the label of a point is its mode.

    Attributes:
        centres: float32 (K, 2).
        sigma: standard deviation of a mode along each axis.
    """

    centres: Tensor
    sigma: float

    @property
    def spec(self) -> SampleSpec:
        """The spec of points in the plane, with one class per mode."""
        return SampleSpec((2,), value_range=None, num_classes=len(self.centres))

    def draw(self, count: int, seed: int) -> Table:
        """Return points around the centres: point i belongs to mode i modulo K."""
        generator = torch.Generator().manual_seed(seed)
        labels = torch.arange(count) % len(self.centres)
        return Table(self.centres[labels] + self.sigma * torch.randn(count, 2, generator=generator), labels)
