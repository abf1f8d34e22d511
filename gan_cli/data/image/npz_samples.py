"""A data set of samples in the single file that `gan sample 'formats=[npz]'` writes."""

from __future__ import annotations

import hashlib
import logging
import zipfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gan_cli.data.base import Split, Table
from gan_cli.data.image.examine import ValueRanges, refuse_alike
from gan_cli.data.image.images import Channels, Size
from gan_cli.data.image.pixels import Scales
from gan_cli.data.names import counted
from gan_cli.data.select import resize, split_holdout
from gan_cli.errors import UserError
from gan_cli.spec import SampleSpec

log = logging.getLogger(__name__)

NAME = "samples.npz"
_KEY = "images"
_COMPARED = 256  # samples that are checked for being all alike
_LUMA = (0.299, 0.587, 0.114)  # ITU-R 601, which Pillow uses to turn colour into gray
_UNREADABLE = (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, NotImplementedError)


@dataclass(frozen=True)
class NpzSamples:
    """A data set of images in one array, uint8 (N, H, W) or (N, H, W, 3).

    Attributes:
        path: the file.
        channels: 1 or 3 after conversion; None keeps those of the array.
        size: height and width in pixels.
        holdout: share in [0, 1) that is held out of training.
        limit: number of the remaining images to train on; None uses all.
    """

    path: Path
    channels: Channels | None
    size: Size
    holdout: float
    limit: int | None

    @property
    def spec(self) -> SampleSpec:
        """The spec of images of the wanted size, without classes."""
        return SampleSpec((self.channels or (1 if self._array.ndim == 3 else 3), *self.size))

    def load(self) -> Split:
        """Resize and convert the images, and split off the held-out share.

        Raises:
            UserError: the file cannot be read, or holds no images.
        """
        array = self._array[:, None] if self._array.ndim == 3 else np.moveaxis(self._array, -1, 1)
        samples = resize(_with_channels(torch.from_numpy(array.copy()), self.spec.channels), self.size)
        split = split_holdout(Table(samples), self.holdout, self.limit)
        height, width = self.size
        said = f"data.root={self.path.parent}: {counted(len(samples), 'image')} from {NAME} as {height}x{width}"
        held = 0 if split.holdout is None else len(split.holdout)
        log.info("%s; %s train, %s held out", said, f"{len(split.train):,}", f"{held:,}")
        return replace(split, identity=hashlib.sha256(self._array.tobytes()).hexdigest())

    @cached_property
    def _array(self) -> npt.NDArray[np.uint8]:
        try:
            with np.load(self.path, allow_pickle=False) as arrays:
                array: npt.NDArray[Any] = arrays[_KEY]
        except _UNREADABLE as error:
            raise UserError(
                f"data.root={self.path.parent}: {NAME} in it holds no array `{_KEY}` that can be read "
                f"({type(error).__name__}).\nName a folder of images, or of what `gan sample out=...` wrote."
            ) from error
        shaped = array.ndim == 3 or (array.ndim == 4 and array.shape[3] == 3)
        if not shaped or array.dtype != np.uint8 or array.size == 0:
            shape = "x".join(map(str, array.shape))
            raise UserError(
                f"data.root={self.path.parent}: {_KEY} in {NAME} is {array.dtype} {shape}; "
                "it must be uint8, N x height x width, or with 3 channels last."
            )
        planes = array[:, None] if array.ndim == 3 else np.moveaxis(array, -1, 1)
        span = ValueRanges(Scales(), {"plain": (float(array.min()), float(array.max()))})
        refuse_alike(self.path.parent, planes[:_COMPARED], span, 0, "white")
        return array


def npz_in(root: Path) -> Path | None:
    """Return the path of samples.npz in a folder, or None if there is none."""
    path = root / NAME
    return path if path.is_file() else None


def _with_channels(samples: Tensor, channels: int) -> Tensor:
    """Images uint8 (N, C, H, W) with 1 or 3 channels -> uint8 (N, channels, H, W)."""
    if samples.shape[1] == channels:
        return samples
    if channels == 3:
        return samples.expand(-1, 3, -1, -1).contiguous()
    weights = torch.tensor(_LUMA).view(1, 3, 1, 1)
    return (samples.float() * weights).sum(dim=1, keepdim=True).round().to(torch.uint8)
