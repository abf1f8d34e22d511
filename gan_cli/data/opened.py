"""One image file opened with Pillow, whatever its metadata are like."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PIL import Image, ImageFile

from gan_cli.data.mending import without_metadata
from gan_cli.data.pixels import low_bytes
from gan_cli.data.upright import upright

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "PPM", "AVIF", "JPEG2000", "QOI")
"""Pillow's readers that may look at a file, whatever its suffix says; others start programs of their own."""

BROKEN = (Exception,)
"""What a damaged file may make Pillow raise: whatever there is."""

T = TypeVar("T")


def read_image(path: Path, read: Callable[[ImageFile.ImageFile], T]) -> T:
    """Read an image; where that fails, without its metadata.

    Raises:
        BROKEN: the file cannot be read.
    """
    try:
        with Image.open(path, formats=FORMATS) as image:
            return read(image)
    except Exception:
        bare = without_metadata(path)
        if bare is None:
            raise
        with Image.open(io.BytesIO(bare), formats=FORMATS) as image:
            return read(image)


def lower(image: ImageFile.ImageFile) -> Image.Image:
    """Of an opened image of 16-bit colour, the lower bytes as a picture."""
    low_bytes(image)
    return upright(image)
