"""Spoken digits: which recordings are used, how they become clips, the download, and what is refused."""

from __future__ import annotations

import io
import os
import shutil
import struct
import tarfile
import threading
import wave
from collections.abc import Callable, Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gan_cli.data.fsdd import FSDD
from gan_cli.data.sound import fsdd_files
from gan_cli.data.sound.clips import clip_of, levelled, loudest
from gan_cli.data.sound.fsdd_files import find
from gan_cli.errors import SettingError, UserError

SPEAKERS = ("anna", "bert", "carl", "dora", "emil")
DEAD = "http://127.0.0.1:9/"  # the discard port: refuses at once


def wav(values: np.ndarray, *, rate: int = 8000, channels: int = 1, width: int = 2) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setframerate(rate)
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.writeframes(values.astype("<i2").tobytes())
    return buffer.getvalue()


def spoken(digit: int, speaker: int, number: int) -> bytes:
    """A recording that is a ramp up to a value that tells which it is."""
    return wav(np.linspace(0, 1000 * digit + 100 * speaker + number + 1, 300))


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A root with six recordings of each digit by two speakers, of which the last two are for training."""
    place = tmp_path / "data" / "fsdd"
    place.mkdir(parents=True)
    for digit in range(10):
        for who in range(2):
            for number in (0, 4, 5, 11):
                (place / f"{digit}_{SPEAKERS[who]}_{number}.wav").write_bytes(spoken(digit, who, number))
    for other in ("notes.wav", "10_anna_7.wav", "1_anna_07.wav", "1_anna_7.mp3"):
        (place / other).write_bytes(b"other")
    return tmp_path / "data"


def packed(names: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def whole() -> list[tuple[str, bytes]]:
    """The content of an archive like that of the release."""
    top = "free-spoken-digit-dataset-1.0.9"
    found = [
        (f"{top}/recordings/{digit}_{name}_{number}.wav", spoken(digit, who, number))
        for digit in range(10)
        for who, name in enumerate(SPEAKERS)
        for number in range(50)
    ]
    return [(f"{top}/README.md", b"read me"), *found, (f"{top}/../../evil.wav", b"x")]


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], list[str]]]:
    """A function that offers an archive on this machine and returns the list of requests."""
    asked: list[str] = []

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            asked.append(self.path)

    served = tmp_path / "served"
    served.mkdir()
    with HTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served))) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()

        def offer(archive: bytes) -> list[str]:
            (served / "v.tar.gz").write_bytes(archive)
            monkeypatch.setattr(fsdd_files, "ADDRESS", f"http://127.0.0.1:{server.server_port}/v.tar.gz")
            return asked

        yield offer
        server.shutdown()
        thread.join()


def message(source: FSDD, verb: str = "prepare") -> str:
    with pytest.raises(UserError) as error:
        getattr(source, verb)()
    assert len(str(error.value).splitlines()) <= 3
    return str(error.value)


def test_the_test_set_is_not_used_and_labels_are_digits(recordings: Path) -> None:
    source = FSDD(root=str(recordings), holdout=0.0, length=512, normalise="none")
    assert source.spec.shape == (1, 512) and source.spec.sample_rate == 8000
    assert source.spec.class_names == tuple("0123456789") and source.spec.num_classes == 10
    table = source.load().train
    assert table.samples.dtype == torch.int16 and table.samples.shape == (40, 1, 512)
    assert table.labels is not None and table.labels.tolist() == [digit for digit in range(10) for _ in range(4)]
    peaks = table.samples.amax(dim=2).flatten().tolist()
    assert peaks[:8] == [6, 12, 106, 112, 1006, 1012, 1106, 1112]
    assert (table.samples[..., 300:] == 0).all()


def test_some_digits_of_some_speakers(recordings: Path) -> None:
    source = FSDD(root=str(recordings), classes=[7, 2], speakers=["bert"], holdout=0.0, normalise="none")
    assert source.spec.class_names == ("7", "2")
    table = source.load().train
    assert table.labels is not None and table.labels.tolist() == [1, 1, 0, 0]
    assert table.samples.amax(dim=2).flatten().tolist() == [2106, 2112, 7106, 7112]
    with pytest.raises(
        SettingError, match=r"data.speakers=\[zoe,bert\]: there is no zoe in .*; names are anna and bert"
    ):
        FSDD(root=str(recordings), speakers=["zoe", "bert"]).prepare()
    with pytest.raises(SettingError, match="class numbers are 0 to 9"):
        FSDD(classes=[10])


def test_the_set_is_known_by_its_recordings(recordings: Path) -> None:
    whole, again = (FSDD(root=str(recordings), limit=9).load() for _ in range(2))
    assert whole.identity == again.identity and len(whole.train) == 9
    (recordings / "fsdd" / "3_carl_9.wav").write_bytes(spoken(3, 2, 9))
    assert FSDD(root=str(recordings), limit=9).load().identity != whole.identity


def test_clips_are_as_loud_as_can_be_unless_they_keep_their_level(recordings: Path) -> None:
    table = FSDD(root=str(recordings), holdout=0.0).load().train
    assert (table.samples.amax(dim=2) == 32767).all()
    assert levelled(np.array([0, -16384, 100], dtype=np.int16), "peak").tolist() == [0, -32767, 200]
    assert levelled(np.array([-32768, 1], dtype=np.int16), "peak").tolist() == [-32767, 1]
    for level in ("peak", "rms", "none"):
        assert levelled(np.zeros(3, dtype=np.int16), level).tolist() == [0, 0, 0]


def test_equal_loudness_is_minus_20_db_unless_a_value_would_exceed_full_scale() -> None:
    tone = np.tile(np.array([100, -100], dtype=np.int16), 50)
    assert levelled(tone, "rms").tolist()[:2] == [3277, -3277]
    click = np.array([0] * 1000 + [100], dtype=np.int16)
    assert levelled(click, "rms").max() == 32767
    assert levelled(np.array([40000.4, -40000.0, 1.6]), "none").tolist() == [32767, -32768, 2]


def test_the_loudness_of_a_short_recording_does_not_depend_on_the_silence_behind_it() -> None:
    tone = np.tile(np.array([100, -100], dtype=np.int16), 50)
    assert np.array_equal(clip_of(tone, 100, "rms"), clip_of(tone, 5000, "rms")[:100])


def test_long_recordings_are_cut_to_their_loudest_part() -> None:
    recording = np.array([9, 0, 0, 5, -8, 6, 1, 0], dtype=np.int16)
    assert loudest(recording, 3) == 3 and clip_of(recording, 3, "none").tolist() == [5, -8, 6]
    assert clip_of(recording, 8, "none").tolist() == recording.tolist()
    assert clip_of(recording, 10, "none").tolist()[8:] == [0, 0]
    assert loudest(np.array([-32768] * 9 + [0], dtype=np.int16), 9) == 0


def test_download_then_no_more_network(
    tmp_path: Path, serve: Any, whole: list[tuple[str, bytes]], capfd: pytest.CaptureFixture[str]
) -> None:
    asked = serve(packed(whole))
    root = tmp_path / "new" / "root"
    source = FSDD(root=str(root), holdout=0.1)
    source.prepare()
    assert [path.name for path in root.iterdir()] == ["free-spoken-digit-dataset-1.0.9"]
    assert len(list(root.rglob("*.wav"))) == 2500 and not list(tmp_path.rglob("evil*"))
    assert len(asked) == 1
    split = source.load()
    assert (len(split.train), len(split.holdout or ())) == (2025, 225)
    assert len(asked) == 1 and capfd.readouterr() == ("", "")


def ninth(change: Callable[[bytes], bytes]) -> Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]]:
    """What changes the content of one recording of an archive."""
    return lambda names: [*names[:9], (names[9][0], change(names[9][1])), *names[10:]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda names: names[:-300], "the archive has 2,201 recordings instead of 2,500"),
        (lambda names: [(name.replace("anna_49", "zoe_49"), data) for name, data in names], "49 recordings of 0 by a"),
        (ninth(lambda _: b"no sound at all"), "0_anna_8.wav: file does not start"),
        (ninth(lambda data: data[:-8]), "0_anna_8.wav: 296 of 300 values"),
        (ninth(lambda _: bytes(2**20 + 1)), "0_anna_8.wav: 1,048,577 bytes"),
        (lambda _: [], "the archive has 0 recordings"),
    ],
)
def test_an_archive_that_is_not_the_set_leaves_nothing_behind(
    tmp_path: Path, serve: Any, whole: list[tuple[str, bytes]], change: Any, words: str
) -> None:
    serve(packed(change(whole)))
    said = message(FSDD(root=str(tmp_path / "root")))
    assert words in said and "data=chirps" in said and str(tmp_path / "root" / "fsdd") in said
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("cut", [0, 1000])
def test_a_download_that_breaks_off_leaves_nothing_behind(
    tmp_path: Path, serve: Any, whole: list[tuple[str, bytes]], cut: int
) -> None:
    serve(packed(whole)[:cut] if cut else b"<html>not found</html>")
    assert "could not be downloaded" in message(FSDD(root=str(tmp_path / "root")))
    assert not (tmp_path / "root").exists()


def test_the_network_is_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fsdd_files, "ADDRESS", DEAD)
    (tmp_path / "fsdd").mkdir()
    said = message(FSDD(root=str(tmp_path)))
    assert "refused" in said and f"into {tmp_path / 'fsdd'}\n" in said
    assert list(tmp_path.iterdir()) == [tmp_path / "fsdd"]


def test_remains_in_the_place_of_the_set_are_named_before_anything_is_downloaded(tmp_path: Path, serve: Any) -> None:
    asked, place = serve(b""), tmp_path / "free-spoken-digit-dataset-1.0.9" / "recordings"
    place.mkdir(parents=True)
    assert f"{place} is there, but incomplete; delete it first" in message(FSDD(root=str(tmp_path)))
    assert asked == [] and place.is_dir()


def test_a_download_that_another_process_has_finished_first_is_left_out(
    tmp_path: Path, serve: Any, whole: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(packed(whole))
    root = tmp_path / "root"
    place = root / "free-spoken-digit-dataset-1.0.9" / "recordings"
    verified = fsdd_files._verify

    def meanwhile(unpacked: Path) -> None:
        verified(unpacked)
        shutil.copytree(unpacked, place)

    monkeypatch.setattr(fsdd_files, "_verify", meanwhile)
    FSDD(root=str(root)).prepare()
    assert len(list(place.glob("*.wav"))) == 2500 and sorted(root.iterdir()) == [place.parent]


def test_nothing_is_fetched_into_a_folder_that_a_stranger_named(tmp_path: Path, serve: Any) -> None:
    asked = serve(b"")
    source = FSDD(root=str(tmp_path / "root"))
    source.may_fetch = False
    assert "nothing is downloaded there" in message(source) and asked == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (wav(np.ones(300), rate=16000), "16000 Hz, 1 channels, 16 bits"),
        (wav(np.ones(300), channels=2), "8000 Hz, 2 channels, 16 bits"),
        (wav(np.ones(0)), "0 of 0 values"),
        (wav(np.ones(300))[:-2], "299 of 300 values"),
        (wav(np.ones(300))[:20], ""),
        (b"", "it ends too soon"),
        (b"RIFF" + struct.pack("<I", 4) + b"WAVE", "missing"),
    ],
)
def test_damaged_recordings_are_named(recordings: Path, content: bytes, words: str) -> None:
    (recordings / "fsdd" / "4_anna_5.wav").write_bytes(content)
    said = message(FSDD(root=str(recordings)), "load")
    assert "is damaged (4_anna_5.wav: " in said and words in said and "Delete" in said


def test_a_digit_without_recordings_for_training(recordings: Path) -> None:
    for path in (recordings / "fsdd").glob("6_*"):
        path.unlink()
    assert "no recordings like 6_<name>_5.wav" in message(FSDD(root=str(recordings)))
    FSDD(root=str(recordings), classes=[5]).prepare()


def test_constructors_do_no_input_or_output(tmp_path: Path) -> None:
    assert FSDD(root=str(tmp_path / "nowhere"), classes=[3]).spec.class_names == ("3",)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(
    "GAN_DATA_ROOT" not in os.environ or find(Path(os.environ["GAN_DATA_ROOT"])) is None,
    reason="set GAN_DATA_ROOT to a folder that holds the recordings in fsdd",
)
def test_the_real_recordings() -> None:
    split = FSDD().load()
    total = len(split.train) + len(split.holdout or ())
    assert total in (2250, 2700)
    assert split.train.labels is not None and split.train.labels.bincount().min() > 0.08 * len(split.train)
    assert (split.train.samples.abs().amax(dim=2) == 32767).all()
    assert 0.5 < (split.train.samples[..., -1] == 0).float().mean() < 0.9, "three quarters are shorter than a clip"
