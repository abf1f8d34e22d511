"""Sinks in a process of their own: what they write, what their errors do, and the end of the helper."""

from __future__ import annotations

import errno
import os
import signal
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import Gan
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader

from gan_cli.disk.writing import make_folder, replace_file
from gan_cli.errors import AccidentError
from gan_cli.pictures.png import Picture
from gan_cli.session import play
from gan_cli.telemetry import apart
from gan_cli.telemetry.apart import Apart
from gan_cli.telemetry.base import Outcome, RunInfo, Sink
from gan_cli.telemetry.card import Card
from gan_cli.telemetry.events import event_files

SMALL = (
    *("generator.base_channels=4", "discriminator.base_channels=4", "trainer.batch_size=8", "runtime.threads=1"),
    *("telemetry.every=2", "telemetry.samples_every=3", "telemetry.num_samples=4", "trainer.checkpoint_every=5"),
    *("metric=[]", "name=same"),
)
DONE = Outcome("done", 3, "", {}, 1.0)


class Notes(Sink):
    """Appends what it receives to a file, slowly."""

    def begin(self, run: RunInfo) -> None:
        self.file = run.folder / "notes.txt"
        self._note(f"begin {run.name}")

    def scalars(self, step, values) -> None:
        self._note(f"scalars {step} {values['x']}")

    def picture(self, step: int, tag: str, picture: Picture) -> None:
        self._note(f"picture {step} {tag} {picture.sum()}")

    def text(self, step: int, tag: str, text: str) -> None:
        if text == "full":
            raise OSError(errno.ENOSPC, "No space left on device", "events")
        if text == "odd":
            raise UnsendableError(lambda: None)

    def end(self, outcome: Outcome) -> None:
        self._note(f"end {outcome.status}")

    def _note(self, line: str) -> None:
        time.sleep(0.02)
        with self.file.open("a") as file:
            file.write(f"{line}\n")


class Writes(Sink):
    """Writes a file into the folder of the run, as pictures are written."""

    def begin(self, run: RunInfo) -> None:
        self.folder = run.folder / "samples"
        make_folder(self.folder)

    def text(self, step: int, tag: str, text: str) -> None:
        replace_file(self.folder / f"{tag}.txt", [text.encode()])


class UnsendableError(Exception):
    """An error that holds what cannot be pickled."""


def begun(folder: Path, *sinks: Sink) -> Apart:
    found = Apart(sinks or [Notes()])
    found.begin(RunInfo(folder, "test", 10, 0, 8, ""))
    return found


def drawn(value: int) -> Picture:
    return np.full((2, 2, 3), value, dtype=np.uint8)


def test_everything_comes_in_order_and_is_written_at_the_end(tmp_path: Path) -> None:
    sink = begun(tmp_path)
    values = {"x": 1}
    sink.scalars(1, values)
    values["x"] = 2
    sink.picture(2, "a", drawn(1))
    sink.drawing(3, "b", partial(drawn, 2))
    sink.scalars(4, values)
    sink.end(DONE)
    lines = (tmp_path / "notes.txt").read_text().splitlines()
    assert lines == ["begin test", "scalars 1 1", "picture 2 a 12", "picture 3 b 24", "scalars 4 2", "end done"]


