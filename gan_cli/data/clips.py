"""Makes clips of one length and level of recordings, which may be longer or shorter, louder or quieter."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

Level = Literal["peak", "none"]

FULL = 32767


def fitted(recording: Samples, length: int) -> Samples:
    """Return the loudest part (length,) of a recording; a shorter one is followed by silence."""
    if len(recording) <= length:
        return np.pad(recording, (0, length - len(recording)))
    begin = loudest(recording, length)
    return recording[begin : begin + length]


def loudest(recording: Samples, length: int) -> int:
    """Return where the part of this length with the most energy begins."""
    energy = np.concatenate([[0.0], np.square(recording, dtype=np.float64).cumsum()])
    return int(np.argmax(energy[length:] - energy[:-length]))


def levelled(clip: Samples, level: Level) -> Samples:
    """Return a clip whose largest absolute value is full scale (`peak`), or as it is (`none`). Silence stays."""
    peak = int(np.abs(clip.astype(np.int32)).max())
    if level == "none" or peak == 0:
        return clip
    scaled: Samples = np.rint(clip * (FULL / peak)).astype(np.int16)
    return scaled
