"""Sounds of one's own: every format, what becomes of flaws, what is held out, and what is refused."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor

from gan_cli.data.base import Split, split_of
from gan_cli.data.sound import sound_files, sound_plan
from gan_cli.data.sounds import Sounds
from gan_cli.errors import SettingError, UserError

RATE = 8000


def tone(length: int = 1000, *, pitch: float = 440.0, level: float = 0.5, rate: int = RATE) -> np.ndarray:
    return level * np.sin(2.0 * math.pi * pitch * np.arange(length) / rate)


def save(path: Path, values: np.ndarray, rate: int = RATE, **how: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, values, rate, **how)
    return path


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    caplog.set_level(logging.INFO)
    return lambda: "\n".join(record.getMessage() for record in caplog.records)


def load(root: Path, **settings: object) -> Split:
    source = Sounds(root=str(root), **{"holdout": 0.0, "length": 1000, **settings})  # type: ignore[arg-type]
    source.prepare()
    return split_of(source)


def samples(root: Path, **settings: object) -> Tensor:
    table = load(root, **settings).train
    assert table.samples.dtype == torch.int16  # type: ignore[union-attr]
    return table.samples  # type: ignore[union-attr]


def refused(root: Path, **settings: object) -> str:
    with pytest.raises(UserError) as error:
        load(root, **settings)
    assert len(str(error.value).splitlines()) <= 3
    return str(error.value)


def likeness(clip: Tensor, wave: np.ndarray) -> float:
    """Cosine of the angle between a clip and a wave."""
    return torch.cosine_similarity(clip.double().flatten(), torch.from_numpy(wave).flatten(), dim=0).item()


@pytest.mark.parametrize(
    ("suffix", "how"),
    [
        (".wav", {"subtype": "PCM_16"}),
        (".wav", {"subtype": "PCM_U8"}),
        (".wav", {"subtype": "PCM_24"}),
        (".WAV", {"subtype": "PCM_32", "format": "WAV"}),
        (".wav", {"subtype": "FLOAT"}),
        (".wav", {"subtype": "DOUBLE"}),
        (".wav", {"subtype": "ALAW"}),
        (".wav", {"subtype": "ULAW"}),
        (".wav", {"subtype": "IMA_ADPCM"}),
        (".wav", {"subtype": "PCM_16", "format": "WAVEX"}),
        (".wav", {"subtype": "PCM_16", "endian": "BIG"}),
        (".wav", {"format": "NIST"}),
        (".rf64", {}),
        (".w64", {}),
        (".flac", {}),
        (".flac", {"subtype": "PCM_24"}),
        (".ogg", {}),
        (".opus", {"format": "OGG", "subtype": "OPUS"}),
        (".mp3", {}),
        (".aiff", {}),
        (".au", {}),
        (".caf", {}),
        (".voc", {}),
    ],
)
def test_every_format(tmp_path: Path, suffix: str, how: dict[str, str]) -> None:
    save(tmp_path / f"a{suffix}", tone(4000), **how)
    clip = samples(tmp_path, slices="all")[1, 0]
    assert clip.abs().max() == 32767
    best = max(likeness(clip, tone(4000)[begin : begin + 1000]) for begin in range(1000, 1019))
    assert best > (0.9 if suffix in (".ogg", ".opus", ".mp3") else 0.999), best


def test_class_folders_of_several_formats_rates_and_channels(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "robin" / "a.wav", tone(1500))
    save(tmp_path / "robin" / "b.flac", tone(700))
    save(tmp_path / "wren" / "c.aiff", np.stack([tone(), tone()], axis=1))
    save(tmp_path / "wren" / "d.wav", tone(6000, rate=48000), 48000)
    (tmp_path / "wren" / "e.m4a").write_bytes(b"other")
    (tmp_path / "wren" / "notes.txt").write_text("to do")
    source = Sounds(root=str(tmp_path), holdout=0.0, length=1000)
    assert source.spec.shape == (1, 1000) and source.spec.sample_rate == RATE
    assert source.spec.class_names == ("robin", "wren") and source.spec.num_classes == 2
    table = load(tmp_path).train
    assert table.samples.shape == (4, 1, 1000) and table.labels is not None
    assert table.labels.tolist() == [0, 0, 1, 1]
    assert all(likeness(table.samples[row], tone()) > 0.98 for row in (0, 2, 3))
    assert (table.samples[1, 0, 700:] == 0).all()
    said = told()
    assert "4 clips of 1,000 values at 8000 Hz (0.125 s), 2 classes (robin 2, wren 2); 4 train, 0 held out" in said
    assert "1 file resampled from 48000 Hz; the channels of 1 file averaged (data.channels=2 keeps two)" in said
    assert "1 clip filled up with silence" in said
    assert "skipped 1 .m4a (not supported; convert it to .flac), 1 .txt" in said
    assert load(tmp_path, classes=["wren"]).train.labels.tolist() == [0, 0]  # type: ignore[union-attr]
    assert "there is no class owl; class numbers are 0 to 1, the classes are robin, wren" in refused(
        tmp_path, classes=["owl"]
    )


@pytest.mark.parametrize("rate", [44100, 22050, 96000, 11025, 4000])
def test_a_part_of_a_resampled_file_is_that_part_of_the_sound(tmp_path: Path, rate: int) -> None:
    save(tmp_path / "a.wav", tone(rate, rate=rate, pitch=300.0), rate)
    clips = samples(tmp_path, slices="all", sample_rate=RATE, normalise="none", length=1600)
    assert clips.shape == (5, 1, 1600)
    wave = torch.from_numpy(tone(8000, pitch=300.0)).reshape(5, 1600)
    error = (clips[:, 0].double() / 32768 - wave).abs()
    assert error[1:4].max() < 0.01, "parts are filtered with what is around them"
    assert error[0, 30:].max() < 0.01 and error[4, :-30].max() < 0.01, "only the ends of the file are not"


def test_the_commonest_rate_is_taken_and_of_equal_ones_the_lowest(tmp_path: Path, told: Callable[[], str]) -> None:
    for name, rate in {"a": 8000, "b": 16000, "c": 16000, "d": 22050}.items():
        save(tmp_path / f"{name}.wav", tone(4000), rate)
    assert Sounds(root=str(tmp_path)).spec.sample_rate == 16000
    load(tmp_path)
    assert "2 files resampled from 8000 to 22050 Hz, 1 of them upwards, which adds no high pitches" in told()
    (tmp_path / "c.wav").unlink()
    assert Sounds(root=str(tmp_path)).spec.sample_rate == 8000


def test_slices(tmp_path: Path) -> None:
    path = save(tmp_path / "a.wav", np.repeat([0.1, -0.2, 0.4, -0.8], 1000) * np.tile([1.0, 0.5], 2000))

    def peaks(**settings: object) -> list[float]:
        found = samples(path, normalise="none", **settings).int()
        return [round(value, 1) for value in (found.amax(dim=2) - found.amin(dim=2)).flatten().div(16384).tolist()]

    assert peaks(slices="first") == [0.1] and peaks(slices="all") == [0.1, 0.2, 0.4, 0.8]
    assert peaks(slices="all", length=1300) == [0.6, 1.2, 2.4]
    once, again = (samples(path, slices="random", length=300) for _ in range(2))
    assert torch.equal(once, again) and once.shape == (1, 1, 300)
    for name in "bcdefgh":
        save(tmp_path / f"{name}.wav", tone(5000))
    found = samples(tmp_path, slices="random", length=300)
    assert torch.equal(found[0], once[0]), "more files do not move the part of another one"
    assert len({tuple(clip[0, :3].tolist()) for clip in found}) == 8


def test_clips_are_held_out_by_file(tmp_path: Path) -> None:
    for number in range(10):
        save(tmp_path / f"{number}.wav", tone(4000, level=0.05 * (number + 1)))
    split = load(tmp_path, slices="all", holdout=0.2, normalise="none")
    assert split.holdout is not None and (len(split.train), len(split.holdout)) == (32, 8)

    def levels(part: object) -> set[int]:
        return {round(peak / 1638.4) for peak in part.samples.amax(dim=2).flatten().tolist()}  # type: ignore[attr-defined]

    held, trained = levels(split.holdout), levels(split.train)
    assert len(held) == 2 and held | trained == set(range(1, 11)) and not held & trained
    few = load(tmp_path, slices="all", holdout=0.2, limit=5, normalise="none")
    assert len(few.train) == 5 and torch.equal(few.holdout.samples, split.holdout.samples)  # type: ignore[union-attr]
    again = load(tmp_path, slices="all", holdout=0.2, limit=5, normalise="none")
    assert torch.equal(few.train.samples, again.train.samples)  # type: ignore[union-attr]
    (held_file,) = load(tmp_path, holdout=0.05).holdout.samples  # type: ignore[union-attr]
    assert held_file.shape == (1, 1000)


def test_of_long_held_out_files_drawn_clips_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        save(tmp_path / f"{number}.wav", tone(20_000, level=0.1 * (number + 1)))
    whole = load(tmp_path, slices="all", holdout=0.5, limit=3, normalise="none")
    assert whole.holdout is not None and len(whole.holdout) == 40
    monkeypatch.setattr(sound_plan, "_MOST", 8 * 10 * 2_000)  # ten clips of 1,000 values may be held out
    some = load(tmp_path, slices="all", holdout=0.5, limit=3, normalise="none")
    assert some.holdout is not None and len(some.holdout) == 10
    kept = {tuple(clip) for clip in whole.holdout.samples[:, 0].tolist()}  # type: ignore[union-attr]
    assert {tuple(clip) for clip in some.holdout.samples[:, 0].tolist()} <= kept  # type: ignore[union-attr]
    assert torch.equal(whole.train.samples, some.train.samples)  # type: ignore[union-attr]


def test_a_held_out_file_whose_drawn_clip_is_silent_gives_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        save(tmp_path / f"{number}.wav", np.concatenate([np.zeros(9_000), tone(1_000, level=0.1 * (number + 1))]))
    monkeypatch.setattr(sound_plan, "_MOST", 8 * 2 * 2_000)  # a clip of each of two files may be held out
    split = load(tmp_path, slices="all", holdout=0.5, limit=2, normalise="none")
    assert split.holdout is not None and len(split.holdout) == 2


def test_silent_and_broken_files_do_not_use_up_the_held_out_share_or_the_limit(tmp_path: Path) -> None:
    for number in range(12):
        values = tone(3000) if number % 2 else np.zeros(3000)
        save(tmp_path / f"{number:02}.wav", values)
    split = load(tmp_path, slices="all", holdout=0.25, limit=7)
    assert len(split.train) == 7 and len(split.holdout) == 9  # type: ignore[arg-type]


def test_levels_of_clips(tmp_path: Path) -> None:
    save(tmp_path / "a.wav", tone(level=0.01))
    save(tmp_path / "b.wav", tone(level=0.9))
    assert samples(tmp_path).abs().amax(dim=2).flatten().tolist() == [32767, 32767]
    equal = samples(tmp_path, normalise="rms").double().square().mean(dim=2).sqrt().flatten()
    assert equal.tolist() == pytest.approx([3276.7, 3276.7], rel=0.01)
    kept = samples(tmp_path, normalise="none").abs().amax(dim=2).flatten()
    assert kept.tolist() == pytest.approx([328, 29490], rel=0.01)


def test_short_files_are_filled_up_counted_and_the_usual_length_is_told(
    tmp_path: Path, told: Callable[[], str]
) -> None:
    for number in range(3):
        save(tmp_path / f"{number}.wav", tone(600 + number))
    save(tmp_path / "long.wav", tone(5000))
    found = samples(tmp_path, length=2048)
    assert (found[:3, 0, 610:] == 0).all()
    assert "3 clips filled up with silence (half of the files have at most 601 values)" in told()


def test_silence_is_left_out_and_counted(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "a.wav", tone())
    save(tmp_path / "b.wav", tone(level=0.0005), subtype="FLOAT")
    save(tmp_path / "c.wav", np.zeros(1000))
    save(tmp_path / "d.wav", np.full(1000, 0.3))
    assert len(samples(tmp_path)) == 1 and "left out 3 clips below -60 dB" in told()
    assert len(samples(tmp_path, min_level=-80)) == 2 and len(samples(tmp_path, min_level=None)) == 4


def test_all_silent(tmp_path: Path) -> None:
    for name in "ab":
        save(tmp_path / f"{name}.wav", np.zeros(1000))
    said = refused(tmp_path)
    assert "nothing is left to train on: 2 clips below data.min_level=-60 dB.\n" in said
    assert "data.min_level=null keeps silence" in said
    assert (samples(tmp_path, min_level=None) == 0).all()


def test_channels_that_cancel_each_other(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "a.wav", np.stack([tone(), -tone()], axis=1))
    said = refused(tmp_path)
    assert "\n1 clip of several channels, whose mean is silent" in said and "use data.channels=2" in said
    both = samples(tmp_path, channels=2)
    assert both.shape == (1, 2, 1000) and (both[0, 0] + both[0, 1]).abs().max() <= 2
    save(tmp_path / "b.wav", tone())
    assert len(samples(tmp_path)) == 1
    assert "left out 1 clip of several channels, whose mean is silent though they are not; data.channels=2" in told()


def test_two_channels(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "a.wav", tone())
    save(tmp_path / "b.wav", np.stack([tone(), tone(level=0.25), tone(pitch=900.0)], axis=1))
    found = samples(tmp_path, channels=2)
    assert torch.equal(found[0, 0], found[0, 1])
    assert found[1].abs().amax(dim=1).tolist() == pytest.approx([32767, 16384], rel=0.01)
    assert "1 file of one channel copied to both" in told()
    assert Sounds(root=str(tmp_path), channels=2, length=1000).spec.shape == (2, 1000)


def test_an_offset_is_removed(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "a.wav", 0.3 + tone(800, level=0.1, pitch=400.0))
    clip = samples(tmp_path, normalise="none")[0, 0]
    assert abs(clip.double().mean().item()) < 2 and clip.max() == pytest.approx(3277, rel=0.01)
    assert (clip[800:] == 0).all(), "the silence that is added has no offset"
    assert "an offset of up to 0.3 removed from 1 clip" in told()


def test_recordings_that_were_cut_off_are_counted(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "a.wav", tone(level=3.0).clip(-1.0, 1.0))
    save(tmp_path / "b.wav", tone(level=0.999))
    save(tmp_path / "c.wav", np.repeat([0.5, -0.5] * 20, 25))
    assert len(samples(tmp_path)) == 3
    assert "1 clip cut off at full scale by the recorder" in told()


def test_floats_beyond_full_scale(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "a.wav", tone(level=300.0), subtype="FLOAT")
    assert likeness(samples(tmp_path)[0], tone()) > 0.9999
    assert "beyond full scale" not in told()
    assert samples(tmp_path, normalise="none").aminmax() == (-32768, 32767)
    assert "1 clip beyond full scale cut off (data.normalise=peak keeps the whole wave)" in told()


def damaged(folder: Path) -> dict[str, str]:
    """Files that cannot be read, and what is said about each."""
    bad = np.where(np.arange(1000) == 700, np.nan, tone())
    save(folder / "nan.wav", bad, subtype="FLOAT")
    save(folder / "inf.wav", np.where(np.isnan(bad), np.inf, bad), subtype="DOUBLE")
    save(folder / "empty.wav", np.zeros(0))
    (folder / "bytes.mp3").write_bytes(b"")
    (folder / "text.wav").write_text("this is no sound\n" * 100)
    flac = save(folder / "cut.flac", np.random.RandomState(0).uniform(-1, 1, 5000)).read_bytes()
    (folder / "cut.flac").write_bytes(flac[: len(flac) // 2])
    (folder / "head.wav").write_bytes(save(folder / "head.wav", tone()).read_bytes()[:20])
    return {
        "nan.wav": "some of its values are NaN or infinite",
        "inf.wav": "some of its values are NaN or infinite",
        "empty.wav": "it holds no sound",
        "bytes.mp3": "",
        "text.wav": "Format not recognised",
        "cut.flac": "",
        "head.wav": "",
    }


def test_what_cannot_be_read_is_skipped_with_one_line(tmp_path: Path, told: Callable[[], str]) -> None:
    broken = damaged(tmp_path)
    for number in range(3):
        save(tmp_path / f"good{number}.wav", tone())
    assert len(samples(tmp_path)) == 3
    lines = [line for line in told().splitlines() if "cannot be read" in line]
    assert len(lines) == 1 and lines[0].startswith(f"skipped {len(broken)} of {len(broken) + 3} files that cannot be")
    assert "(bytes.mp3: " in lines[0] and "[Errno" not in lines[0] and str(tmp_path) not in lines[0]


def test_each_damaged_file_is_refused_alone(tmp_path: Path) -> None:
    for name, reason in damaged(tmp_path).items():
        said = refused(tmp_path / name)
        assert f"it cannot be read ({name}: {reason}" in said and "Expected .wav, .flac, " in said, said
        assert "LibsndfileError" not in said and ": )" not in said
    assert "none of the 7 files can be read (first: bytes.mp3: " in refused(tmp_path)


def test_a_file_that_ends_early_is_used_as_far_as_it_goes(tmp_path: Path, told: Callable[[], str]) -> None:
    whole = save(tmp_path / "a.wav", tone(2000)).read_bytes()
    (tmp_path / "a.wav").write_bytes(whole[: len(whole) // 2])
    found = samples(tmp_path, length=1500)
    assert found[0, 0, 900].abs() > 0 or found[0, 0, 901].abs() > 0
    assert (found[0, 0, 1000:] == 0).all() and "1 clip filled up with silence" in told()


def test_an_mp3_that_ends_early(tmp_path: Path, told: Callable[[], str], capfd: pytest.CaptureFixture[str]) -> None:
    whole = save(tmp_path / "a.mp3", tone(80_000)).read_bytes()
    (tmp_path / "a.mp3").write_bytes(whole[: len(whole) // 2])
    assert len(samples(tmp_path, length=8000)) == 1
    assert "ends before" not in told()
    assert samples(tmp_path, length=60_000).shape == (1, 1, 60_000)
    assert "1 file ends before the header says" in told()
    capfd.readouterr()  # libsndfile's decoder writes a warning of its own


def test_of_a_long_file_only_the_part_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hours: a sparse file of zeros with a tone where the part lies."""
    path = save(tmp_path / "a.wav", tone(4000))
    seconds = 3 * 3600
    content = bytearray(path.read_bytes())
    size = 2 * RATE * seconds
    content[4:8], content[40:44] = (size + 36).to_bytes(4, "little"), size.to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with path.open("r+b") as file:
        file.truncate(size + 44)
    read: list[int] = []
    plain = soundfile.SoundFile.read

    def counting(sound: soundfile.SoundFile, frames: int, **how: object) -> object:
        read.append(frames)
        return plain(sound, frames, **how)

    monkeypatch.setattr(soundfile.SoundFile, "read", counting)
    assert len(samples(path)) == 1 and read == [1000]
    load(path, slices="random", min_level=None)
    assert read == [1000, 1000]
    load(path, slices="all", limit=3, min_level=None)
    assert read == [1000] * 5
    assert sound_files.headers_of(tmp_path, ()).good == {}


