"""Made-up samples of any shape, for trials without data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import torch
from annotated_types import Ge, MinLen
from torch import Tensor
from torch.nn import functional as F

from gan_cli.data.base import Split, Table
from gan_cli.data.select import Holdout, Limit, set_apart
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec, plain_spec

_COARSE = 4  # random values per axis that a sample is interpolated from
_CHUNK = 64  # samples drawn at once, so that large shapes need little memory beyond their uint8 table
_MODES = {1: "linear", 2: "bilinear", 3: "trilinear"}


class Fake:
    """Seeded random samples of any shape: makes every experiment a smoke test that needs no data.

    Signals, images and voxels are smooth blobs (4 random values per axis, interpolated); points are standard normal.

    Args:
        shape: [channels, *spatial] with 1, 2 or 3 spatial extents, such as [1, 16000] (a signal), [3, 64, 64] (an
            image) or [1, 16, 16, 16] (voxels); [features] makes points.
        num_samples: how many samples.
        seed: of the samples themselves; the run's seed does not change them.
        holdout: share in [0, 1) that no network trains on; 0 keeps none back.
        limit: how many of the rest train, drawn at random, the same in every run; None keeps all.

    Raises:
        SettingError: the shape has no or more than four numbers, or one below 1.
    """

    def __init__(
        self,
        *,
        shape: Annotated[Sequence[int], MinLen(1)] = (3, 64, 64),
        num_samples: Annotated[int, Ge(1)] = 1024,
        seed: Annotated[int, Ge(0)] = 0,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        if not 1 <= len(shape) <= 4 or min(shape) < 1:
            raise SettingError("shape", shape, "give 1 to 4 positive numbers: [features] or [channels,*spatial]")
        self._shape = tuple(shape)
        self._num_samples = num_samples
        self._seed = seed
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """The shape as given, without classes."""
        return plain_spec(self._shape)

    def prepare(self) -> None:
        """Nothing to do: the samples are computed."""

    def load(self) -> Split:
        """Draw the samples."""
        generator = torch.Generator().manual_seed(self._seed)
        if self.spec.kind == "points":
            samples = torch.randn(self._num_samples, *self._shape, generator=generator)
        else:
            samples = self._blobs(generator)
        return set_apart(Table(samples), self._holdout, self._limit)

    def _blobs(self, generator: torch.Generator) -> Tensor:
        """Smooth random values, uint8 (num_samples, C, *spatial)."""
        channels, *spatial = self._shape
        samples = torch.empty(self._num_samples, *self._shape, dtype=torch.uint8)
        for start in range(0, self._num_samples, _CHUNK):
            chunk = samples[start : start + _CHUNK]
            coarse = torch.rand(len(chunk), channels, *[_COARSE] * len(spatial), generator=generator)
            smooth = F.interpolate(coarse, size=spatial, mode=_MODES[len(spatial)], align_corners=True)
            chunk.copy_(smooth.mul_(255).round_())
        return samples
