from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gan_cli.cli import SPIN_COUNT, main

os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)  # before torch is loaded
os.environ.setdefault("OMP_NUM_THREADS", "1")  # or runs beside other work would choose different numbers, and bits
# nohup has the one ignored, a shell's background the other, and every process that a test starts inherits that
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

import torch
from documented_shapes import RESTING, modules, watch

SMALL = (
    "trainer.steps=4",
    "trainer.checkpoint_every=2",
    "trainer.batch_size=8",
    "generator.base_channels=4",
    "discriminator.base_channels=4",
    "telemetry.every=1",
    "telemetry.num_samples=2",
)
"""A run of a second, with a checkpoint on the way."""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Gan = Callable[..., Result]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Classifiers that tests train are kept for the session, apart from the user's own, and learn for a quarter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setattr("gan_cli.quality.classifier_training.batches_of", lambda spec: 250)
        yield


@pytest.fixture(scope="session", autouse=True)
def shapes() -> Iterator[None]:
    """Hold the tensors of every call against the shapes in docstrings."""
    with pytest.MonkeyPatch.context() as patch:
        watch(patch, modules())
        yield


@pytest.fixture
def wrong_shapes() -> Iterator[None]:
    """Let the program itself find what is wrong with a tensor."""
    token = RESTING.set(True)
    yield
    RESTING.reset(token)


@pytest.fixture
def gan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Gan]:
    """Run `gan` in this process, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    handlers = logging.getLogger().handlers[:]

    def run(*arguments: str) -> Result:
        capfd.readouterr()
        code = 0
        try:
            main(arguments)
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capfd.readouterr()
        return Result(code, captured.out, captured.err)

    yield run
    for handler in set(logging.getLogger().handlers) - set(handlers):
        handler.close()
    logging.getLogger().handlers[:] = handlers
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def refused(gan: Gan, tmp_path: Path) -> Callable[..., str]:
    """Run a command that must be refused: a short message, exit code 2, and not a byte changed; returns the message."""

    def contents() -> dict[Path, bytes | None]:
        return {path: path.read_bytes() if path.is_file() else None for path in tmp_path.rglob("*")}

    def run(*arguments: str, settings: int = 1) -> str:
        before = contents()
        result = gan(*arguments)
        assert result.code == 2, result.err
        assert result.out == ""
        message = [line for line in result.err.splitlines() if not re.match(r"\[\d\d:\d\d:\d\d\]", line)]
        assert message[0].startswith("gan"), result.err
        assert len(message) <= (3 if settings == 1 else 1 + settings), result.err
        assert settings == 1 or f"{settings} settings are wrong" in message[0], result.err
        assert contents() == before
        return "\n".join(message)

    return run


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of four steps with checkpoints of steps 2 and 4; tests take a copy."""
    folder = tmp_path_factory.mktemp("trained") / "here"
    command = [sys.executable, "-m", "gan_cli", "train", *SMALL, f"run={folder}"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def here(trained: Path, tmp_path: Path) -> Path:
    """A copy of the finished run, in the working directory."""
    shutil.copytree(trained, tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture(scope="session")
def mnist_root() -> str:
    root = os.environ.get("GAN_DATA_ROOT")
    if not root or not (Path(root) / "MNIST").is_dir():
        pytest.skip("GAN_DATA_ROOT is not set to a folder that holds MNIST")
    return root
