from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from gan_cli.training import checkpoint

SMALL = (
    "generator.base_channels=4",
    "discriminator.base_channels=4",
    "trainer.batch_size=16",
    "runtime.threads=1",
    "telemetry.every=7",
    "telemetry.samples_every=20",
    "telemetry.num_samples=4",
)


def figures(folder: Path) -> list[dict[str, float]]:
    """metrics.jsonl without the fields that tell the time."""
    lines = (json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines())
    return [{key: value for key, value in line.items() if not key.startswith("time/")} for line in lines]


def final_weights(folder: Path, step: int) -> dict[str, torch.Tensor]:
    state = checkpoint.load(folder, step)
    return {**state["gan"]["generator"]["network"], **state["techniques"].get("ema", {}).get("average", {})}


def assert_same_run(one: Path, other: Path, step: int) -> None:
    assert figures(one) == figures(other)
    assert [line["step"] for line in figures(one)] == sorted({line["step"] for line in figures(one)})
    for a, b in zip(final_weights(one, step).values(), final_weights(other, step).values(), strict=True):
        assert torch.equal(a, b)
    pictures = [sorted(path.name for path in (folder / "samples").iterdir()) for folder in (one, other)]
    assert pictures[0] == pictures[1]
    for name in pictures[0]:
        assert (one / "samples" / name).read_bytes() == (other / "samples" / name).read_bytes()


@pytest.mark.parametrize("model", ["dcgan", "sn_dcgan", "mlp"])
@pytest.mark.parametrize("stop", [10, 14, 33])
def test_a_run_stopped_anywhere_goes_on_to_the_same_bits(gan, tmp_path, monkeypatch, model, stop):
    """Dropout, both norms, EMA, half a telemetry window, half an epoch: all of it is in the checkpoint."""
    from gan_cli.session.signals import StopSignals

    settings = (f"model={model}", "discriminator.dropout=0.2", "generator.dropout=0.1", "trainer.steps=40", *SMALL)
    assert gan("train", *settings, "run=whole").code == 0

    asked = iter(range(1, 1000))
    with monkeypatch.context() as patch:
        patch.setattr(StopSignals, "requested", lambda self: next(asked) == stop + 1)
        gan("train", *settings, "run=parts")
    assert json.loads((tmp_path / "parts/status.json").read_text())["status"] == "interrupted"
    assert checkpoint.steps_in(tmp_path / "parts") == [stop]
    result = gan("train", *settings, "run=parts")
    assert result.code == 0, result.err
    assert_same_run(tmp_path / "whole", tmp_path / "parts", 40)


def test_the_folder_alone_is_enough_and_a_finished_run_is_left_alone(gan, tmp_path):
    assert gan("train", "data=ring", "model=mlp", "seed=5", "trainer.steps=12", *SMALL, "run=here").code == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "here").rglob("*") if path.is_file()}
    result = gan("train", "run=here")
    assert (result.code, "this run is finished" in result.out) == (0, True)
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "here").rglob("*") if path.is_file()}
    assert gan("train", "run=here", "trainer.steps=20").code == 0
    assert [line["step"] for line in figures(tmp_path / "here")] == [7, 12, 14, 20]
    assert gan("train", "data=ring", "model=mlp", "seed=5", "trainer.steps=20", *SMALL, "run=whole").code == 0
    for a, b in zip(*(final_weights(tmp_path / n, 20).values() for n in ("here", "whole")), strict=True):
        assert torch.equal(a, b)


def start(*arguments: str, cwd: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "COLUMNS": "120"}
    return subprocess.Popen(
        [sys.executable, "-m", "gan_cli", *arguments],
        cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def finish(*arguments: str, cwd: Path) -> None:
    process = start(*arguments, cwd=cwd)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0, output


def wait_for_step(folder: Path, step: int, process: subprocess.Popen[str]) -> None:
    for _ in range(1200):
        try:
            if json.loads((folder / "status.json").read_text())["step"] >= step:
                return
        except (OSError, ValueError):
            pass
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.05)
    raise AssertionError("the run did not get going")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_says_how_to_go_on(tmp_path, number, code):
    process = start("train", "trainer.steps=100000", *SMALL, "run=here", cwd=tmp_path)
    wait_for_step(tmp_path / "here", 7, process)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == code, output
    status = json.loads((tmp_path / "here/status.json").read_text())
    assert status["status"] == "interrupted"
    assert checkpoint.steps_in(tmp_path / "here")[-1] == status["step"]
    assert "gan train run=here" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_ten_kills_change_nothing(tmp_path):
    """SIGKILL at random moments; the same command each time; the figures of an undisturbed run."""
    command = ("train", "trainer.steps=1500", "trainer.checkpoint_every=60", *SMALL)
    finish(*command, "run=whole", cwd=tmp_path)
    moments = random.Random(0)
    kills = 0
    while kills < 10:
        process = start(*command, "run=killed", cwd=tmp_path)
        before = max(checkpoint.steps_in(tmp_path / "killed"), default=0)
        if moments.random() < 0.7:  # most in the middle of the game, the others anywhere, start-up included
            wait_for_step(tmp_path / "killed", before + 1, process)
            time.sleep(moments.uniform(0, 1.0))
        else:
            time.sleep(moments.uniform(0, 4.0))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        else:
            shutil.rmtree(tmp_path / "killed")  # it got to its end before the tenth kill: begin again
        process.communicate()
    finish(*command, "run=killed", cwd=tmp_path)
    assert_same_run(tmp_path / "whole", tmp_path / "killed", 1500)
