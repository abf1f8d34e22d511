"""Turns pictures upright by the orientation tag in their metadata. Damaged metadata is ignored."""

from __future__ import annotations

import struct

from PIL import ExifTags, Image

_TAG = int(ExifTags.Base.Orientation)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LYING = frozenset({5, 6, 7, 8})
"""Values that swap height and width."""

_ENTRY = 12  # bytes of an entry in a directory of tags


def upright(image: Image.Image) -> Image.Image:
    """Return the picture as it is meant to be seen."""
    image.load()  # some formats store the orientation after the pixels
    turn = None if image.format == "TIFF" else _TURNS.get(orientation(image))  # Pillow turns a TIFF itself
    return image if turn is None else image.transpose(turn)


def swaps_axes(image: Image.Image) -> bool:
    """Whether height and width are swapped in the file, and Pillow does not swap them back itself."""
    return image.format != "TIFF" and orientation(image) in _LYING


def orientation(image: Image.Image) -> int:
    """Return the value of the orientation tag, 1 to 8; 1 if none can be read."""
    exif = image.info.get("exif")
    found = orientation_in(exif) if isinstance(exif, bytes) else None
    if found is None:
        try:
            found = image.getexif().get(_TAG)  # also from XMP
        except Exception:  # Pillow may raise any exception on damaged metadata
            found = None
    return found if isinstance(found, int) and found in _TURNS else 1


def orientation_in(exif: bytes) -> int | None:
    """Return the orientation tag of an EXIF block, or None. Other entries of the block may be damaged."""
    start = 6 if exif.startswith(b"Exif\0\0") else 0
    order = {b"II": "<", b"MM": ">"}.get(exif[start : start + 2])
    if order is None or len(exif) < start + 8:
        return None
    place = start + struct.unpack_from(f"{order}I", exif, start + 4)[0]
    if place + 2 > len(exif):
        return None
    count = struct.unpack_from(f"{order}H", exif, place)[0]
    for entry in range(place + 2, min(place + 2 + _ENTRY * count, len(exif) - _ENTRY + 1), _ENTRY):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
        if tag == _TAG and kind == 3:
            return int(value) if value in _TURNS or value == 1 else None
    return None
