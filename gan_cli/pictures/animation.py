"""Pictures as an animated GIF that loops, with one palette and a small file size; it handles only pixels."""

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
    """Write an animation atomically; arguments as in `encode_gif`.

    Raises:
        OSError: the file could not be written (no space left).
    """
    replace_file(path, [encode_gif(frames, durations)])


def encode_gif(frames: Sequence[Picture], durations: Sequence[int]) -> bytes:
    """Return the bytes of a GIF that loops for ever.

    Gray pictures keep all 256 levels. Coloured ones share a palette of 256 colours, so that unchanged parts do not
    flicker; strongly coloured ones are dithered. Equal frames in a row become one with their total duration.

    Args:
        frames: at least one picture, all of the same size.
        durations: duration of each frame in milliseconds; the format has steps of 10.
    """
    first, *others = _paletted(frames)
    buffer = io.BytesIO()
    timed = {"append_images": others, "duration": list(durations), "loop": 0}
    first.save(buffer, format="GIF", save_all=True, comment=comment(COMPOSITE), **timed)
    return buffer.getvalue()


def spread(count: int, most: int) -> list[int]:
    """Return at most `most` (>= 2) of the indices 0..count-1, evenly spaced, with the first and the last."""
    places: list[int] = np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()
    return places


def shrink(picture: Picture, side: int) -> Picture:
    """Reduce a picture to at most `side` pixels on its long side by averaging whole pixels; keep smaller ones as is."""
    factor = -(-max(picture.shape[:2]) // side)
    return picture if factor == 1 else np.asarray(Image.fromarray(picture).reduce(factor))


def _paletted(frames: Sequence[Picture]) -> list[Image.Image]:
    images = [Image.fromarray(frame) for frame in frames]
    colour = [np.ptp(frame, axis=2) for frame in frames]
    if not any(chroma.any() for chroma in colour):
        return [image.convert("L") for image in images]
    # dithering would double the size of gray tiles in a coloured frame without a visible gain
    dots = Image.Dither.FLOYDSTEINBERG if np.mean(colour) > _COLOURFUL else Image.Dither.NONE
    palette = _sheet([images[place] for place in spread(len(images), _ASKED)]).quantize(_COLOURS)
    return [image.quantize(palette=palette, dither=dots) for image in images]


def _sheet(images: Sequence[Image.Image]) -> Image.Image:
    """Return some of the frames side by side, small, to compute the palette from."""
    small = [image.copy() for image in images]
    for image in small:
        image.thumbnail((_ASKED_SIDE, _ASKED_SIDE), Image.Resampling.NEAREST)
    return Image.fromarray(np.concatenate([np.asarray(image) for image in small], axis=1))
