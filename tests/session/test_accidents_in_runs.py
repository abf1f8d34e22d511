"""Disks, memory and pipes that give way while a run goes on: the real message, nothing lost, and it goes on."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest

from gan_cli.session.status import StatusFiles
from gan_cli.telemetry.console import ConsoleSink
from gan_cli.telemetry.files import PictureFiles
from gan_cli.telemetry.jsonl import JsonlSink
from gan_cli.telemetry.tensorboard import TensorBoardSink
from gan_cli.training import checkpoint
from gan_cli.training.step import Game

SMALL = (
    *("generator.base_channels=4", "discriminator.base_channels=4", "trainer.batch_size=8", "runtime.threads=1"),
    *("telemetry.every=2", "telemetry.samples_every=4", "telemetry.num_samples=4", "metric=[]"),
    *("trainer.steps=8", "trainer.checkpoint_every=2"),
)
SINKS = (ConsoleSink, JsonlSink, PictureFiles, StatusFiles, TensorBoardSink)


def status(folder: Path) -> str:
    return str(json.loads((folder / "status.json").read_text())["status"])


@pytest.mark.parametrize("sink", SINKS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, 0])
def test_what_fails_while_the_sinks_open_is_what_is_said(gan, tmp_path, monkeypatch, sink: type, code: int) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code), "here/file") if code else ZeroDivisionError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(sink, "begin", fail)
        result = gan("train", *SMALL, "run=here")
    message = [line for line in result.err.splitlines() if not line.startswith("[")]
    expected = {
        errno.ENOSPC: "here/file: no space left on device; free some space or name another folder",
        errno.EACCES: "here/file: permission denied; name another folder",
        0: f"run={tmp_path / 'here'}: unexpected error: ZeroDivisionError: a bug",
    }[code]
    at = 0 if code else len(message) - 3
    assert message[at] == f"gan train: {expected}", result.err
    assert "AttributeError" not in result.err and result.code == (2 if code else 1)
    assert list(tmp_path.iterdir()) == ([] if code else [tmp_path / "here"])
    assert gan("train", *SMALL, "run=here").code == 0 and status(tmp_path / "here") == "done"


MOMENTS = [
    (sink, moment)
    for sink in SINKS
    for moment in ("progress", "scalars", "verdict", "picture", "text", "end")
    if moment in vars(sink)
]


@pytest.mark.parametrize(("sink", "moment"), MOMENTS)
def test_a_disk_that_fills_at_any_moment_costs_nothing(gan, tmp_path, monkeypatch, sink: type, moment: str) -> None:
    calls: list[int] = []
    works = getattr(sink, moment)

    def fail(self: object, *handed: object) -> None:
        calls.append(1)
        works(self, *handed)
        if len(calls) == {"progress": 5, "text": 1, "end": 1}.get(moment, 2):
            raise OSError(errno.ENOSPC, "No space left on device", "here/file")

    with monkeypatch.context() as patch:
        patch.setattr(sink, moment, fail)
        result = gan("train", *SMALL, "run=here")
    assert result.code in (1, 2), result.err
    if result.code == 2:  # while the sinks opened
        assert list(tmp_path.iterdir()) == []
    else:
        kept = checkpoint.steps_in(tmp_path / "here")[-1]
        lines = result.err.splitlines()[-2:]
        place = f"gan train: run={tmp_path / 'here'}: "
        assert lines[0] == f"{place}no space left on the disk; the checkpoint of step {kept} is safe."
        assert lines[1].startswith("Free some space and go on with `gan train run=")
    assert gan("train", *SMALL, "run=here").code == 0 and status(tmp_path / "here") == "done"
    steps = [json.loads(line)["step"] for line in (tmp_path / "here/metrics.jsonl").read_text().splitlines()]
    assert steps == [2, 4, 6, 8]


@pytest.mark.parametrize(("step", "code"), [(0, 2), (5, 1)])
def test_memory_that_runs_out(gan, tmp_path, monkeypatch, step: int, code: int) -> None:
    played = Game.play

    def play(self: Game, *given: Any, **named: Any) -> object:
        if self.gan.step == step:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory"
            )
        return played(self, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Game, "play", play)
        result = gan("train", *SMALL, "run=here")
    assert result.code == code and "Traceback" not in result.err
    sizes = "trainer.batch_size (now 8), generator.base_channels (now 4), discriminator.base_channels (now 4)."
    lines = result.err.splitlines()[-2:]
    if code == 2:
        assert lines == ["gan train: out of memory.", f"Make smaller: {sizes}"] and list(tmp_path.iterdir()) == []
        return
    here = tmp_path / "here"
    assert lines == [
        f"gan train: run={here}: out of memory; the checkpoint of step 4 is safe.",
        f"Go on with `gan train run={here}` once memory is free; or make smaller, in a new run: {sizes}",
    ]
    assert status(here) == "failed" and "DefaultCPUAllocator" in (here / "train.log").read_text()
    assert gan("train", "run=here").code == 0 and status(here) == "done"


def shell(line: str, folder: Path, **more: object) -> subprocess.CompletedProcess[str]:
    """A line of bash in which `train` trains this file's small run with a line for each reading."""
    typed = " ".join(f"'{word}'" for word in (*SMALL, "telemetry.sinks.console.plain_every=0"))
    gan = f"train() {{ '{sys.executable}' -m gan_cli train {typed} \"$@\"; }}; {line}"
    return subprocess.run(
        ["bash", "-c", gan], cwd=folder, capture_output=True, text=True, timeout=200, check=False, **more
    )  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    "line",
    [
        "train run=here 2>&1 | head -1; exit ${PIPESTATUS[0]}",
        "train run=here 2> >(true)",
        "train run=here 2>&1 | tee >(true) | true; exit ${PIPESTATUS[0]}",
        "train run=here >&- 2>&- <&-",
        "train run=here 2>/dev/full",
        "train -m seed=0,1 hydra.sweep.dir=swept 2>&1 | head -1; exit ${PIPESTATUS[0]}",
    ],
)
def test_who_reads_the_progress_may_go_away(tmp_path, line: str) -> None:
    """The run goes on, its exit code is its own, its files hold everything."""
    result = shell(line, tmp_path)
    assert result.returncode == 0 and "Traceback" not in result.stderr + result.stdout, result.stderr
    for folder in [path.parent for path in tmp_path.rglob("metrics.jsonl")]:
        lines = (folder / "metrics.jsonl").read_text().splitlines()
        assert [json.loads(text)["step"] for text in lines] == [2, 4, 6, 8] and status(folder) == "done"
        assert list(folder.glob("events.out.tfevents.*")) and checkpoint.steps_in(folder)[-1] == 8
    assert list(tmp_path.rglob("metrics.jsonl"))