def test_too_many_clips_for_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "a.wav", tone(50_000))
    monkeypatch.setattr(sound_plan, "_MOST", 40_000)
    said = refused(path, slices="all")
    assert "data.limit=null: 50 clips take 0.0 GiB" in said and "use data.limit=20 or less" in said
    assert len(samples(path, slices="all", limit=20)) == 20
    save(tmp_path / "b.wav", tone(50_000))
    monkeypatch.setattr(sound_plan, "_SHARE_HELD", 1)
    assert "data.holdout=0.5: 70 clips take" in refused(tmp_path, slices="all", holdout=0.5)


def test_one_file_cannot_be_held_out_and_trained_on(tmp_path: Path) -> None:
    path = save(tmp_path / "a.wav", tone(5000))
    assert "data.holdout=0.1: holds out the only file, and clips are held out by file" in refused(path, holdout=0.1)
    assert len(samples(path, slices="all")) == 5
    save(tmp_path / "b.wav", tone(5000))
    assert "leaves none of 2 files to train on" in refused(tmp_path, holdout=0.9)


def test_folders_without_sounds(tmp_path: Path) -> None:
    assert "there are no sounds in this folder.\nExpected .wav, .flac, .ogg" in refused(tmp_path)
    (tmp_path / "a.wma").touch()
    (tmp_path / "b.mid").touch()
    said = refused(tmp_path)
    assert "(skipped 1 .mid (notes, not sound), 1 .wma (not supported; convert it to .flac))" in said
    assert ".wma is not supported; convert it to .flac.\nExpected" in refused(tmp_path / "a.wma")
    assert "does not exist; name the folder of your sounds" in refused(tmp_path / "none")
    with pytest.raises(SettingError, match="root=null: name the folder of your sounds"):
        Sounds()


