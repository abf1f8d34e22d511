"""Makes clips of one length and level of recordings, which may be longer or shorter, louder or quieter."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

Level = Literal["peak", "rms", "none"]

FULL = 32767
"""The largest value of a clip: full scale."""
_RMS = FULL / 10.0
"""Root mean square of a clip of equal loudness: -20 dB of full scale, as usual for speech."""


def clip_of(recording: Samples, length: int, level: Level) -> Samples:
    """Return the loudest part (length,) of a recording, at a level; a shorter one is followed by silence."""
    return padded(levelled(loudest_part(recording, length), level), length)


def loudest_part(recording: Samples, length: int) -> Samples:
    """Return the loudest part of a recording, at most `length` values."""
    if len(recording) <= length:
        return recording
    begin = loudest(recording, length)
    return recording[begin : begin + length]


def loudest(recording: Samples, length: int) -> int:
    """Return where the part of this length with the most energy begins."""
    energy = np.concatenate([[0.0], np.square(recording, dtype=np.float64).cumsum()])
    return int(np.argmax(energy[length:] - energy[:-length]))


def padded(clip: Samples, length: int) -> Samples:
    """Return a clip of this length: silence follows the given one, (..., at most length)."""
    return np.pad(clip, [(0, 0)] * (clip.ndim - 1) + [(0, length - clip.shape[-1])])


def levelled(clip: npt.NDArray[Any], level: Level) -> Samples:
    """Return a clip at a level, rounded to whole numbers. Silence stays silence.

    Args:
        clip: values of any shape and type on the scale of int16.
        level: `peak` makes the largest absolute value full scale; `rms` makes the root mean square -20 dB of full
            scale, or less if a value would exceed it; `none` keeps the level, and cuts off what exceeds full scale.
    """
    values = clip.astype(np.float64)
    peak = np.abs(values).max(initial=0.0)
    factor = 1.0
    if peak > 0.0 and level != "none":
        factor = FULL / peak
        if level == "rms":
            factor = min(factor, _RMS / np.sqrt(np.square(values).mean()))
    scaled: Samples = np.rint(values * factor).clip(-FULL - 1, FULL).astype(np.int16)
    return scaled
