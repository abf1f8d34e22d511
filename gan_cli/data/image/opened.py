"""Opens one image file with Pillow, without its metadata if they are damaged."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from PIL import Image, ImageFile

from gan_cli.data.image.pixels import low_bytes
from gan_cli.data.image.upright import orientation_in, upright
from gan_cli.disk.reading import open_plain

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_SCAN = 0xDA  # the pixels follow this marker
_APP1, _APP13, _APP15, _COMMENT = 0xE1, 0xED, 0xEF, 0xFE
_KEPT_CHUNKS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})


def without_metadata(path: Path) -> bytes | None:
    """Return the bytes of a JPEG or PNG with no metadata but the orientation; None for other or badly damaged files."""
    with open_plain(path, follow=True) as file:
        start = file.read(len(_PNG))
        if not start.startswith((_JPEG, _PNG)):
            return None
        data = start + file.read()
    try:
        return _bare_png(data) if start == _PNG else _bare_jpeg(data)
    except (struct.error, IndexError):
        return None


def _bare_jpeg(data: bytes) -> bytes:
    kept, lies, place = [], None, 2
    while data[place + 1] != _SCAN:
        if data[place] != 0xFF:
            raise IndexError("a marker is missing")
        marker = data[place + 1]
        length = struct.unpack_from(">H", data, place + 2)[0]
        segment = data[place : place + 2 + length]
        if marker == _APP1 and segment[4:8] == b"Exif":
            lies = lies or orientation_in(segment[4:])
        if not (_APP1 <= marker <= _APP13 or marker in (_APP15, _COMMENT)):
            kept.append(segment)  # APP0 and APP14 define how to read the colours
        place += 2 + length
    tag = _exif(lies) if lies else b""
    said = b"\xff\xe1" + struct.pack(">H", len(tag) + 8) + b"Exif\0\0" + tag if lies else b""
    return b"".join([data[:2], said, *kept, data[place:]])


def _bare_png(data: bytes) -> bytes:
    kept, lies = [], None
    for name, content, whole in _chunks(data):
        if name == b"eXIf":
            lies = lies or orientation_in(content)
        if name in _KEPT_CHUNKS:
            kept.append(whole)
    if lies and kept:
        tag = b"eXIf" + _exif(lies)
        kept.insert(1, struct.pack(">I", len(tag) - 4) + tag + struct.pack(">I", zlib.crc32(tag)))
    return b"".join([_PNG, *kept])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield the name, the content and all bytes of each chunk, up to the end of the data."""
    place = len(_PNG)
    while place + 8 <= len(data):
        length = struct.unpack_from(">I", data, place)[0]
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length], data[place : place + 12 + length]
        place += 12 + length


def _exif(orientation: int) -> bytes:
    """Return an EXIF block that holds only the orientation tag."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "PPM", "AVIF", "JPEG2000", "QOI")
"""The formats that Pillow may read, whatever the suffix of a file. Other formats start external programs."""

BROKEN = (Exception,)
"""The exceptions that Pillow may raise on a damaged file: any."""

T = TypeVar("T")


def read_image(path: Path, read: Callable[[ImageFile.ImageFile], T]) -> T:
    """Open an image and return `read(image)`. If that fails, try again without the metadata of the file.

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
    """Return the lower bytes of an opened image of 16-bit colour as an upright picture."""
    low_bytes(image)
    return upright(image)
