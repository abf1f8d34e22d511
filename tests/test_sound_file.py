from __future__ import annotations

import io
import math
import wave

import numpy as np
import torch

from gan_cli.sound_file import USUAL_RATE, wav
from gan_cli.spec import SampleSpec


def played(content: bytes) -> tuple[np.ndarray, int]:
    with wave.open(io.BytesIO(content)) as file:
        assert file.getsampwidth() == 2
        values = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return values.reshape(-1, file.getnchannels()), file.getframerate()


def test_clips_follow_each_other_after_a_pause() -> None:
    clips = torch.tensor([[[0.5, -1.0]], [[1.0, 0.0]]])
    values, rate = played(wav(clips, SampleSpec((1, 2), sample_rate=8), pause=0.25))
    assert rate == 8
    assert values[:, 0].tolist() == [16384, -32767, 0, 0, 32767, 0]


def test_channels_the_range_and_values_that_are_no_numbers() -> None:
    clips = torch.tensor([[[0.0, 0.5, 7.0], [1.0, math.nan, -math.inf]]])
    values, rate = played(wav(clips, SampleSpec((2, 3), (0.0, 1.0))))
    assert rate == USUAL_RATE
    assert values.tolist() == [[-32767, 32767], [0, 0], [32767, -32767]]
