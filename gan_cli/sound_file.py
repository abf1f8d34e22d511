"""Clips of sound as .wav files of 16 bits, which every player opens."""

from __future__ import annotations

import io
import wave

import numpy as np
from torch import Tensor

from gan_cli.spec import SampleSpec

USUAL_RATE = 8000
"""Values per second of clips whose sample rate is unknown."""

_LOUDEST = 32767.0


def wav(clips: Tensor, spec: SampleSpec, *, pause: float = 0.25) -> bytes:
    """Return clips (N, C, length) in the spec's range as one .wav file, one clip after another.

    Values outside the range are clipped, and those that are no numbers become silence.

    Args:
        clips: the clips, at least one, of any floating type on any device.
        spec: kind of sample; it has the sample rate, or `USUAL_RATE` is taken.
        pause: seconds of silence between two clips.
    """
    rate = spec.sample_rate or USUAL_RATE
    low, high = spec.value_range or (-1.0, 1.0)
    values = clips.detach().float().cpu().numpy()
    signed = np.clip(np.nan_to_num((values - low) / (high - low) * 2.0 - 1.0, nan=0.0), -1.0, 1.0)
    gap = np.zeros((*signed.shape[:2], round(pause * rate)), dtype=signed.dtype)
    row = np.concatenate([signed, gap], axis=2).transpose(0, 2, 1).reshape(-1, signed.shape[1])
    row = row[: len(row) - gap.shape[2]]  # none behind the last clip
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(row.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(row * _LOUDEST).astype("<i2").tobytes())
    return buffer.getvalue()
