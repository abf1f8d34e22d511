"""Random samples of any shape, to try things out without data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import torch
from annotated_types import Ge, MinLen
from torch import Tensor
from torch.nn import functional as F

from gan_cli.data.base import Table
from gan_cli.data.computed import Computed
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec, plain_spec

_COARSE = 4  # random values per axis, from which a sample is interpolated
_CHUNK = 64  # samples drawn at once, so that large shapes need little memory for floats
_MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


class Fake(Computed):
    """Seeded random samples of any shape, to test an experiment without data.

    Signals, images and voxels are smooth blobs (4 random values per axis, interpolated); points are standard normal.

    Args:
        shape: [features] for points, else [channels, *spatial]: 1 axis for signals, 2 for images, 3 for voxels.
        num_samples: number of samples to draw, including the held-out ones.
        num_classes: number of classes, which say nothing about a sample; None for no labels.
        shared: settings of `Computed`.

    Raises:
        SettingError: the shape is empty, has more than four numbers, or has one below 1.
    """

    def __init__(
        self,
        *,
        shape: Annotated[Sequence[int], MinLen(1)] = (3, 64, 64),
        num_samples: Annotated[int, Ge(1)] = 1024,
        num_classes: Annotated[int, Ge(1)] | None = None,
        **shared: Any,
    ) -> None:
        super().__init__(num_samples=num_samples, **shared)
        if not 1 <= len(shape) <= 4 or min(shape) < 1:
            raise SettingError("shape", shape, "give 1 to 4 positive numbers: [features] or [channels,*spatial]")
        self._shape = tuple(shape)
        self._num_classes = num_classes

    @property
    def spec(self) -> SampleSpec:
        """The spec with the given shape and number of classes."""
        return replace(plain_spec(self._shape), num_classes=self._num_classes)

    def draw(self, count: int, seed: int) -> Table:
        generator = torch.Generator().manual_seed(seed)
        labels = None if self._num_classes is None else torch.arange(count) % self._num_classes
        if self.spec.kind == "points":
            return Table(torch.randn(count, *self._shape, generator=generator), labels)
        return Table(self._blobs(count, generator), labels)

    def _blobs(self, count: int, generator: torch.Generator) -> Tensor:
        """Return smooth random values, uint8 (count, C, *spatial)."""
        channels, *spatial = self._shape
        samples = torch.empty(count, *self._shape, dtype=torch.uint8)
        for start in range(0, count, _CHUNK):
            chunk = samples[start : start + _CHUNK]
            coarse = torch.rand(len(chunk), channels, *[_COARSE] * len(spatial), generator=generator)
            smooth = F.interpolate(coarse, size=spatial, mode=_MODES[len(spatial)], align_corners=True)
            chunk.copy_(smooth.mul_(255).round_())
        return samples
