"""Reads the .wav files of published sets, all of 16 bits, one channel and one rate, into clips of one length."""

from __future__ import annotations

import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_cli.data.sound.clips import Level, Samples, clip_of
from gan_cli.disk.reading import open_plain

LARGEST = 2**20
"""Bytes of a file that are read; the longest recording of a published set has 36,000."""


class DamagedRecordingError(RuntimeError):
    """A file is no recording of the set; the text says why, in a few words."""


def read_wav(path: Path, rate: int) -> Samples:
    """Return the values of a recording (length,).

    Args:
        path: the file.
        rate: the values per second (Hz) that it must have.

    Raises:
        DamagedRecordingError: it is no sound of 16 bits, one channel and this rate, or is empty or cut off.
        OSError: the error of the system.
    """
    try:
        with open_plain(path, follow=True) as file, wave.open(file) as sound:
            found = (sound.getframerate(), sound.getnchannels(), 8 * sound.getsampwidth())
            expected, data = sound.getnframes(), sound.readframes(LARGEST)
    except (wave.Error, EOFError) as error:
        raise DamagedRecordingError(f"{path.name}: {str(error) or 'it ends too soon'}") from error
    if found != (rate, 1, 16):
        raise DamagedRecordingError(f"{path.name}: {found[0]} Hz, {found[1]} channels, {found[2]} bits")
    if not data or len(data) != 2 * expected:
        raise DamagedRecordingError(f"{path.name}: {len(data) // 2} of {expected} values")
    return np.frombuffer(data, dtype="<i2").astype(np.int16)


def read_clips(paths: Iterable[Path], rate: int, length: int, level: Level) -> Tensor:
    """Return the loudest part of each recording, int16 (N, 1, length); errors as in `read_wav`."""
    clips = [clip_of(read_wav(path, rate), length, level) for path in paths]
    return torch.from_numpy(np.stack(clips))[:, None]
