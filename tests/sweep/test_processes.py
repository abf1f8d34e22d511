"""Sweeps in processes of their own: kills, signals, orphans, and other engines."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gan_cli.session.folder import read_status

SMALL = (
    *("model=mlp", "data=ring", "metric=[]", "~telemetry.sinks.tensorboard", "telemetry.samples_every=100000"),
    *("generator.widths=[16]", "discriminator.widths=[16]", "runtime.threads=1", "sweep_name=s"),
)
LONG = ("trainer.steps=600", "trainer.checkpoint_every=50", "telemetry.every=10", "seed=1,2,3,4")
LOCAL = ("hydra/launcher=local", "workers=2")
IN_TURNS = ("hydra/launcher=one_gpu", "workers=2")
SWEEP = Path("outputs/sweep/mlp-ring/s")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Begin a sweep in a process group of its own; nothing of it outlives the test."""
    begun: list[subprocess.Popen[str]] = []

    def run(*typed: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "gan_cli", "train", "-m", *SMALL, *typed]
        environment = {**os.environ, "SWEEP_UNDER_TEST": os.getcwd()}
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True)
        begun.append(process)
        return process

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def row(seed: int) -> dict[str, Any]:
    return read_status(SWEEP / f"seed={seed}")


def wait_for(what: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def relatives() -> list[int]:
    """Processes that were started by the sweeps of this test, but for loky's tracker of files, which ends last."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if f"SWEEP_UNDER_TEST={os.getcwd()}".encode() in environment and b"resource_tracker" not in command:
            found.append(int(process.name))
    return found


def finished(start: Callable[..., subprocess.Popen[str]], launcher: Sequence[str] = LOCAL) -> str:
    """The same command to its end; gives what it said."""
    process = start(*LONG, *launcher)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert [row(seed)["status"] for seed in (1, 2, 3, 4)] == ["done"] * 4
    for seed in (1, 2, 3, 4):  # every reading once: no step was lost, none is there twice
        lines = (SWEEP / f"seed={seed}" / "metrics.jsonl").read_text().splitlines()
        assert [json.loads(line)["step"] for line in lines] == list(range(10, 601, 10))
    return said


def signalled(
    start: Callable[..., subprocess.Popen[str]], launcher: Sequence[str], number: signal.Signals, *, group: bool
) -> int | None:
    """Begin the sweep, send it a signal when two points have trained for a while; give its exit code."""
    process = start(*LONG, *launcher)
    wait_for(lambda: row(1).get("step", 0) >= 60 and row(2).get("step", 0) >= 60)
    (os.killpg if group else os.kill)(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert "Traceback" not in said, said
    return process.returncode


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "group", "code"),
    [
        *[(signal.SIGKILL, False, -9), (signal.SIGTERM, False, 143), (signal.SIGINT, True, 130)],
        *[(signal.SIGTERM, True, 143), (signal.SIGHUP, True, 129)],
    ],
    ids=["kill", "term", "ctrl-c", "term-group", "hup-group"],
)
def test_the_sweep_ends_with_its_process_and_goes_on(start, number, group, code) -> None:
    assert signalled(start, LOCAL, number, group=group) == code
    wait_for(lambda: not relatives(), 20)
    assert [row(seed).get("status") for seed in (1, 2)] == ["interrupted"] * 2  # with a checkpoint
    assert row(4) == {}
    finished(start)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "group", "code"), [(signal.SIGTERM, False, 143), (signal.SIGINT, True, 130)])
def test_a_sweep_in_turns_ends_after_a_step_and_goes_on(start, number, group, code) -> None:
    assert signalled(start, IN_TURNS, number, group=group) == code
    assert [row(seed).get("status") for seed in (1, 2)] == ["interrupted"] * 2
    assert row(3) == {}
    finished(start, IN_TURNS)


@pytest.mark.slow
def test_a_killed_worker_is_no_end(start) -> None:
    process = start(*LONG, *LOCAL)
    wait_for(lambda: row(1).get("step", 0) >= 60)
    os.kill(row(1)["pid"], signal.SIGKILL)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0 and "seed=1: its process was killed; once more, alone" in said
    assert "4 of 4 points are finished already" in finished(start)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_is_started_once_more(start, number: signal.Signals) -> None:
    process = start(*LONG, *LOCAL)
    wait_for(lambda: row(1).get("step", 0) >= 60)
    os.kill(row(1)["pid"], number)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0 and "seed=1: a signal ended it" in said and "Traceback" not in said
    assert [row(seed)["status"] for seed in (1, 2, 3, 4)] == ["done"] * 4
    assert "4 of 4 points are finished already" in finished(start)


def figures(folder: Path) -> dict[str, Any]:
    """What came out of each point, without what time and place did to it."""
    found = {}
    for summary in sorted(folder.glob("*/summary.json")):
        metrics = json.loads(summary.read_text())["metrics"]
        found[summary.parent.name] = {tag: value for tag, value in metrics.items() if not tag.startswith("time/")}
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("launcher", "package"),
    [("local", "joblib"), ("submitit_local", "submitit"), ("ray", "ray")],
)
def test_every_engine_gives_the_same_figures(start, launcher, package) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    points = ("trainer.steps=60", "discriminator.dropout=0,0.3", "seed=1,2")
    for name, typed in (("basic", ()), (launcher, (f"hydra/launcher={launcher}",))):
        process = start(*points, f"hydra.sweep.dir={name}", *typed)
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    assert len(figures(Path("basic"))) == 4
    assert figures(Path("basic")) == figures(Path(launcher))
