"""What a GPU can get wrong: every recipe and every technique on it, and the same bodies on the CPU, so that none rots.

On CUDA all of them run with -m gpu; on the CPU two run with every change, the rest with -m slow.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from found import command, data_of
from no_sync import NoHostSync
from real_run import BRISK, TECHNIQUES

from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import config_dir, groups
from gan_cli.errors import spell
from gan_cli.session.assemble import Parts

RECIPES = sorted(groups([config_dir()])["model"])

TINY = (
    *("data=fake", "data.shape=[1,16,16]", "data.num_samples=48", "trainer.batch_size=8", "telemetry.every=2"),
    *("telemetry.num_samples=4", "generator.base_channels=8", "discriminator.base_channels=8", "runtime.threads=1"),
)
EPOCH = 6
"""Steps of one, at one update of D a step."""

ON_CUDA = (pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"))


def typed_for(technique: str) -> tuple[str, ...]:
    """A technique alone, such that it does something in a few steps; penalties of slopes refuse batch norm."""
    model = ("model=began",) if technique == "began" else ()  # it reads the errors of an autoencoder
    brisk = (f"balance.{technique}.{key}={spell(value)}" for key, value in BRISK.get(technique, {}).items())
    return (*model, f"balance=[{technique}]", "discriminator.norm=layer", *brisk)


CASES = {f"recipe-{name}": (f"model={name}", *data_of(name)) for name in RECIPES}
CASES |= {f"technique-{name}": typed_for(name) for name in TECHNIQUES}
ALWAYS = ("recipe-dcgan", "technique-r1")
RECORDED = (
    *("recipe-dcgan", "recipe-r3gan", "recipe-wgan_gp", "technique-r1", "technique-adaptive_augment"),
    *("technique-accuracy_band", "technique-replay", "technique-unrolled"),
)
"""Cases that are compared on the device; tests/training/test_recorded_steps.py has all of them, without one."""

EVERYWHERE = pytest.mark.parametrize(
    ("device", "typed"),
    [
        *(pytest.param("cuda", typed, id=f"cuda-{name}", marks=ON_CUDA) for name, typed in CASES.items()),
        *(
            pytest.param("cpu", typed, id=f"cpu-{name}", marks=() if name in ALWAYS else pytest.mark.slow)
            for name, typed in CASES.items()
        ),
    ],
)


def readings(folder: Path) -> list[dict[str, float]]:
    """metrics.jsonl without the fields that tell the time."""
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [{key: value for key, value in line.items() if not key.startswith("time/")} for line in lines]


@EVERYWHERE
def test_it_trains_goes_on_and_samples(gan, tmp_path, device: str, typed: tuple[str, ...]) -> None:
    between_readings = "trainer.checkpoint_every=3"
    result = gan(
        "train", *command(TINY, typed), between_readings, f"runtime.device={device}", "trainer.steps=4", "run=here"
    )
    assert result.code == 0 and "cannot be recorded" not in result.err, result.err
    result = gan("train", "run=here", "trainer.steps=8")
    assert result.code == 0 and "going on after step 4 of 8" in result.err, result.err
    assert json.loads((tmp_path / "here/status.json").read_text())["status"] == "done"
    read = readings(tmp_path / "here")
    assert [line["step"] for line in read] == [2, 4, 6, 8]
    for line in read:
        told = {tag: value for tag, value in line.items() if tag.startswith(("loss/", "logits/", "grad_norm/"))}
        assert len(told) >= 6 and all(isinstance(v, float) and math.isfinite(v) for v in told.values()), told
    for place in dict.fromkeys((device, "cpu")):  # a run of a GPU is of use without one
        result = gan("sample", "run=here", "num=4", f"device={place}", f"out=on_{place}")
        assert result.code == 0, result.err
        with np.load(tmp_path / f"on_{place}/samples.npz") as arrays:
            assert arrays["images"].shape == (4, 16, 16) and arrays["images"].std() > 0


@contextmanager
def no_waiting(device: str) -> Iterator[None]:
    """Inside it an operation that makes the host wait for the device is an error."""
    if device == "cpu":
        with NoHostSync():
            yield
        return
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@EVERYWHERE
def test_a_step_never_waits_for_the_host(device: str, typed: tuple[str, ...]) -> None:
    parts = Parts(plain(compose_full("train", [*command(TINY, typed), f"runtime.device={device}"])))
    runtime, source = parts.runtime(), parts.source()
    runtime.setup(0)
    trainer, _ = parts.trainer(source, source.load(), runtime)
    ready = 70 if device == "cuda" else 4  # by then a step of each phase is recorded, R1's every 16th among them
    for step in range(ready):
        trainer.window.add(trainer._execution.play(step))
    with no_waiting(device):
        for step in range(ready, ready + EPOCH + 2):
            trainer.window.add(trainer._execution.play(step))
    assert trainer.window.divergence(ready + EPOCH + 2) is None


@pytest.mark.parametrize("name", [pytest.param(name, marks=ON_CUDA) for name in RECORDED])
def test_recorded_steps_are_those_of_single_operations(gan, tmp_path, name: str) -> None:
    """The same algorithms, so that all readings are equal to the last bit."""
    for capture in ("auto", "off"):
        settings = (
            *command(TINY, CASES[name]),
            "runtime.device=cuda",
            "runtime.deterministic=true",
            "trainer.steps=24",
        )
        result = gan("train", *settings, f"runtime.capture={capture}", f"run={capture}")
        assert result.code == 0 and "cannot be recorded" not in result.err, result.err
    assert readings(tmp_path / "auto") == readings(tmp_path / "off")


@pytest.mark.parametrize("device", [pytest.param("cuda", marks=ON_CUDA)])
def test_runs_that_take_turns_are_those_one_after_another(gan, tmp_path, device: str) -> None:
    settings = (*TINY, f"runtime.device={device}", "runtime.deterministic=true", "trainer.steps=24", "seed=1,2,3")
    for name, launcher in (("turns", ("hydra/launcher=one_gpu", "workers=3")), ("serial", ())):
        result = gan("train", "-m", *settings, "discriminator.dropout=0.3", *launcher, f"hydra.sweep.dir={name}")
        assert result.code == 0, result.err
    for seed in (1, 2, 3):
        assert readings(tmp_path / f"turns/seed={seed}") == readings(tmp_path / f"serial/seed={seed}")


@pytest.mark.parametrize("device", [pytest.param("cuda", marks=ON_CUDA), "cpu"])
def test_deterministic_runs_are_equal(gan, tmp_path, device: str) -> None:
    for name in ("one", "two"):
        settings = (*TINY, f"runtime.device={device}", "runtime.deterministic=true", "trainer.steps=8")
        assert gan("train", *settings, f"run={name}").code == 0
    assert readings(tmp_path / "one") == readings(tmp_path / "two")
