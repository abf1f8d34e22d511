from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from gan_cli.errors import SettingError
from gan_cli.networks.frames import BetweenFrames
from gan_cli.networks.harmonics import HarmonicGenerator, Voices
from gan_cli.spec import SampleSpec

LENGTH, HOP = 512, 16
FRAMES = LENGTH // HOP
LOUD = 30.0


def voices(count: int = 1, harmonics: int = 3, *, vibrato: bool = False) -> Voices:
    """Voices in the middle of the range, 1/16 cycle per value."""
    return Voices(1, count, harmonics, lowest=1 / 32, octaves=2.0, vibrato=vibrato, hop=HOP, length=LENGTH)


def drawing(play: Voices, count: int = 1) -> Tensor:
    """Loudness at its most, everything else in the middle, (1, lines, FRAMES)."""
    drawn = torch.zeros(1, 1 + count * play.per_voice, FRAMES)
    drawn[:, 0] = LOUD
    return drawn


def strengths(sound: Tensor) -> Tensor:
    """Amplitude at each multiple of 1 / LENGTH cycles per value."""
    return torch.fft.rfft(sound[0, 0]).abs() * 2 / LENGTH


@pytest.mark.parametrize("hop", [2, 3, 5, 32])
def test_lines_are_those_of_torch(hop: int) -> None:
    drawn = torch.randn(2, 3, 7)
    lines = BetweenFrames(hop, 7 * hop - 1)(drawn)
    expected = F.interpolate(drawn, scale_factor=float(hop), mode="linear", align_corners=False)
    assert torch.allclose(lines, expected[..., :-1], atol=1e-6)


def test_a_voice_has_its_pitch_and_its_harmonics() -> None:
    play = voices()
    heard = strengths(play(drawing(play)))
    base = LENGTH // 16
    weights = [math.exp(-0.7 * multiple) for multiple in (1, 2, 3)]
    for multiple, weight in enumerate(weights, start=1):
        assert heard[multiple * base] == pytest.approx(weight / sum(weights), abs=0.01)
    assert heard.topk(3).indices.sort().values.tolist() == [base, 2 * base, 3 * base]


def test_voices_divide_the_range_and_the_loudness() -> None:
    play = voices(2, harmonics=1)
    drawn = drawing(play, 2)
    sound = play(drawn)
    low, high = (round(LENGTH * pitch) for pitch in (2.0**-4.5, 2.0**-3.5))
    heard = strengths(sound)
    assert heard[low - 1 : low + 2].max() > 0.3 and heard[high - 1 : high + 2].max() > 0.3
    assert sound.abs().max() <= 1.0
    drawn[:, 2] = -LOUD  # the weight of the first voice
    assert strengths(play(drawn))[low - 3 : low + 4].max() < 0.05


def test_harmonics_beyond_half_of_the_rate_are_left_out() -> None:
    play = Voices(1, 1, 3, lowest=1 / 8, octaves=2.0, vibrato=False, hop=HOP, length=LENGTH)
    heard = strengths(
        play(drawing(play))
    )  # the pitch is 1/4, twice of it is 1/2, three times of it would be heard at 1/4
    assert heard[LENGTH // 4] == pytest.approx(1 / (1 + math.exp(-0.7) + math.exp(-1.4)), abs=0.01)
    assert heard[-1] < 0.01


def test_a_vibrato_swings_the_pitch() -> None:
    play = voices(harmonics=1, vibrato=True)
    drawn = drawing(play)
    still, swinging = drawn.clone(), drawn.clone()
    still[:, 3] = -LOUD  # depth
    swinging[:, 3] = LOUD
    assert strengths(play(still)).max() > 0.95
    assert strengths(play(swinging)).max() < 0.6
    later = swinging.clone()
    later[:, 4] = 0.05  # a fifth of a cycle later
    assert (play(later) - play(swinging)).abs().max() > 0.5


def test_everything_that_is_drawn_learns() -> None:
    generator = HarmonicGenerator(SampleSpec((2, 300), sample_rate=8000), base_channels=4)
    clips = generator(torch.randn(3, 100))
    assert clips.shape == (3, 2, 300) and clips.abs().max() <= 1.0
    clips.square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in generator.parameters())


def test_they_are_for_sound_that_is_long_enough() -> None:
    with pytest.raises(SettingError, match="needs sound"):
        HarmonicGenerator(SampleSpec((1, 8, 8)))
    with pytest.raises(SettingError, match="use at most 75"):
        HarmonicGenerator(SampleSpec((1, 300)), hop=128)
