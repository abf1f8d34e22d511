"""A set of natural photographs that needs no download: crops of the two that come with scikit-learn."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import torch
from annotated_types import Ge
from PIL import Image
from torch import Tensor

from gan_cli.data.base import Table
from gan_cli.data.computed import Computed
from gan_cli.data.scikit_learn import data_file
from gan_cli.data.select import Extent, extent_of, resize
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

_PHOTOGRAPHS = ("china.jpg", "flower.jpg")
_HEIGHT, _WIDTH = 427, 640
"""Pixels of both photographs."""
_CHUNK = 256  # crops resized at once

Places = npt.NDArray[np.int64]


class PhotoCrops(Computed):
    """Random crops of two colour photographs, a temple's roofs and a flower, without a download and without labels.

    Crops overlap, so a held-out crop resembles training crops: this set cannot show that D memorises single images.
    The photographs (CC BY 2.0, by the users danielbuechele and vultilion of Flickr) are shipped by scikit-learn.

    Args:
        size: pixels per side of a sample, or [height, width].
        crop: pixels of the photograph along the shorter side of a crop; the photographs have 427x640.
        num_samples: number of crops, half of them from each photograph, including the held-out ones.
        shared: settings of `Computed`.

    Raises:
        SettingError: a crop of this shape does not fit into the photographs.
    """

    def __init__(
        self,
        *,
        size: Extent = 32,
        crop: Annotated[int, Ge(4)] = 96,
        num_samples: Annotated[int, Ge(2)] = 10000,
        **shared: Any,
    ) -> None:
        super().__init__(num_samples=num_samples, **shared)
        self._size = extent_of(size)
        short = min(self._size)
        self._cut = tuple(round(crop * side / short) for side in self._size)
        if self._cut[0] > _HEIGHT or self._cut[1] > _WIDTH:
            most = min(_HEIGHT * short // self._size[0], _WIDTH * short // self._size[1])
            cut = "x".join(map(str, self._cut))
            raise SettingError(
                "crop", crop, f"{cut} pixels exceed a photograph of {_HEIGHT}x{_WIDTH}; the largest crop is {most}"
            )

    @property
    def spec(self) -> SampleSpec:
        """The spec of colour images of the given size, without classes."""
        return SampleSpec((3, *self._size))

    def draw(self, count: int, seed: int) -> Table:
        # RandomState's stream never changes
        random = np.random.RandomState(seed % 2**32)
        height, width = self._cut
        places = np.stack(
            [
                np.arange(count) % len(_PHOTOGRAPHS),
                random.randint(0, _HEIGHT - height + 1, count),
                random.randint(0, _WIDTH - width + 1, count),
            ],
            axis=1,
        )
        photographs = [_pixels(name) for name in _PHOTOGRAPHS]
        parts = np.array_split(places, range(_CHUNK, count, _CHUNK))
        return Table(torch.cat([self._cropped(photographs, part) for part in parts]))

    def _cropped(self, photographs: list[Tensor], places: Places) -> Tensor:
        """Return the crops at some places (photograph, top, left), uint8 (N, 3, *size)."""
        height, width = self._cut
        crops = [photographs[n][:, top : top + height, left : left + width] for n, top, left in places.tolist()]
        return resize(torch.stack(crops), self._size)


def _pixels(name: str) -> Tensor:
    """Return a photograph as uint8 (3, height, width)."""
    with Image.open(data_file("images", name)) as picture:
        return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1)
