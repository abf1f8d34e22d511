"""Decodes one image file to a tensor of the wanted size and channels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from gan_cli.data.image.opened import lower, read_image
from gan_cli.data.image.pixels import (
    FULL,
    Family,
    Ground,
    Scales,
    deep_picture,
    family_of,
    gray_picture,
    on_ground,
)
from gan_cli.data.image.upright import swaps_axes, upright

Channels = Literal[1, 3]
Size = tuple[int, int]
"""Height and width in pixels."""

T = TypeVar("T")


@dataclass(frozen=True)
class Decoder:
    """How image files become samples.

    Attributes:
        channels: 1 or 3.
        size: height and width in pixels.
        scales: the numbers in the files that become black and white.
        ground: background colour of transparent pixels.
    """

    channels: Channels
    size: Size
    scales: Scales = Scales()
    ground: Ground = "white"

    def decode(self, path: Path) -> Tensor:
        """Return an image as uint8 (channels, height, width): upright, opaque, scaled to cover the size, cropped.

        Raises:
            BROKEN: the file cannot be read.
        """
        return _tensor(_fitted(path, self), self.channels)

    def decode_noting_colour(self, path: Path) -> tuple[Tensor, bool]:
        """Return the same as `decode`, and whether the image has any colour.

        Raises:
            BROKEN: the file cannot be read.
        """
        fitted = _fitted(path, self)
        return _tensor(fitted, self.channels), _has_colour(fitted)


def decode(path: Path, *, channels: Channels, size: int | Size) -> Tensor:
    """Return an image as uint8 (channels, height, width); the range of its numbers is that of its format.

    Raises:
        BROKEN: the file cannot be read.
    """
    return Decoder(channels, (size, size) if isinstance(size, int) else size).decode(path)


def _fitted(path: Path, decoder: Decoder) -> Image.Image:
    height, width = decoder.size

    def draw(image: Image.Image) -> Image.Image:
        family = family_of(image)
        meant = decoder.scales.of(family)
        if family == "deep" and meant != FULL["deep"]:
            return deep_picture(upright(image), read_image(path, lower), meant, decoder.ground)
        image.draft(None, (2 * max(decoder.size),) * 2)  # decodes a large JPEG at reduced size, in less time
        return _picture(upright(image), family, decoder)

    return ImageOps.fit(read_image(path, draw), (width, height), Image.Resampling.BILINEAR)


def _picture(image: Image.Image, family: Family, decoder: Decoder) -> Image.Image:
    meant = decoder.scales.of(family)
    if family in ("whole", "real"):
        return gray_picture(image, meant, decoder.ground)
    picture = on_ground(image, decoder.ground)
    if family == "deep" or meant == FULL["plain"] or np.asarray(picture).max() > meant[1]:
        return picture  # the last case: a picture among masks
    return picture.point([min(255, round(255 * level / meant[1])) for level in range(256)] * len(picture.getbands()))


def _tensor(fitted: Image.Image, channels: Channels) -> Tensor:
    if fitted.mode == "F":
        fitted = Image.fromarray(np.asarray(fitted).round().astype(np.uint8))
    pixels = np.array(fitted.convert("L" if channels == 1 else "RGB"), dtype=np.uint8)
    height, width = pixels.shape[:2]
    return torch.from_numpy(pixels).reshape(height, width, channels).permute(2, 0, 1).contiguous()


def _has_colour(picture: Image.Image) -> bool:
    if picture.mode != "RGB":
        return False
    pixels = np.asarray(picture)
    return bool((pixels != pixels[..., :1]).any())


def size_of(path: Path) -> Size:
    """Return height and width of an image when it is turned upright; only its header is read.

    Raises:
        BROKEN: the file cannot be read.
    """

    def measure(image: Image.Image) -> Size:
        width, height = image.size
        return (width, height) if swaps_axes(image) else (height, width)

    return read_image(path, measure)
