"""Chirps: how the pitch of each kind moves, that nothing aliases, and how loud calls and the background are."""

from __future__ import annotations

from time import process_time

import pytest
import torch
from torch import Tensor

from gan_cli.data.chirps import CALLS, Chirps
from gan_cli.errors import SettingError
from gan_cli.spec import normalise

RATE = 8000


@pytest.fixture(scope="module")
def clips() -> dict[str, Tensor]:
    """Calls of each kind, (N, 4096)."""
    source = Chirps(num_samples=160, holdout=0.0)
    table = source.load().train
    samples = normalise(table.samples, source.spec)
    return {name: samples[table.labels == label, 0] for label, name in enumerate(CALLS)}


def spectrum(clips: Tensor) -> Tensor:
    """Power by time, (N, bins, times)."""
    return torch.stft(clips, 256, 64, window=torch.hann_window(256), return_complex=True).abs().square()


def pitches(clips: Tensor) -> list[Tensor]:
    """The strongest frequency in Hz at each time of a call at which it is loud."""
    power = spectrum(clips)
    loud = power.sum(dim=1) > 0.1 * power.sum(dim=1).amax(dim=1, keepdim=True)
    return [each.argmax(dim=0)[heard] * RATE / 256 for each, heard in zip(power, loud, strict=True)]


def test_the_classes_have_names_and_come_in_turns() -> None:
    source = Chirps(num_samples=16, holdout=0.0)
    assert source.spec.class_names == (
        *("up_sweep_low", "up_sweep_high", "down_sweep_low", "down_sweep_high"),
        *("trill_low", "trill_high", "warble_low", "warble_high"),
    )
    assert str(source.spec) == "4096, 1 channel, 0.512 s"
    table = source.load().train
    assert table.samples.dtype == torch.int16
    assert table.labels is not None and table.labels.tolist() == [*range(8), *range(8)]


def test_some_classes_keep_their_names() -> None:
    source = Chirps(classes=[6, 0], num_samples=80, holdout=0.0)
    assert source.spec.class_names == ("warble_low", "up_sweep_low") and source.spec.num_classes == 2
    some, every = source.load().train, Chirps(num_samples=80, holdout=0.0).load().train
    assert some.labels is not None and every.labels is not None
    assert torch.equal(some.samples[some.labels == 0], every.samples[every.labels == 6])
    with pytest.raises(SettingError, match="classes=.*there is no class 8; class numbers are 0 to 7"):
        Chirps(classes=[8])


@pytest.mark.parametrize("name", CALLS)
def test_low_calls_are_below_high_ones(name: str, clips: dict[str, Tensor]) -> None:
    middle = torch.stack([pitch.median() for pitch in pitches(clips[name])])
    low, high = (600, 1100) if name.endswith("low") else (1350, 2300)
    assert (middle > low).all() and (middle < high).all()


@pytest.mark.parametrize("register", ["low", "high"])
def test_sweeps_rise_and_fall(register: str, clips: dict[str, Tensor]) -> None:
    for pitch in pitches(clips[f"up_sweep_{register}"]):
        assert (pitch.diff() >= -32).all() and pitch[-3:].mean() > 1.35 * pitch[:3].mean()
    for pitch in pitches(clips[f"down_sweep_{register}"]):
        assert (pitch.diff() <= 32).all() and pitch[:3].mean() > 1.35 * pitch[-3:].mean()


@pytest.mark.parametrize("register", ["low", "high"])
def test_trills_swing_often_and_warbles_have_two_notes(register: str, clips: dict[str, Tensor]) -> None:
    def crossings(pitch: Tensor) -> int:
        above = pitch > (pitch.min() + pitch.max()) / 2
        return int((above.diff()).sum())

    trills, warbles = (pitches(clips[f"{name}_{register}"]) for name in ("trill", "warble"))
    assert min(map(crossings, trills)) >= 10
    assert 2 <= min(map(crossings, warbles)) <= max(map(crossings, warbles)) <= 6
    for pitch in warbles:
        ends = torch.stack([pitch.min(), pitch.max()])
        assert ((pitch[:, None] - ends).abs().amin(dim=1) < 70).float().mean() > 0.7  # few values between the notes


def test_nothing_is_near_half_of_the_rate() -> None:
    """A tone that is folded back would be anywhere, so the multiples are followed up to where they fade out."""
    source = Chirps(num_samples=400, holdout=0.0)
    power = spectrum(normalise(source.load().train.samples, source.spec)[:, 0]).sum(dim=2)
    highest = power[:, round(0.47 * 256) :].amax(dim=1)
    assert (highest < 2e-4 * power.amax(dim=1)).all()
    for each in spectrum(normalise(source.load().train.samples, source.spec)[1::8, 0]):  # the high ones that rise
        loud = each[:, each.sum(dim=0) > 0.2 * each.sum(dim=0).max()]
        strongest, places = loud.max(dim=0)
        under = torch.stack([loud[: place - 10, time].max() for time, place in enumerate(places.tolist())])
        assert (under < 1e-3 * strongest).all()  # nothing below the tone itself


def test_calls_are_loud_begin_anywhere_and_stand_out_of_a_faint_noise(clips: dict[str, Tensor]) -> None:
    every = torch.cat(list(clips.values()))
    peaks = every.abs().amax(dim=1)
    assert peaks.min() > 0.58 and peaks.max() < 0.98
    begins = torch.stack([(clip.abs() > 0.05).nonzero()[0, 0] for clip in every]).float()
    assert begins.min() < 400 and begins.max() > 1000
    quiet = torch.cat([clip[: int(begin) - 200] for clip, begin in zip(every, begins, strict=True) if begin > 400])
    assert 20 * quiet.std().log10() == pytest.approx(-50.0, abs=0.5)
    assert len(every.unique(dim=0)) == len(every)


def test_a_longer_clip_holds_a_longer_call() -> None:
    for length in (256, 1000, 16384):
        source = Chirps(length=length, num_samples=8, sample_rate=16000, holdout=0.0)
        table = source.load().train
        assert table.samples.shape == (8, 1, length) and source.spec.sample_rate == 16000
        heard = table.samples.abs() > 1000
        assert ((0.4 * length < heard.sum(dim=2)) & (heard.sum(dim=2) < 0.8 * length)).all()


def test_the_seed_chooses_the_calls() -> None:
    first, again, other = (Chirps(num_samples=16, seed=seed).load().train.samples for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_two_thousand_clips_take_seconds() -> None:
    began = process_time()
    Chirps(num_samples=2000).load()
    assert process_time() - began < 5.0
