from __future__ import annotations

import math

import pytest
import torch

from gan_cli.errors import SettingError
from gan_cli.networks.oscillators import OscillatorGenerator, Oscillators
from gan_cli.networks.spectrogram import Spectrogram, SpectrogramDiscriminator
from gan_cli.spec import SampleSpec

SOUND = SampleSpec((1, 1024), sample_rate=8000)


def tone(pitch: float, phase: float = 0.0, length: int = 1024) -> torch.Tensor:
    """A tone of full scale, (1, 1, length); pitch in cycles per value."""
    return ((torch.arange(length) * pitch + phase) * 2.0 * math.pi).sin().view(1, 1, -1)


def test_a_tone_is_one_where_it_is_and_silence_is_zero() -> None:
    hear = Spectrogram(64, -40.0)
    heard = hear(tone(10 / 64))
    assert heard.shape == (1, 1, 32, 64)
    middle = heard[0, 0, :, 20:40]
    assert middle.argmax(dim=0).unique().tolist() == [9]  # without the constant part, band 10 is the tenth
    assert middle.max() == pytest.approx(1.0, abs=1e-3)
    assert hear(torch.zeros(1, 1, 1024)).abs().max() == 0.0
    assert hear(tone(10 / 64) * 0.1)[0, 0, 9, 30] == pytest.approx(0.5, abs=0.01)  # -20 of -40 dB


def test_phases_cannot_be_told_apart() -> None:
    hear = Spectrogram(64, -40.0)
    inside = slice(4, -4)
    first, second = (hear(tone(0.16, phase))[..., inside] for phase in (0.0, 0.3))
    assert torch.allclose(first, second, atol=0.02)


@pytest.mark.parametrize("shape", [(1, 300), (2, 1024)])
def test_any_length_and_number_of_channels(shape: tuple[int, int]) -> None:
    spec = SampleSpec(shape)
    generator = OscillatorGenerator(spec, base_channels=4, tones=8)
    clips = generator(torch.randn(3, 100))
    assert clips.shape == (3, *shape) and clips.abs().max() <= 1.0
    discriminator = SpectrogramDiscriminator(spec, base_channels=4, window=32)
    logits = discriminator(clips)
    assert logits.shape == (3,) and discriminator.features(clips).shape[0] == 3
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in generator.parameters())


def test_drawn_tones_are_played() -> None:
    play = Oscillators(1, tones=8, reach=1.0, hop=16, length=512)
    drawn = torch.full((1, 2, 8, 32), -30.0)
    drawn[0, 0, 2] = 30.0  # loud
    drawn[0, 1, 2] = 0.0  # in the middle of its band, 2.5 / 16 cycles per value
    sound = play(drawn)[0, 0]
    assert sound.abs().max() == pytest.approx(1.0, abs=0.01)
    assert torch.fft.rfft(sound).abs().argmax() == 512 * 2.5 / 16


def test_a_tone_moves_as_far_as_it_may() -> None:
    play = Oscillators(1, tones=8, reach=3.0, hop=16, length=512)
    drawn = torch.full((1, 2, 8, 32), -30.0)
    drawn[0, :, 2] = 30.0  # loud, and as high as it can be: three bands above its own
    assert torch.fft.rfft(play(drawn)[0, 0]).abs().argmax() == 512 * 5.5 / 16


def test_a_pitch_that_rises_keeps_its_phase() -> None:
    """From value to value the sound moves no farther than its highest pitch allows."""
    play = Oscillators(1, tones=4, reach=1.0, hop=16, length=512)
    drawn = torch.full((1, 2, 4, 32), -30.0)
    drawn[0, 0, 0] = 30.0
    drawn[0, 1, 0] = torch.linspace(-2.0, 2.0, 32)
    steps = play(drawn)[0, 0].diff().abs().max()
    assert steps <= 2.0 * math.pi * (0.5 / 8 + 1 / 8)


def test_they_are_for_sound_that_is_long_enough() -> None:
    image = SampleSpec((1, 8, 8))
    with pytest.raises(SettingError, match="needs sound"):
        SpectrogramDiscriminator(image)
    with pytest.raises(SettingError, match="needs sound"):
        OscillatorGenerator(image)
    with pytest.raises(SettingError, match="use at most half"):
        SpectrogramDiscriminator(SampleSpec((1, 200)))
    with pytest.raises(SettingError, match="must be even"):
        SpectrogramDiscriminator(SOUND, window=33)
    with pytest.raises(SettingError, match="use at most 75"):
        OscillatorGenerator(SampleSpec((1, 300)), hop=128)
