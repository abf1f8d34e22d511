"""Pictures as an animated GIF: looping, of one palette, small enough to send; knows only pixels."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from gan_cli.disk.writing import replace_file
from gan_cli.marks import COMPOSITE, comment
from gan_cli.pictures.png import Picture

_COLOURS = 256
_COLOURFUL = 16.0
_ASKED = 8
_ASKED_SIDE = 160


def write_gif(path: Path, frames: Sequence[Picture], durations: Sequence[int]) -> None:
    """Write an animation whole or not at all; arguments as in `encode_gif`.

    Raises:
        OSError: as the system gave it (no space left).
    """
    replace_file(path, [encode_gif(frames, durations)])


def encode_gif(frames: Sequence[Picture], durations: Sequence[int]) -> bytes:
    """The bytes of a GIF that runs for ever.

    Gray pictures keep every level. Coloured ones share 256 colours, so that nothing flickers that stands still; where
    colour prevails, dots mix what these lack. Frames alike that follow each other become one that lasts as long.

    Args:
        frames: at least one, all of one size.
        durations: of each in milliseconds; the format counts in steps of 10.
    """
    first, *others = _paletted(frames)
    buffer = io.BytesIO()
    timed = {"append_images": others, "duration": list(durations), "loop": 0}
    first.save(buffer, format="GIF", save_all=True, comment=comment(COMPOSITE), **timed)
    return buffer.getvalue()


def spread(count: int, most: int) -> list[int]:
    """At most `most` (>= 2) of the places 0..count-1, evenly apart, the first and the last among them."""
    places: list[int] = np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()
    return places


def shrink(picture: Picture, side: int) -> Picture:
    """A picture of at most `side` pixels on its long side, whole pixels averaged; a smaller one as it is."""
    factor = -(-max(picture.shape[:2]) // side)
    return picture if factor == 1 else np.asarray(Image.fromarray(picture).reduce(factor))


def _paletted(frames: Sequence[Picture]) -> list[Image.Image]:
    images = [Image.fromarray(frame) for frame in frames]
    colour = [np.ptp(frame, axis=2) for frame in frames]
    if not any(chroma.any() for chroma in colour):
        return [image.convert("L") for image in images]
    # dots would double the size of gray tiles in a coloured frame and show nothing more
    dots = Image.Dither.FLOYDSTEINBERG if np.mean(colour) > _COLOURFUL else Image.Dither.NONE
    palette = _sheet([images[place] for place in spread(len(images), _ASKED)]).quantize(_COLOURS)
    return [image.quantize(palette=palette, dither=dots) for image in images]


def _sheet(images: Sequence[Image.Image]) -> Image.Image:
    """Some of the frames side by side, not larger than a palette needs."""
    small = [image.copy() for image in images]
    for image in small:
        image.thumbnail((_ASKED_SIDE, _ASKED_SIDE), Image.Resampling.NEAREST)
    return Image.fromarray(np.concatenate([np.asarray(image) for image in small], axis=1))
