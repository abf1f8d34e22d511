"""Several processes that torchrun starts: what is refused, what a lost process or a signal leaves, and going on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from real_run import TINY, settings

from gan_cli.cli import main
from gan_cli.config.folders import PACKAGE
from gan_cli.errors import SettingError
from gan_cli.launched import Launched, launched
from gan_cli.session.preflight import rehearse

SECOND = {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}
FIRST = {**SECOND, "RANK": "0", "LOCAL_RANK": "0"}
LONG = (
    *TINY,
    "discriminator.dropout=0.3",
    "metric=[]",
    "telemetry.every=10",
    "telemetry.samples_every=1000",
    "trainer.checkpoint_every=50",
    "trainer.steps=300",
)


@pytest.fixture
def as_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in FIRST.items():
        monkeypatch.setenv(name, value)


def test_a_process_knows_its_number_from_torchrun() -> None:
    assert launched(SECOND) == Launched(rank=1, size=2, local_rank=1, local_size=2)


@pytest.mark.parametrize("environment", [{}, {**FIRST, "WORLD_SIZE": "1"}, {"RANK": "0", "WORLD_SIZE": "2"}])
def test_a_process_is_alone_without_torchrun_or_as_its_only_process(environment: Mapping[str, str]) -> None:
    assert launched(environment) is None


@pytest.mark.usefixtures("as_first")
@pytest.mark.parametrize("size", [7, 2])
def test_a_batch_that_the_processes_cannot_divide_is_refused(size: int) -> None:
    with pytest.raises(SettingError, match=f"trainer.batch_size={size}: 2 processes .* multiple of 2, and at least 4"):
        rehearse(settings(f"trainer.batch_size={size}"))


@pytest.mark.usefixtures("as_first")
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["sample", "run=x"], "gan sample: torchrun starts several processes, and only gan train uses them"),
        (["train", "-m", "seed=1,2"], "gan train: -m: torchrun starts several processes for one run"),
        (["train", "cure=true"], "gan train: cure=true: torchrun starts several processes for one run"),
    ],
)
def test_what_one_process_does_is_refused_together(
    command: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(command)
    assert exit_.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("command", [["sample", "run=x"], ["train", "-m", "seed=1,2"], ["train", "--help"]])
def test_further_processes_leave_refusals_and_help_to_the_first(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECOND.items():
        monkeypatch.setenv(name, value)
    main(command)
    assert capsys.readouterr() == ("", "")


@contextmanager
def torchrun(run: Path, *overrides: str) -> Iterator[subprocess.Popen[str]]:
    """Two processes of one run in a folder; whatever is left of them is killed at the end."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "gan_cli"]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    with subprocess.Popen(
        [*command, "train", f"run={run}", *overrides],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                for pid in (*children(process.pid), process.pid):
                    os.kill(pid, signal.SIGKILL)


def finished(run: Path, *overrides: str) -> str:
    """What a run of two processes printed; it must end well."""
    with torchrun(run, *overrides) as process:
        printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0, printed
    return printed


def children(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            number, _, rest = stat.read_text().partition(" ")
            if rest.rpartition(")")[2].split()[1] == str(pid):
                found.append(int(number))
    return found


def rank(pid: int) -> str:
    settings_ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return next(each.decode().partition("=")[2] for each in settings_ if each.startswith(b"RANK="))


def wait_for(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.05)


def checkpoint(run: Path, step: int) -> Path:
    return run / "checkpoints" / f"step_{step:08d}.pt"


def state(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = torch.load(checkpoint(run, 300), weights_only=True)
    return {name: part for name, part in found.items() if name != "seconds"}


def status(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "status.json").read_text())
    return found


@pytest.mark.slow
def test_a_lost_process_ends_the_run_and_the_same_command_goes_on_bit_for_bit(tmp_path: Path) -> None:
    run, whole = tmp_path / "run", tmp_path / "whole"
    with torchrun(run, *LONG) as process:
        wait_for(checkpoint(run, 100).exists)
        (lost,) = [pid for pid in children(process.pid) if rank(pid) == "1"]
        os.kill(lost, signal.SIGKILL)
        begun = time.monotonic()
        printed, _ = process.communicate(timeout=60)
    assert time.monotonic() - begun < 15
    assert process.returncode == 1
    assert "another process of this run has ended; the checkpoint of step " in printed
    assert "Go on with the same command." in printed
    assert status(run)["status"] == "failed"
    assert status(run)["message"] == "another process of the run has ended"
    assert "done" in finished(run, *LONG)
    finished(whole, *LONG)
    assert str(state(run)) == str(state(whole))


@pytest.mark.slow
def test_a_signal_ends_all_processes_after_the_same_step_and_one_process_goes_on(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with torchrun(run, *LONG) as process:
        wait_for(checkpoint(run, 50).exists)
        process.terminate()
        process.communicate(timeout=60)
    assert status(run)["status"] == "interrupted"
    assert checkpoint(run, status(run)["step"]).exists()
    subprocess.run(
        [sys.executable, "-m", "gan_cli", "train", f"run={run}"],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        check=True,
        capture_output=True,
    )
    assert status(run)["status"] == "done"
    assert "this run is finished after 300 steps" in finished(run)


@pytest.mark.slow
def test_a_refused_command_ends_at_once(tmp_path: Path) -> None:
    begun = time.monotonic()
    with torchrun(tmp_path / "run", "trainer.batch_size=7") as process:
        printed, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert printed.count("trainer.batch_size=7: 2 processes train together") == 1
    assert time.monotonic() - begun < 25
    assert not (tmp_path / "run").exists()
