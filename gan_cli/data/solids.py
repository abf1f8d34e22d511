"""A labelled set of small solids that needs no download: boxes, balls, furniture, computed at any resolution."""

from __future__ import annotations

import math
from typing import Annotated, Any

import numpy as np
import torch
from annotated_types import Ge, Le
from torch import Tensor

from gan_cli.data.base import Table
from gan_cli.data.computed import ComputedClasses
from gan_cli.spec import SampleSpec

_SUPERSAMPLING = 2  # cells per voxel and axis; a voxel is the share of them that is filled
_CHUNK = 250  # solids computed at once
_BOARD = 0.22  # thickness of a table's top, a seat and a back: nearly two voxels of sixteen


class Cells:
    """The cells of some solids that stand upright in the cube [-1, 1]^3, in the coordinates of each solid.

    Attributes:
        x: (N, 1, D, D), to the side, along the solid's own axes.
        y: (N, 1, D, D), to the front.
        h: (N, D, 1, 1), height above the solid's foot as a share of its height: 0 to 1 inside.
        r: (N, 1, D, D), distance to the vertical axis, as a share of the width or depth: 1 on an ellipse between them.
        up: (N, D, 1, 1), height above the middle of the solid.
        wide: (N, 1, 1, 1), half of the width.
        deep: (N, 1, 1, 1), half of the depth.
        high: (N, 1, 1, 1), the height.
        part: (N, 1, 1, 1), a share in [0, 1) for what else varies.
    """

    def __init__(self, count: int, size: int, random: np.random.RandomState) -> None:
        def uniform(low: float, high: float) -> Tensor:
            return torch.from_numpy(random.uniform(low, high, (count, 1, 1, 1))).float()

        self.wide = uniform(0.45, 0.68)
        self.deep = self.wide * uniform(0.78, 1.0)
        self.high, self.part = uniform(0.9, 1.7), uniform(0.0, 1.0)
        yaw = uniform(0.0, math.pi / 2)
        cells = size * _SUPERSAMPLING
        line = (torch.arange(cells) + 0.5) / cells * 2.0 - 1.0
        side, front = line.view(1, 1, 1, -1), line.view(1, 1, -1, 1)
        self.x = side * yaw.cos() + front * yaw.sin()
        self.y = front * yaw.cos() - side * yaw.sin()
        self.r = ((self.x / self.wide).square() + (self.y / self.deep).square()).sqrt()
        self.up = line.view(1, -1, 1, 1)
        self.h = self.up / self.high + 0.5

    def layer(self, low: Tensor | float, high: Tensor | float) -> Tensor:
        """Whether a cell is between two heights, given as shares of the solid's height."""
        return (self.h >= low) & (self.h <= high)

    def slab(self, wide: Tensor | float, deep: Tensor | float) -> Tensor:
        """Whether a cell is within these distances of the middle, to the side and to the front."""
        return (self.x.abs() <= wide) & (self.y.abs() <= deep)


def box(cells: Cells) -> Tensor:
    """A box with three different sides."""
    return cells.slab(cells.wide, cells.deep) & cells.layer(0.0, 1.0)


def ball(cells: Cells) -> Tensor:
    """A ball, flattened or stretched a little."""
    return cells.r.square() + (cells.up / (cells.wide * (0.8 + 0.4 * cells.part))).square() <= 1.0


def cylinder(cells: Cells) -> Tensor:
    """An upright cylinder."""
    return (cells.r <= 1.0) & cells.layer(0.0, 1.0)


def cone(cells: Cells) -> Tensor:
    """A cone that stands on its base."""
    return (cells.r <= 1.25 * (1.0 - cells.h)) & cells.layer(0.0, 1.0)


def torus(cells: Cells) -> Tensor:
    """A ring that lies flat."""
    tube = 0.3 + 0.12 * cells.part
    return (cells.r - 1.0).square() + (cells.up / cells.wide).square() <= tube.square()


def pyramid(cells: Cells) -> Tensor:
    """A pyramid with four sides."""
    return cells.slab(cells.wide * (1.0 - cells.h), cells.deep * (1.0 - cells.h)) & cells.layer(0.0, 1.0)


def table(cells: Cells) -> Tensor:
    """A table with four legs."""
    under = 1.0 - _BOARD / cells.high
    top = cells.slab(cells.wide, cells.deep) & cells.layer(under, 1.0)
    return top | (_legs(cells) & cells.layer(0.0, under))


def chair(cells: Cells) -> Tensor:
    """A chair with four legs and a back."""
    seat = cells.slab(cells.wide, cells.deep) & cells.layer(0.42, 0.42 + _BOARD / cells.high)
    back = cells.slab(cells.wide, cells.deep) & (cells.y >= cells.deep - _BOARD) & cells.layer(0.42, 1.0)
    return seat | back | (_legs(cells) & cells.layer(0.0, 0.42))


def _legs(cells: Cells) -> Tensor:
    """Whether a cell is in one of four square legs, at the corners."""
    leg = 0.1 + 0.04 * cells.part
    return ((cells.x.abs() - cells.wide + leg).abs() <= leg) & ((cells.y.abs() - cells.deep + leg).abs() <= leg)


SOLIDS = (box, ball, cylinder, cone, torus, pyramid, table, chair)
"""The classes, in the order of the labels."""


class Solids(ComputedClasses):
    """Solids of eight kinds as voxels: box, ball, cylinder, cone, torus, pyramid, table and chair.

    Each stands upright, turned by up to a quarter about its vertical axis, and has proportions of its own. A voxel is
    the share of it that is filled, 0 to 255. The first spatial axis is the height, from the foot up. Whether a solid is
    right can be seen: whether it is in one piece, and has all its legs.

    Args:
        size: voxels per side.
        classes: class numbers to keep, such as [6, 7] for tables and chairs; their labels become 0, 1. None keeps all.
        num_samples: number of solids of all classes, including the held-out ones.
        shared: settings of `Computed`.

    Raises:
        SettingError: a class does not exist.
    """

    kinds = tuple(solid.__name__ for solid in SOLIDS)

    def __init__(
        self,
        *,
        size: Annotated[int, Ge(8), Le(128)] = 16,
        classes: list[int] | None = None,
        num_samples: Annotated[int, Ge(8)] = 4000,
        **shared: Any,
    ) -> None:
        super().__init__(classes=classes, num_samples=num_samples, **shared)
        self._size = size

    @property
    def spec(self) -> SampleSpec:
        """The spec of one channel of voxels, with a class for each kind of solid."""
        return SampleSpec((1, *[self._size] * 3), num_classes=len(self.kept), class_names=self.kept)

    def draw(self, count: int, seed: int) -> Table:
        """Return `count` solids, the classes in turns."""
        random = np.random.RandomState(seed % 2**32)  # whose stream never changes
        samples = torch.empty(count, 1, *[self._size] * 3, dtype=torch.uint8)
        labels = torch.arange(count) % len(SOLIDS)
        for label, solid in enumerate(SOLIDS):
            rows = (labels == label).nonzero().flatten()
            for part in torch.split(rows, _CHUNK):
                samples[part] = _voxels(solid(Cells(len(part), self._size, random)))
        return Table(samples, labels)


def _voxels(filled: Tensor) -> Tensor:
    """Filled cells (N, 2D, 2D, 2D) -> voxels uint8 (N, 1, D, D, D)."""
    shares = torch.nn.functional.avg_pool3d(filled[:, None].float(), _SUPERSAMPLING)
    return shares.mul_(255.0).round_().to(torch.uint8)
