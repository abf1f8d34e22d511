"""Runs that are told to end, from outside and by the loss of a worker: saved, said, and gone on with."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gan_cli.session.signals import ECHO, StopSignals
from gan_cli.training import checkpoint

SMALL = (
    *("train", "generator.base_channels=4", "discriminator.base_channels=4", "trainer.batch_size=16"),
    *("runtime.threads=1", "telemetry.every=5", "telemetry.samples_every=100000", "telemetry.num_samples=4"),
    *("metric=[]", "~telemetry.sinks.tensorboard", "run=here"),
)
CODES = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGHUP: 129}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Begin `gan train run=here` in a process group of its own; nothing of it outlives the test."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(*typed: str, prefix: tuple[str, ...] = (), **environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*prefix, sys.executable, str(Path(__file__).with_name("slow_streaming.py")), *SMALL, *typed],
            cwd=tmp_path, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        begun.append(process)
        return process

    yield run
    for process in begun:
        if members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def members(group: int) -> list[int]:
    """The processes of a group that are not dead."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            state, _parent, its_group = (place / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            found.append(int(place.name))
    return found


def said(process: subprocess.Popen[bytes], code: int) -> str:
    """What a process said until its end, which comes with this exit code, without a trace, and leaves nobody behind."""
    output = process.communicate(timeout=120)[0].decode()
    assert process.returncode == code, output
    assert "Traceback" not in output and "Exception" not in output, output
    assert members(process.pid) == []
    return output


def wait_for(what: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert process.poll() is None and time.monotonic() < end, process.communicate()[0].decode()
        time.sleep(0.01)


def status(folder: Path) -> dict[str, object]:
    try:
        found = json.loads((folder / "here/status.json").read_text())
    except (OSError, ValueError):
        return {"status": "", "step": 0}
    assert isinstance(found, dict)
    return found


def assert_saved(folder: Path, *, at: int | None = None) -> int:
    """An interrupted run whose newest checkpoint is of its last finished step."""
    found = status(folder)
    assert found["status"] == "interrupted"
    assert checkpoint.steps_in(folder / "here")[-1] == found["step"] and at in (None, found["step"])
    return int(str(found["step"]))


@pytest.mark.parametrize("number", CODES)
def test_a_streaming_run_is_told_to_end_with_its_whole_group(start, tmp_path, number: signal.Signals) -> None:
    process = start("trainer.steps=100000", STREAMED="1")
    wait_for(lambda: int(str(status(tmp_path)["step"])) >= 10, process)
    assert len(members(process.pid)) == 3  # with two workers
    os.killpg(process.pid, number)
    output = said(process, CODES[number])
    step = assert_saved(tmp_path)
    assert f"{number.name}: the run saves and ends" in output and "gan train run=here" in output
    again = start("trainer.steps=100000", STREAMED="1")
    wait_for(lambda: int(str(status(tmp_path)["step"])) >= step + 10, again)
    again.terminate()
    assert f"going on after step {step} of" in said(again, 143)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_long_step_hears_at_once_and_is_the_last_one(start, tmp_path, number: signal.Signals) -> None:
    process = start("trainer.steps=100", SLOW_STEP="7")
    wait_for((tmp_path / "in_step").exists, process)
    os.killpg(process.pid, number)
    os.killpg(process.pid, number)  # as `timeout` does
    heard = b""
    while b"saves and ends" not in heard:
        assert select.select([process.stdout], [], [], 5.0)[0], "nothing was said within five seconds"
        heard += os.read(process.stdout.fileno(), 4096)
    assert process.poll() is None
    (tmp_path / "go").touch()
    said(process, CODES[number])
    assert_saved(tmp_path, at=7)


def test_asked_twice_a_run_ends_in_mid_step(start, tmp_path) -> None:
    process = start("trainer.steps=100", "trainer.checkpoint_every=3", SLOW_STEP="7")
    wait_for((tmp_path / "in_step").exists, process)
    process.terminate()
    time.sleep(ECHO + 0.2)
    process.terminate()
    said(process, 143)
    assert status(tmp_path)["status"] == "interrupted" and checkpoint.steps_in(tmp_path / "here") == [3, 6]


def test_a_worker_that_is_killed_ends_the_run_with_its_checkpoint(start, tmp_path) -> None:
    process = start("trainer.steps=100000", "telemetry.every=1", STREAMED="1")
    wait_for(lambda: int(str(status(tmp_path)["step"])) >= 10, process)
    worker = next(pid for pid in members(process.pid) if pid != process.pid)
    os.kill(worker, signal.SIGKILL)
    output = said(process, 1)
    found = status(tmp_path)
    assert found["status"] == "failed" and checkpoint.steps_in(tmp_path / "here")[-1] == found["step"]
    saved = f"the run is saved up to step {found['step']}, and `gan train run={tmp_path / 'here'}` goes on"
    assert f"a process that reads the data was killed; out of memory?; {saved}" in output
    again = start("trainer.steps=100000", "telemetry.every=1", STREAMED="1")
    wait_for(lambda: int(str(status(tmp_path)["step"])) >= int(str(found["step"])) + 10, again)
    again.terminate()
    assert f"going on after step {found['step']} of" in said(again, 143)


def test_nohup_is_left_alone(start, tmp_path) -> None:
    process = start("trainer.steps=30", prefix=("nohup",), SLOW_STEP="5")
    wait_for((tmp_path / "in_step").exists, process)
    os.killpg(process.pid, signal.SIGHUP)
    (tmp_path / "go").touch()
    said(process, 0)
    assert status(tmp_path)["status"] == "done"


def test_stop_signals_one_in_another_all_hear() -> None:
    with StopSignals() as sweep:
        with StopSignals() as run:
            os.kill(os.getpid(), signal.SIGTERM)
        assert sweep.exit_code == run.exit_code == 143
        with StopSignals() as later:
            assert later.requested() and later.exit_code == 143
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("moment", ["gan_cli.data.digits.Digits.load", "gan_cli.session.play.save_run"])
def test_a_signal_before_the_first_step_leaves_no_folder(gan, tmp_path, monkeypatch, moment: str) -> None:
    def signalled(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(moment, signalled)
    result = gan("train", "run=there/here")
    assert result.code == 143 and list(tmp_path.iterdir()) == [] and "Traceback" not in result.err
