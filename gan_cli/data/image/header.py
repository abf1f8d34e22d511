"""Reads the header of an image file, and the lowest and the highest number in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from gan_cli.data.image.opened import lower, read_image
from gan_cli.data.image.pixels import Family, Ground, family_of, gray_numbers, is_transparent, on_ground
from gan_cli.data.image.upright import upright
from gan_cli.marks import read_mark

_GRAY = frozenset({"1", "L", "LA", "La", "F"})


@dataclass(frozen=True)
class Header:
    """The facts about an image file that are known before its pixels are read.

    Attributes:
        family: family of its numbers.
        gray: whether it cannot hold colour.
        pages: number of pictures in it; only the first is read.
        transparent: whether it may have transparent pixels.
        mark: the mark that this program wrote into it, or None.
    """

    family: Family
    gray: bool
    pages: int
    transparent: bool
    mark: str | None


def read_header(path: Path) -> Header:
    """Read the header of an image file. A truncated file may still pass.

    Raises:
        BROKEN: the file holds no image.
    """
    return read_image(path, _header)


def _header(image: Image.Image) -> Header:
    family = family_of(image)
    gray = image.mode in _GRAY or image.mode.startswith("I")
    return Header(family, gray, _pages(image), is_transparent(image), read_mark(image.info))


def span_of(path: Path, ground: Ground) -> tuple[Family, float, float]:
    """Return the family of a file's numbers, the lowest number and the highest one.

    Raises:
        BROKEN: the file cannot be read.
    """

    def measure(image: Image.Image) -> tuple[Family, float, float]:
        family = family_of(image)
        numbers: npt.NDArray[Any]
        if family == "deep":
            high, low = (
                np.asarray(each)[..., :3].astype(np.int64) for each in (upright(image), read_image(path, lower))
            )
            numbers = 256 * high + low
        elif family == "plain":
            numbers = np.asarray(on_ground(upright(image), ground))
        else:
            numbers = gray_numbers(upright(image))
        return family, float(numbers.min()), float(numbers.max())

    return read_image(path, measure)


def _pages(image: Image.Image) -> int:
    if image.format == "MPO":  # a phone's photograph, followed by a depth map
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # a later page is damaged; the first may still be whole
        return 1
