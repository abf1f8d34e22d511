"""Labels for samples that are to be made: as often as the training data have each class, or a row for each class."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_GOLDEN = 0.6180339887498949


def evenly(shares: Tensor, count: int) -> Tensor:
    """Return labels int64 (count,) on the CPU, in which each class has nearly its share; fewer are the first of more.

    They follow the multiples of the golden ratio, so that every part of the row is as mixed as the whole, and labels
    depend on no random number.

    Args:
        shares: share of each class (K,), at least one above 0.
        count: number of labels.
    """
    places = torch.arange(1, count + 1, dtype=torch.float64).mul_(_GOLDEN).frac_()
    return _class_at(places, shares.cpu())


def at_random(shares: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return random labels int64 (count,) on the device of the shares (K,) and of the generator."""
    return _class_at(torch.rand(count, generator=generator, device=shares.device), shares)


@dataclass(frozen=True)
class ClassRows:
    """The layout of a picture with a row for each class.

    Attributes:
        classes: the classes to show, a row for each.
        columns: samples in a row.
    """

    classes: tuple[int, ...]
    columns: int

    @classmethod
    def of(cls, num_classes: int, count: int) -> ClassRows:
        """Return the layout of about `count` samples: all classes, or as many as there are samples."""
        shown = min(num_classes, count)
        return cls(tuple(range(shown)), max(1, round(count / shown)))

    def labels(self) -> Tensor:
        """Return the labels int64 (rows * columns,), row by row."""
        return torch.tensor(self.classes).repeat_interleave(self.columns)

    def repeated(self, row: Tensor) -> Tensor:
        """Latents of one row (columns, dim) -> (rows * columns, dim), the same in every row."""
        return row.repeat(len(self.classes), 1)

    def by_column(self, samples: Tensor) -> Tensor:
        """Samples (rows * columns, ...), row by row -> the same, column by column: one of each class comes first."""
        return samples.reshape(len(self.classes), self.columns, *samples.shape[1:]).transpose(0, 1).flatten(0, 1)


def _class_at(places: Tensor, shares: Tensor) -> Tensor:
    """Places (N,) in [0, 1) -> the class at each place of a line on which every class has its share as length."""
    ends = shares.to(places.dtype).cumsum(0)
    return torch.searchsorted(ends, places * ends[-1], right=True).clamp_(max=len(shares) - 1)
