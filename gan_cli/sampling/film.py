"""Make a film of a run: the pictures of its fixed latents one after another, each with its step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gan_cli.disk.reading import open_plain
from gan_cli.errors import UserError
from gan_cli.pictures.animation import shrink, spread, write_gif
from gan_cli.pictures.png import Picture
from gan_cli.telemetry.sample_folder import pictures_of

MOST_FRAMES = 120

_SIDE = 800
_FOOT = 24
_FONT_SIZE = 14
_FOOT_COLOUR = (36, 41, 51)
_PAST_COLOUR = (74, 85, 104)
_INK = (235, 237, 240)
_LENGTH = 8000
_SHORTEST, _LONGEST = 80, 500
_LAST = 2500
"""Durations in milliseconds: of the whole film, of the shortest and the longest frame, and of the last frame."""

Shots = list[tuple[int, Path]]
"""Pairs of a step and its picture, in the order of the steps."""


def shots(run: Path) -> Shots:
    """Return the pictures in a run folder for its film: all of them, or 120 at even distances.

    Raises:
        UserError: there are fewer than two pictures.
    """
    found = pictures_of(run)
    if len(found) < 2:
        there = "one picture" if found else "no pictures"
        raise UserError(
            f"film=true: {run} holds {there} of its fixed latents, a film needs two; "
            "train longer, or with a smaller telemetry.samples_every"
        )
    return [found[place] for place in spread(len(found), MOST_FRAMES)]


def write_film(chosen: Shots, path: Path) -> str:
    """Write the film of `shots` and return a line that describes it. It lasts about eight seconds and a final pause.

    Raises:
        UserError: a picture cannot be read.
    """
    last = chosen[-1][0]
    frames = [_with_step(_read(picture), step, last) for step, picture in chosen]
    height, width, _ = frames[-1].shape
    frames = [frame if frame.shape == frames[-1].shape else _resized(frame, width, height) for frame in frames]
    pace = min(_LONGEST, max(_SHORTEST, _LENGTH // len(frames)))
    write_gif(path, frames, [pace] * (len(frames) - 1) + [_LAST])
    return f"{path}, {len(frames)} pictures of steps {chosen[0][0]:,} to {last:,}"


def _read(path: Path) -> Picture:
    try:
        with open_plain(path) as file, Image.open(file) as image:
            return shrink(np.asarray(image.convert("RGB")), _SIDE)
    except (OSError, SyntaxError) as error:
        raise UserError(f"film=true: {path} cannot be read; delete it and the film does without it") from error


def _with_step(picture: Picture, step: int, last: int) -> Picture:
    """Return the picture with a line below it that shows the step and the progress, so that no sample is covered."""
    height, width, _ = picture.shape
    image = Image.new("RGB", (width, height + _FOOT), _FOOT_COLOUR)
    image.paste(Image.fromarray(picture), (0, 0))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height, max(0, round(width * step / max(last, 1)) - 1), height + _FOOT), fill=_PAST_COLOUR)
    font = ImageFont.load_default(size=_FONT_SIZE)
    draw.text((8, height + _FOOT // 2), f"step {step:,}", fill=_INK, font=font, anchor="lm")
    return np.asarray(image)


def _resized(frame: Picture, width: int, height: int) -> Picture:
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.HAMMING))