def test_two_runs_share_the_helper(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    sinks = [begun(folder) for folder in folders]
    assert sinks[0]._helper is sinks[1]._helper
    for step in (1, 2):
        for sink in sinks:
            sink.scalars(step, {"x": step})
    for sink in sinks:
        sink.end(DONE)
    for folder in folders:
        lines = (folder / "notes.txt").read_text().splitlines()
        assert lines == ["begin test", "scalars 1 1", "scalars 2 2", "end done"]


def test_an_error_comes_with_a_later_call_and_only_to_its_run(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    sink, healthy = begun(tmp_path), begun(other)
    sink.text(1, "a", "full")
    with pytest.raises(OSError, match="No space left") as raised:
        for _ in range(500):
            healthy.text(1, "a", "fine")
            sink.text(1, "a", "fine")
            time.sleep(0.01)
    assert raised.value.errno == errno.ENOSPC
    sink.end(DONE)  # it is not raised again
    healthy.end(DONE)
    assert (tmp_path / "notes.txt").read_text().splitlines() == ["begin test", "end done"]


def test_an_error_that_no_call_has_noticed_comes_with_the_end(tmp_path: Path) -> None:
    sink = begun(tmp_path)
    sink.text(1, "a", "odd")
    with pytest.raises(RuntimeError, match="UnsendableError"):
        sink.end(DONE)


class Unreadable:
    """Can be sent, but not be received."""

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return int, ("no number",)


def test_what_cannot_be_received_fails_its_run_and_not_the_helper(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    sink, healthy = begun(tmp_path), begun(other)
    sink._call("text", 1, "a", Unreadable())
    healthy.scalars(1, {"x": 1})
    with pytest.raises(ValueError, match="no number"):
        sink.end(DONE)
    healthy.end(DONE)
    assert (other / "notes.txt").read_text().splitlines() == ["begin test", "scalars 1 1", "end done"]


def test_a_helper_that_was_killed_is_told_and_the_next_run_has_a_new_one(tmp_path: Path) -> None:
    sink = begun(tmp_path)
    pid = sink._helper._process.pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)  # as all processes of a job get it
    sink.scalars(1, {"x": 1})
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(AccidentError, match="was it killed"):
        sink.end(DONE)
    again = begun(tmp_path)
    assert again._helper is not sink._helper
    again.end(DONE)


def test_the_helper_ends_with_its_program(tmp_path: Path) -> None:
    helper = apart._Helper()
    assert helper.alive
    helper.close()
    assert not helper.alive


def written(folder: Path) -> tuple[dict[str, bytes], list[tuple[int, list[str]]]]:
    """The pictures of a run, and the steps and tags of its event file."""
    from tensorboard.compat.proto.event_pb2 import Event

    pictures = {path.name: path.read_bytes() for path in (folder / "samples").iterdir()}
    (path,) = event_files(folder)
    events = [Event.FromString(raw) for raw in RawEventFileLoader(str(path)).Load()]
    return pictures, [(event.step, sorted(value.tag for value in event.summary.value)) for event in events]


@pytest.mark.parametrize(
    "data",
    [("data=digits",), ("data=ring", "model=mlp"), ("data=colours", "data.limit=32")],
    ids=lambda words: words[0],
)
def test_a_run_has_the_same_pictures_and_events(gan: Gan, monkeypatch, data: tuple[str, ...]) -> None:
    real = play.Recorder.begin
    for name, apart_ in (("here", False), ("apart", True)):
        monkeypatch.setattr(
            play.Recorder, "begin", lambda self, run, view, apart, apart_=apart_: real(self, run, view, apart=apart_)
        )
        for steps in (5, 8):  # the second command goes on
            settings = (*data, *(SMALL if data == ("data=digits",) else SMALL[2:]))
            result = gan("train", *settings, f"trainer.steps={steps}", f"run={name}/run")
            assert result.code == 0, result.err
    assert written(Path("apart/run")) == written(Path("here/run"))


def test_a_full_disk_ends_the_run_with_the_usual_message(gan: Gan, monkeypatch) -> None:
    real = play.Recorder.begin

    def begin(self, run, view, apart) -> None:
        self.add(Apart([Broken()]))
        real(self, run, view, apart=False)

    monkeypatch.setattr(play.Recorder, "begin", begin)
    result = gan("train", "data=digits", *SMALL, "trainer.steps=400", "run=here")
    assert result.code == 1 and "no space left on the disk" in result.err, result.err


def test_with_sinks_apart_nothing_is_drawn_in_the_training(gan: Gan, monkeypatch) -> None:
    begin, original = play.Recorder.begin, Card.draw
    drawn_here = []

    def draw(self, *given):  # methods are sent by their names
        drawn_here.append(given)
        return original(self, *given)

    monkeypatch.setattr(Card, "draw", draw)
    for is_apart in (True, False):
        monkeypatch.setattr(
            play.Recorder, "begin", lambda self, run, view, apart, a=is_apart: begin(self, run, view, apart=a)
        )
        result = gan("train", "data=digits", *SMALL, "trainer.steps=4", f"run=apart_{is_apart}")
        assert result.code == 0, result.err
        assert bool(drawn_here) is not is_apart
        assert Path(f"apart_{is_apart}/samples/balance.png").is_file()


class Broken(Sink):
    """Fails at the first reading."""

    def scalars(self, step, values) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "here/events")


def test_nothing_is_left_of_a_run_that_was_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    sink = begun(folder, Writes())
    sink.text(0, "config", "a")
    sink.end(replace(DONE, status="refused"))
    assert not folder.exists()
    kept = begun(folder, Writes())
    kept.text(0, "config", "a")
    kept.end(DONE)
    assert (folder / "samples" / "config.txt").is_file()
