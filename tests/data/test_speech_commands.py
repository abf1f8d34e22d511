"""Speech Commands: downloaded from a stand-in, verified, which recordings are used and held out, what is refused."""

from __future__ import annotations

import gc
import hashlib
import io
import tarfile
import threading
import warnings
import wave
from collections.abc import Callable, Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gan_cli.config.targets import resolve_trusted
from gan_cli.data.sound import speech_commands_files
from gan_cli.data.sound.speech_commands_files import ADDRESS, DIGITS, FOLDER, SHA256, WORDS
from gan_cli.data.speech_commands import SpeechCommands
from gan_cli.errors import SettingError, UserError
from gan_cli.session.assemble import Parts

DEAD = "http://127.0.0.1:9/"  # the discard port: refuses at once
PEOPLE = ("0a0a0a0a", "1b1b1b1b", "2c2c2c2c", "3d3d3d3d", "4e4e4e4e", "5f5f5f5f")
"""The third one is in the test list, the fourth one in the validation list."""


def wav(value: int, *, rate: int = 16000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setframerate(rate)
        file.setnchannels(1)
        file.setsampwidth(2)
        file.writeframes(np.linspace(0, value, 300).astype("<i2").tobytes())
    return buffer.getvalue()


def files(words: tuple[str, ...] = (*DIGITS, "yes")) -> dict[str, bytes]:
    """What is in the archive: two recordings of each word by each person, whose peaks tell word and person."""
    lists = {"testing_list.txt": PEOPLE[2], "validation_list.txt": PEOPLE[3]}
    found = {
        name: "".join(f"{word}/{person}_nohash_{take}.wav\n" for word in words for take in (0, 1)).encode()
        for name, person in lists.items()
    }
    for number, word in enumerate(words):
        for who, person in enumerate(PEOPLE):
            found |= {f"{word}/{person}_nohash_{take}.wav": wav(1000 * number + 100 * who + 50) for take in (0, 1)}
    return found | {"_background_noise_/pink_noise.wav": wav(9), "LICENSE": b"CC BY 4.0"}


def packed(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in {**content, "../evil.wav": b"x", "zero/../../evil_nohash_0.wav": b"x"}.items():
            member = tarfile.TarInfo(f"./{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """A root that has the set."""
    for name, data in files().items():
        path = tmp_path / "data" / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "data"


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
            monkeypatch.setattr(speech_commands_files, "ADDRESS", f"http://127.0.0.1:{server.server_port}/v.tar.gz")
            monkeypatch.setattr(speech_commands_files, "SHA256", hashlib.sha256(archive).hexdigest())
            return asked

        yield offer
        server.shutdown()
        thread.join()


def refused(source: SpeechCommands) -> str:
    with pytest.raises(UserError) as error:
        source.load()
    assert len(str(error.value).splitlines()) <= 3
    return str(error.value)


def people_in(table: Any) -> set[int]:
    return {peak % 1000 // 100 for peak in table.samples.amax(dim=2).flatten().tolist()}


def test_download_then_no_more_network(
    tmp_path: Path, serve: Callable[[bytes], list[str]], capfd: pytest.CaptureFixture[str]
) -> None:
    asked = serve(packed(files()))
    root = tmp_path / "new" / "root"
    source = SpeechCommands(root=str(root), normalise="none", length=512)
    assert not root.exists() and source.spec.shape == (1, 512) and source.spec.sample_rate == 16000
    assert source.spec.class_names == DIGITS and source.spec.num_classes == 10
    source.prepare()
    assert [path.name for path in root.iterdir()] == [FOLDER]
    assert {path.name for path in (root / FOLDER).iterdir()} == {
        *DIGITS,
        "yes",
        "testing_list.txt",
        "validation_list.txt",
    }
    assert not list(tmp_path.rglob("evil*")) and len(asked) == 1
    split = source.load()
    SpeechCommands(root=str(root)).prepare()
    assert len(asked) == 1 and capfd.readouterr() == ("", "")
    assert split.holdout is not None and (len(split.train), len(split.holdout)) == (80, 20)
    assert people_in(split.train) == {0, 1, 4, 5} and people_in(split.holdout) == {3}
    table = split.train
    assert table.samples.dtype == torch.int16 and table.samples.shape == (80, 1, 512)  # type: ignore[union-attr]
    assert table.labels.tolist() == [label for label in range(10) for _ in range(8)]  # type: ignore[union-attr]
    words = (table.samples.amax(dim=2).flatten() // 1000).tolist()  # type: ignore[union-attr]
    assert words == table.labels.tolist()  # type: ignore[union-attr]


def test_words_of_ones_own(unpacked: Path) -> None:
    source = SpeechCommands(root=str(unpacked), words=["yes", "two"], normalise="none")
    assert source.spec.class_names == ("yes", "two")
    table = source.load().train
    assert (table.samples.amax(dim=2).flatten() // 1000).tolist() == [10] * 8 + [2] * 8  # type: ignore[union-attr]
    assert table.labels.tolist() == [0] * 8 + [1] * 8  # type: ignore[union-attr]
    assert len(SpeechCommands(words="all").spec.class_names or ()) == 35


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "names no word"),
        (["zero", "ten"], "there is no word ten; words are zero, one, "),
        (["zero", "zero"], "names a word twice"),
        (["_background_noise_"], "there is no word _background_noise_"),
    ],
)
def test_words_that_do_not_exist(words: list[str], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        SpeechCommands(words=words)


def test_a_share_holds_out_people(unpacked: Path) -> None:
    split = SpeechCommands(root=str(unpacked), holdout=0.3, normalise="none").load()
    assert split.holdout is not None and len(split.train) + len(split.holdout) == 100
    held, trained = people_in(split.holdout), people_in(split.train)
    assert len(held) == 2 and held | trained == {0, 1, 3, 4, 5} and not held & trained
    assert SpeechCommands(root=str(unpacked), holdout=0.0).load().holdout is None
    assert "data.holdout=0.99: leaves none of 100 recordings" in refused(
        SpeechCommands(root=str(unpacked), holdout=0.99)
    )


def test_a_limit_reads_only_what_is_used(unpacked: Path) -> None:
    once, again = (SpeechCommands(root=str(unpacked), limit=7).load() for _ in range(2))
    assert len(once.train) == 7 and len(once.holdout or ()) == 20
    assert torch.equal(once.train.samples, again.train.samples)  # type: ignore[union-attr]
    assert once.identity == again.identity != SpeechCommands(root=str(unpacked)).load().identity


def test_where_torchaudio_puts_it(unpacked: Path) -> None:
    (unpacked / "SpeechCommands").mkdir()
    (unpacked / FOLDER).rename(unpacked / "SpeechCommands" / FOLDER)
    assert len(SpeechCommands(root=str(unpacked)).load().train) == 80


def test_an_archive_put_there_by_hand_needs_no_network(
    tmp_path: Path, serve: Callable[[bytes], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = packed(files())
    asked = serve(archive)
    root = tmp_path / "root"
    root.mkdir()
    (root / "speech_commands_v0.02.tar.gz").write_bytes(archive[:2000])
    assert "a file has the wrong checksum" in refused(SpeechCommands(root=str(root)))
    assert [path.name for path in root.iterdir()] == ["speech_commands_v0.02.tar.gz"]
    (root / "speech_commands_v0.02.tar.gz").write_bytes(archive)
    assert len(SpeechCommands(root=str(root)).load().train) == 80 and asked == []


@pytest.mark.parametrize("cut", [0, 1000])
def test_a_download_that_breaks_off_leaves_nothing_behind(
    tmp_path: Path, serve: Callable[[bytes], list[str]], cut: int
) -> None:
    serve(packed(files())[:cut] if cut else b"<html>not found</html>")
    assert "could not be downloaded" in refused(SpeechCommands(root=str(tmp_path / "root")))
    assert not (tmp_path / "root").exists()


def test_a_wrong_checksum_leaves_nothing_behind(
    tmp_path: Path, serve: Callable[[bytes], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(packed(files()))
    monkeypatch.setattr(speech_commands_files, "SHA256", SHA256)
    assert "a file has the wrong checksum" in refused(SpeechCommands(root=str(tmp_path / "root")))
    assert not (tmp_path / "root").exists()


def test_a_recording_that_is_far_too_large(tmp_path: Path, serve: Callable[[bytes], list[str]]) -> None:
    serve(packed({**files(), "zero/0a0a0a0a_nohash_7.wav": bytes(2**20 + 1)}))
    assert "0a0a0a0a_nohash_7.wav: 1,048,577 bytes" in refused(SpeechCommands(root=str(tmp_path / "root")))


def test_the_network_is_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(speech_commands_files, "ADDRESS", DEAD)
    said = refused(SpeechCommands(root=str(tmp_path)))
    assert f"Speech Commands is not in {tmp_path} and could not be downloaded" in said and "refused" in said
    assert "Put speech_commands_v0.02.tar.gz, or a folder speech_commands_v0.02 with what is in it, into" in said
    assert "data=chirps" in said and list(tmp_path.iterdir()) == []


def test_an_archive_that_is_gone(tmp_path: Path, serve: Callable[[bytes], list[str]]) -> None:
    serve(b"")
    (tmp_path / "served" / "v.tar.gz").unlink()
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        assert "HTTP Error 404" in refused(SpeechCommands(root=str(tmp_path / "root")))
        gc.collect()  # urllib leaves the socket of a refusal to the collector: let it complain here and now
    assert not (tmp_path / "root").exists()


def test_what_is_published() -> None:
    assert ADDRESS.startswith("https://") and ADDRESS.endswith("/speech_commands_v0.02.tar.gz")
    assert len(SHA256) == 64 and int(SHA256, 16) and len(set(WORDS)) == 35


def test_damaged_and_missing_recordings_are_named(unpacked: Path) -> None:
    bad = unpacked / FOLDER / "two" / "0a0a0a0a_nohash_0.wav"
    bad.write_bytes(wav(9, rate=8000))
    said = refused(SpeechCommands(root=str(unpacked)))
    assert "is damaged (0a0a0a0a_nohash_0.wav: 8000 Hz, 1 channels, 16 bits)" in said and "Delete" in said
    for path in (unpacked / FOLDER / "six").iterdir():
        path.unlink()
    assert "has no recordings of six" in refused(SpeechCommands(root=str(unpacked)))
    SpeechCommands(root=str(unpacked), words=["yes"]).prepare()


def test_nothing_is_fetched_into_a_folder_that_a_stranger_named(
    tmp_path: Path, serve: Callable[[bytes], list[str]]
) -> None:
    asked = serve(b"")
    node = {"_target_": "gan_cli.data.speech_commands.SpeechCommands", "root": str(tmp_path / "home")}
    source = Parts({"data": node}, resolve_trusted).source()
    assert isinstance(source, SpeechCommands) and "nothing is downloaded there" in refused(source)
    assert asked == [] and not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("words=[]", "names no word"),
        ("words=[ten]", "there is no word ten"),
        ("words=some", "must be one of digits, all or must be a list such as [1,2]"),
        ("length=0", "must be >= 256 and <= 65536"),
        ("holdout=test", "must be one of validation or must be a number"),
        ("holdout=1.0", "must be >= 0 and < 1"),
    ],
)
def test_settings_out_of_range(gan: Callable[..., Any], tmp_path: Path, setting: str, words: str) -> None:
    result = gan("train", "data=speech_commands", f"data.root={tmp_path}", f"data.{setting}")
    assert result.code == 2 and words in result.err and len(result.err.splitlines()) <= 3, result.err
