from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gan_cli.cli import SPIN_COUNT, main

os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)  # before torch is loaded

import torch


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str


Gan = Callable[..., Result]


@pytest.fixture
def gan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Gan]:
    """Run `gan` in this process, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
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


@pytest.fixture(scope="session")
def mnist_root() -> str:
    root = os.environ.get("GAN_DATA_ROOT")
    if not root or not (Path(root) / "MNIST").is_dir():
        pytest.skip("GAN_DATA_ROOT is not set to a folder that holds MNIST")
    return root
