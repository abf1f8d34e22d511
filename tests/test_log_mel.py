"""The description of sound by pitches and loudness: what it must hear, and what it must not."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from gan_cli.data.chirps import Chirps
from gan_cli.distances import energy_distance
from gan_cli.log_mel import BANDS, bands_of, log_mel
from gan_cli.perception import described_by, perceive, raw
from gan_cli.spec import SampleSpec, normalise


def tone(frequency: float, length: int = 4096, level: float = 1.0) -> Tensor:
    """A sine (1, 1, length) of a frequency in cycles per sample."""
    return level * (2 * math.pi * frequency * torch.arange(length)).sin()[None, None]


def bands(clip: Tensor) -> Tensor:
    """The loudness of one clip, (bands, places)."""
    return log_mel(clip).reshape(len(bands_of(clip.shape[-1])), -1)


@pytest.mark.parametrize("band", [0, 5, 12, 25, BANDS - 1])
def test_a_tone_is_loudest_in_its_band_and_as_loud_as_it_is(band: int) -> None:
    frequency = bands_of(4096)[band].item()
    found = bands(tone(frequency))[:, 2:-2]  # without the places at which the clip is mirrored
    assert (found.argmax(dim=0) == band).all()
    assert (found[band] - 1.0).abs().max() < 0.06  # 0 dB of the 60 dB between silence and full scale
    quiet = bands(tone(frequency, level=0.1))[:, 2:-2]
    torch.testing.assert_close(found[band] - quiet[band], torch.full_like(found[band], 20 / 60), atol=1e-2, rtol=0.0)


def test_bands_are_spaced_as_the_ear_hears() -> None:
    """In mel of a rate of 8 kHz: 2146.06 / 41 = 52.34 for the first, 40 times that for the last."""
    middles = bands_of(4096) * 8000
    assert middles[0].item() == pytest.approx(700 * (10 ** (52.343 / 2595) - 1), rel=1e-3)
    assert middles[-1].item() == pytest.approx(700 * (10 ** (40 * 52.343 / 2595) - 1), rel=1e-3)
    assert (middles.diff() > 0).all() and (middles.diff().diff() > 0).all()


def test_a_click_is_heard_when_it_is() -> None:
    clip = torch.zeros(1, 1, 4096)
    clip[..., 1024] = 1.0
    over_time = bands(clip).mean(dim=0)
    assert over_time.argmax() == 1024 // 128
    assert (over_time > 0.01).nonzero().flatten().tolist() == [8]


def test_silence_is_zero_and_nothing_below_the_floor_is_far_from_it() -> None:
    assert torch.equal(log_mel(torch.zeros(2, 1, 4096)), torch.zeros(2, 1320))
    assert log_mel(tone(0.1, level=1e-4)).max() < 0.01
    tone_of_60_db = tone(bands_of(4096)[30].item(), level=1e-3)
    assert log_mel(tone_of_60_db).max() == pytest.approx(math.log(2) / math.log(1e6), abs=0.01)


@pytest.mark.parametrize("length", [1, 2, 3, 15, 16, 17, 31, 63, 64, 100, 600, 8000, 16000, 16384, 70001])
@pytest.mark.parametrize("channels", [1, 2])
def test_clips_of_any_length_have_a_description(length: int, channels: int) -> None:
    clips = torch.rand(3, channels, length) * 2 - 1
    found = log_mel(clips)
    assert found.isfinite().all() and found.dtype == torch.float32 and len(found) == 3
    assert found.shape[1] <= 3000 and (found.shape[1] >= 500 or length < 63)
    assert energy_distance(found, log_mel(torch.zeros_like(clips))) > 0.1


def test_channels_are_described_each_by_itself() -> None:
    left, right = tone(0.05), tone(0.2)
    found = log_mel(torch.cat([left, right], dim=1)).reshape(2, BANDS, -1).mean(dim=2)
    wanted = [(bands_of(4096, 2) - frequency).abs().argmin().item() for frequency in (0.05, 0.2)]
    assert found.argmax(dim=1).tolist() == wanted


def test_a_clip_is_described_the_same_alone_and_among_others() -> None:
    clips = torch.rand(600, 1, 8192, generator=torch.Generator().manual_seed(0)) * 2 - 1  # more than one block
    assert torch.allclose(log_mel(clips)[[0, 599]], log_mel(clips[[0, 599]]), atol=1e-5)


def test_clips_in_half_precision_are_described_in_full() -> None:
    clips = (torch.rand(4, 1, 1024) * 2 - 1).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(log_mel(clips), log_mel(clips.float()))


def test_sound_is_heard_and_says_so() -> None:
    spec = SampleSpec((1, 600))
    clips = torch.rand(3, 1, 600) * 2 - 1
    assert torch.equal(perceive(spec)(clips), log_mel(clips)) and described_by(spec) == "pitches and loudness"
    assert [described_by(SampleSpec(shape)) for shape in ((2,), (1, 8, 8))] == ["their values", "edges and colours"]


@pytest.fixture(scope="module")
def chirps() -> Tensor:
    source = Chirps(num_samples=512, holdout=0.0)
    return normalise(source.load().train.samples, source.spec)


def test_clips_are_ranked_as_a_listener_would(chirps: Tensor) -> None:
    real, other = chirps[:256], chirps[256:]
    rng = torch.Generator().manual_seed(0)
    noise = torch.rand(other.shape, generator=rng) * 2 - 1
    shuffled = other[..., torch.randperm(4096, generator=rng)]

    def distance(fake: Tensor, *, heard: bool = True) -> float:
        view = log_mel if heard else raw
        return energy_distance(view(fake), view(real)).item()

    steps = [other, 0.5 * other, 0.1 * other, 0.02 * other]
    steps += [torch.zeros_like(other), shuffled, noise]
    ranked = [distance(fake) for fake in steps]
    assert ranked == sorted(ranked) and min(b - a for a, b in zip(ranked, ranked[1:], strict=False)) > 0.02
    one_clip = distance(other[:1].expand_as(other))
    assert distance(0.1 * other) < one_clip and one_clip > 0.5
    faint, loud = (other + level * torch.randn(other.shape, generator=rng) for level in (0.01, 0.1))
    assert ranked[0] + 0.02 < distance(faint) < distance(loud)
    assert distance(other.roll(1500, dims=2)) > 0.2  # later than calls begin
    assert distance(shuffled, heard=False) < 0.02 and distance(noise, heard=False) < 0.1  # what raw values say
