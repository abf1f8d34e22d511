"""Image files: which there are, and how one becomes a tensor of the wanted size and channels."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import ExifTags, Image, ImageOps
from torch import Tensor

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".avif"}
)
# What Pillow's many readers raise for a damaged file, and for one too large to be an honest photograph.
BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    struct.error,
    Image.DecompressionBombError,
)

_LYING = frozenset({5, 6, 7, 8})
"""Values of the orientation tag that swap height and width."""

Channels = Literal[1, 3]


def list_images(root: Path) -> list[str]:
    """Paths of all image files below `root`, relative to it with forward slashes, sorted; hidden ones are left out."""
    return sorted(path.relative_to(root).as_posix() for path in _walk(root) if path.suffix.lower() in SUFFIXES)


def _walk(root: Path) -> Iterator[Path]:
    """Every visible file; links are followed, each folder is visited once."""
    visited: set[str] = set()
    for folder, below, names in os.walk(root, followlinks=True):
        visited.add(os.path.realpath(folder))
        below[:] = [
            name
            for name in sorted(below)
            if not name.startswith((".", "__MACOSX")) and os.path.realpath(os.path.join(folder, name)) not in visited
        ]
        yield from (Path(folder, name) for name in names if not name.startswith("."))


def decode(path: Path, *, channels: Channels, size: int) -> Tensor:
    """One image as uint8 (channels, size, size): upright, opaque, short side resized to `size`, centre cropped.

    Raises:
        BROKEN: the file cannot be read.
    """
    with Image.open(path) as image:
        image.draft(None, (2 * size, 2 * size))  # a large JPEG is decoded at a fraction of its size, in its time
        upright = ImageOps.exif_transpose(image)
        flat = _eight_bits(_opaque(upright)).convert("L" if channels == 1 else "RGB")
        fitted = ImageOps.fit(flat, (size, size), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(np.array(fitted, dtype=np.uint8)).reshape(size, size, channels)
    return pixels.permute(2, 0, 1).contiguous()


def size_of(path: Path) -> tuple[int, int]:
    """Height and width of an image as it stands upright; only its header is read.

    Raises:
        BROKEN: the file cannot be read.
    """
    with Image.open(path) as image:
        width, height = image.size
        lies = image.getexif().get(ExifTags.Base.Orientation, 1) in _LYING
    return (width, height) if lies else (height, width)


def looks_gray(path: Path) -> bool:
    """Whether an image has no colour, whatever its file format says."""
    red, green, blue = decode(path, channels=3, size=32)
    return torch.equal(red, green) and torch.equal(green, blue)


def check(path: Path) -> None:
    """Read just enough of a file to know that it holds an image; a file cut short may still pass.

    Raises:
        BROKEN: it does not.
    """
    with Image.open(path) as image:
        image.verify()


def _opaque(image: Image.Image) -> Image.Image:
    """A transparent image laid on white."""
    if image.mode not in {"RGBA", "LA", "PA", "RGBa", "La"} and "transparency" not in image.info:
        return image
    layers = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers)


def _eight_bits(image: Image.Image) -> Image.Image:
    """A 16-bit gray image scaled to 8 bits, which Pillow would clip to white."""
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image).astype(np.int64).clip(0, 65535) >> 8).astype(np.uint8))
