"""Converts the numbers of image files to 0..255: families of files, and the range of numbers of each family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

Family = Literal["plain", "whole", "real", "deep"]
"""plain: up to 8 bits, or a palette; whole: gray integers, wider or signed; real: gray floats; deep: 16-bit colour."""

Range = tuple[float, float]
"""The numbers that become black and white."""

Ground = Literal["white", "black"]

FULL: Mapping[Family, Range] = {"plain": (0, 255), "whole": (0, 65535), "real": (0, 1), "deep": (0, 65535)}
"""The range of each family if only the format of a file is known."""

_WHOLE = (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0)  # highest numbers of masks, and of 8, 10, 12, 14 and 16 bits
_REAL = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (0.0, 65535.0))
_SLACK = 1e-3  # share of a range by which floats may be outside it
_USED = 1 / 8  # share of a range that the numbers must fill; otherwise they are stretched

_SAMPLE_FORMAT, _PHOTOMETRIC = 339, 262  # tags of TIFF
_TRANSPARENT = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})


@dataclass(frozen=True)
class Scales:
    """The ranges of a set by family; a family that it lacks has the range of its format."""

    ranges: Mapping[Family, Range] = field(default_factory=dict)

    def of(self, family: Family) -> Range:
        """Return the numbers that become black and white."""
        return self.ranges.get(family, FULL[family])


def scale_of(family: Family, low: float, high: float) -> Range:
    """Return the range to which numbers from `low` to `high` belong.

    8-bit numbers: 0 to 1 for masks, else 0 to 255. Whole numbers: the fewest of 1, 8, 10, 12, 14 and 16 bits that hold
    them. Floats: the first of 0 to 1, -1 to 1, 0 to 255 and 0 to 65535 that holds them. If no range holds them, or they
    fill less than an eighth of it, they are stretched from their own lowest to their highest number.
    """
    if family == "plain":
        return (0.0, 1.0) if high == 1 else FULL["plain"]
    if family == "real":
        fitting = (r for r in _REAL if _within(low, high, r, _SLACK * (r[1] - r[0])))
    else:
        fitting = ((0.0, top) for top in _WHOLE if _within(low, high, (0.0, top), 0.0))
    meant = next(fitting, None)
    if high > low and (meant is None or high - low < _USED * (meant[1] - meant[0])):
        return low, high
    return meant or FULL[family]


def _within(low: float, high: float, meant: Range, slack: float) -> bool:
    return meant[0] - slack <= low and high <= meant[1] + slack


def family_of(image: Image.Image) -> Family:
    """Return the family of an opened image whose pixels are not read yet."""
    if image.mode == "F":
        return "real"
    if image.mode.startswith("I") or (image.mode == "L" and _tag(image, _SAMPLE_FORMAT) == (2,)):
        return "whole"
    return (
        "deep"
        if any(_raw_mode(tile).startswith(("RGB;16", "RGBA;16", "RGBX;16")) for tile in _tiles(image))
        else "plain"
    )


def is_transparent(image: Image.Image) -> bool:
    """Whether some pixels of an image may be transparent."""
    return image.mode in _TRANSPARENT or "transparency" in image.info


def on_ground(image: Image.Image, ground: Ground) -> Image.Image:
    """Return a plain image as L or RGB, laid on the background colour where it is transparent."""
    if not is_transparent(image):
        return image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")
    layers = image.convert({"La": "LA", "RGBa": "RGBA"}.get(image.mode, "RGBA")).convert("RGBA")
    laid = Image.alpha_composite(Image.new("RGBA", layers.size, ground), layers)
    return laid.convert("RGB")


def gray_numbers(image: Image.Image) -> npt.NDArray[np.float32]:
    """Return the numbers (height, width) of a gray image of whole numbers or floats, unchanged from the file.

    Raises:
        ValueError: some are not finite.
    """
    values: npt.NDArray[Any] = np.asarray(image)
    if _tag(image, _SAMPLE_FORMAT) == (2,) and values.dtype == np.uint8:
        values = values.view(np.int8)
    elif _tag(image, _SAMPLE_FORMAT) in ((1,), None) and values.dtype == np.int32 and image.format == "TIFF":
        values = values.view(np.uint32)  # Pillow reads them as signed
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError("holds numbers that are not finite")
    return values.astype(np.float32)


def stretch(values: npt.NDArray[np.float32], meant: Range) -> npt.NDArray[np.float32]:
    """Scale numbers to 0..255; numbers outside the range are clipped."""
    low, high = meant
    return ((values - np.float32(low)) * np.float32(255.0 / (high - low))).clip(0.0, 255.0)


def gray_picture(image: Image.Image, meant: Range, ground: Ground) -> Image.Image:
    """Return a gray image of whole numbers or floats as a picture of floats 0..255 (mode F)."""
    numbers = gray_numbers(image)
    gray = stretch(numbers, meant)
    if _tag(image, _PHOTOMETRIC) == 0:  # 0 is white; Pillow applies this only up to 8 bits
        gray = 255.0 - gray
    hole = image.info.get("transparency")
    if isinstance(hole, int):
        gray[numbers == hole] = 255.0 if ground == "white" else 0.0
    return Image.fromarray(gray)


def low_bytes(image: ImageFile.ImageFile) -> None:
    """Make Pillow read the lower byte of each number of an opened 16-bit colour image, instead of the upper one."""
    swapped = {"B": "L", "L": "B", "N": "B"}

    def other(raw: str) -> str:
        return raw[:-1] + swapped[raw[-1]]

    image.tile = [
        tile._replace(args=other(tile.args) if isinstance(tile.args, str) else (other(tile.args[0]), *tile.args[1:]))
        for tile in _tiles(image)
    ]


def deep_picture(high: Image.Image, low: Image.Image, meant: Range, ground: Ground) -> Image.Image:
    """Return a 16-bit colour image in 8 bits, on the background colour, from pictures of its upper and lower bytes."""
    numbers = np.asarray(high).astype(np.float32) * 256 + np.asarray(low)
    colours = stretch(numbers[..., :3], meant)
    if numbers.shape[-1] == 4:
        alpha = numbers[..., 3:] / 65535
        colours = alpha * colours + (1 - alpha) * (255.0 if ground == "white" else 0.0)
    hole = high.info.get("transparency")
    if isinstance(hole, tuple):
        colours[(numbers[..., :3] == np.array(hole)).all(axis=-1)] = 255.0 if ground == "white" else 0.0
    return Image.fromarray(colours.round().astype(np.uint8))


def _tiles(image: Image.Image) -> list[Any]:
    return list(getattr(image, "tile", ()))


def _raw_mode(tile: Any) -> str:
    args = tile.args
    return args if isinstance(args, str) else str(args[0]) if args else ""


def _tag(image: Image.Image, tag: int) -> Any:
    return getattr(image, "tag_v2", {}).get(tag)
