"""Reads files of sound as clips: one sample a file, at the rate and of the length of the data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_cli.data.sound.clips import FULL, levelled, padded
from gan_cli.data.sound.sound_clips import mixed
from gan_cli.data.sound.sound_files import BROKEN, opened, part_at, reason_why
from gan_cli.errors import UserError
from gan_cli.external.given import Given
from gan_cli.spec import SampleSpec


def read_sounds(given: Given, folder: Path, names: Sequence[str], spec: SampleSpec) -> tuple[Tensor, str]:
    """Return the beginning of each file as a clip, int16 (N, channels, length), and what was done to them, as text.

    Files of another rate are resampled, shorter ones are followed by silence. Their level and offset stay.

    Args:
        given: what the user named, for the error.
        folder: the folder of the files.
        names: their names.
        spec: kind and shape of a clip, with its rate; without one the rate of each file is taken.

    Raises:
        UserError: a file cannot be read.
    """
    length = spec.spatial[0]
    clips = np.empty((len(names), spec.channels, length), dtype=np.int16)
    resampled = shorter = longer = 0
    for row, name in enumerate(names):
        try:
            with opened(folder / name) as sound:
                rate = spec.sample_rate or sound.samplerate
                values = part_at(sound, 0, length, rate).values
                resampled += rate != sound.samplerate
                longer += sound.frames * rate > length * sound.samplerate
        except BROKEN as error:
            raise UserError(f"{given}: {name} cannot be read ({reason_why(error)}); take it out") from error
        shorter += len(values) < length
        heard = mixed(values.T.astype(np.float64), 1 if spec.channels == 1 else 2)
        clips[row] = padded(levelled(heard * (FULL + 1), "none"), length)
    told = {
        f"resampled to {spec.sample_rate} Hz": resampled,
        f"shorter than {length} values and filled with silence": shorter,
        "longer, of which the beginning is used": longer,
    }
    return torch.from_numpy(clips), ", ".join(f"{count:,} {what}" for what, count in told.items() if count)