@pytest.mark.parametrize(("detached", "code", "ended"), [(False, 129, "interrupted"), (True, 0, "done")])
def test_the_terminal_may_go_away(tmp_path, detached: bool, code: int, ended: str) -> None:
    """Its window is closed on a live display: the run saves and ends, or goes on where it was asked to."""

    def take_the_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        if detached:  # as `nohup` and `disown -h` do
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    terminal, inside = pty.openpty()
    steps = "trainer.steps=400" if detached else "trainer.steps=100000"
    process = subprocess.Popen(
        [sys.executable, "-m", "gan_cli", "train", *SMALL, steps, "run=here"],
        cwd=tmp_path, stdin=inside, stdout=inside, stderr=inside, env={**os.environ, "TERM": "xterm"},
        start_new_session=True, preexec_fn=take_the_terminal,
    )  # fmt: skip
    os.close(inside)
    drawn, end = b"", time.monotonic() + 60
    while b"\x1b[" not in drawn and time.monotonic() < end:  # the display is there
        drawn += os.read(terminal, 4096)
    os.close(terminal)
    assert process.wait(timeout=120) == code
    assert status(tmp_path / "here") == ended


def test_a_limit_on_file_sizes(tmp_path) -> None:
    """Of real writes, torch's own among them, at sizes that stop at different files."""
    for blocks in (1, 8, 20, 60):
        result = shell(f"(ulimit -f {blocks}; train run=here); exit $?", tmp_path)
        assert result.returncode in (1, 2) and "Traceback" not in result.stderr, (blocks, result.stderr)
        lines = result.stderr.splitlines()[-2:]
        assert any("larger than the limit on file sizes" in text or "file too large" in text for text in lines), (
            result.stderr
        )
    result = shell("train run=here", tmp_path)
    assert result.returncode == 0 and status(tmp_path / "here") == "done", result.stderr
    steps = [json.loads(text)["step"] for text in (tmp_path / "here/metrics.jsonl").read_text().splitlines()]
    assert steps == [2, 4, 6, 8]