def test_constructing_looks_at_no_file(tmp_path: Path) -> None:
    assert Sounds(root=str(tmp_path / "nowhere")) is not None


def test_the_set_is_identified_by_the_names_and_sizes_of_its_files(tmp_path: Path) -> None:
    save(tmp_path / "a.wav", tone())
    first = load(tmp_path).identity
    assert first == load(tmp_path).identity and first is not None
    save(tmp_path / "b.wav", tone())
    assert load(tmp_path).identity != first


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("sample_rate=0", "must be >= 1000 and <= 384000, or null"),
        ("length=0", "must be >= 256 and <= 1048576"),
        ("channels=3", "must be one of 1, 2"),
        ("slices=last", "must be one of first, random, all"),
        ("normalise=lufs", "must be one of peak, rms, none"),
        ("min_level=6", "must be >= -120 and <= 0, or null"),
        ("holdout=1", "must be >= 0 and < 1"),
        ("limit=0", "must be >= 2, or null"),
    ],
)
def test_settings_out_of_range(gan: Callable[..., object], tmp_path: Path, setting: str, words: str) -> None:
    save(tmp_path / "birds" / "a.wav", tone())
    result = gan("train", "data=sounds", f"data.root={tmp_path / 'birds'}", f"data.{setting}", "trainer.steps=1")
    assert result.code == 2 and f"data.{setting}" in result.err and words in result.err, result.err  # type: ignore[attr-defined]
    assert len(result.err.splitlines()) <= 3 and not (tmp_path / "outputs").exists()  # type: ignore[attr-defined]


def test_a_command_refuses_in_three_lines_with_code_2(gan: Callable[..., object], tmp_path: Path) -> None:
    (tmp_path / "birds").mkdir()
    (tmp_path / "birds" / "a.wav").write_text("no sound")
    result = gan("train", "data=sounds", f"data.root={tmp_path / 'birds'}", "trainer.steps=1")
    assert result.code == 2 and "Format not recognised" in result.err, result.err  # type: ignore[attr-defined]
    assert len(result.err.splitlines()) <= 3 and not (tmp_path / "outputs").exists()  # type: ignore[attr-defined]
