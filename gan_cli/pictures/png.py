"""Pictures as PNG files with a mark, so that they are recognised and never read as training data."""

from __future__ import annotations

import io
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from gan_cli.disk.writing import replace_file
from gan_cli.marks import COMPOSITE, KEY

Picture = npt.NDArray[np.uint8]
"""An RGB picture, uint8 (height, width, 3)."""

_COMPRESSION = 2
"""Of zlib, 0 to 9: half the time of Pillow's usual 6, for files that are about a quarter larger."""


def write_png(path: Path, picture: Picture, mark: str = COMPOSITE, *, durable: bool = True) -> None:
    """Write a picture atomically; arguments as in `encode_png` and `replace_file`.

    Raises:
        OSError: the file could not be written (no space left).
    """
    replace_file(path, [encode_png(picture, mark)], durable=durable)


def encode_png(picture: Picture, mark: str = COMPOSITE) -> bytes:
    """Return a picture as the bytes of a PNG file. The bytes of the newest picture are kept: it has several receivers.

    Args:
        picture: (height, width, 3), or gray (height, width); it must not change afterwards.
        mark: kind of picture, stored in the file, so that it is recognised and not read as data.
    """
    global _newest
    if _newest.of() is not picture or _newest.mark != mark:
        _newest = _Encoded(weakref.ref(picture), mark, _encode(picture, mark))
    return _newest.content


@dataclass(frozen=True)
class _Encoded:
    of: Callable[[], Picture | None]
    mark: str
    content: bytes


_newest = _Encoded(lambda: None, "", b"")


def _encode(picture: Picture, mark: str) -> bytes:
    buffer, said = io.BytesIO(), PngInfo()
    said.add_text(KEY, mark)
    Image.fromarray(picture).save(buffer, format="PNG", pnginfo=said, compress_level=_COMPRESSION)
    return buffer.getvalue()
