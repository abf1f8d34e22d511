"""Pictures as PNG files, marked as ours, so that none is ever taken for data."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gan_cli.disk.writing import replace_file
from gan_cli.marks import COMPOSITE, KEY

Picture = npt.NDArray[np.uint8]
"""An RGB picture, uint8 (height, width, 3)."""


def write_png(path: Path, picture: Picture, mark: str = COMPOSITE, *, durable: bool = True) -> None:
    """Write a picture whole or not at all; arguments as in `encode_png` and `replace_file`.

    Raises:
        OSError: as the system gave it (no space left).
    """
    replace_file(path, [encode_png(picture, mark)], durable=durable)


def encode_png(picture: Picture, mark: str = COMPOSITE) -> bytes:
    """A picture as the bytes of a PNG file.

    Args:
        picture: (height, width, 3), or gray (height, width).
        mark: what it is, by which it is known again and not taken for data.
    """
    buffer, said = io.BytesIO(), PngInfo()
    said.add_text(KEY, mark)
    Image.fromarray(picture).save(buffer, format="PNG", pnginfo=said)
    return buffer.getvalue()
