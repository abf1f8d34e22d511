from __future__ import annotations

import errno
import logging
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_cli.errors import UserError
from gan_cli.training import checkpoint

STATE = {"weights": torch.arange(1000.0), "nested": {"lr": 2e-4, "betas": (0.5, 0.999), "none": None}}


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, 7, STATE, keep=2)
    state = checkpoint.load(tmp_path, 7)
    assert state["step"] == 7
    assert torch.equal(state["weights"], STATE["weights"])  # type: ignore[arg-type]
    assert state["nested"] == STATE["nested"]


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for step in (10, 20, 30, 100):
        checkpoint.save(tmp_path, step, STATE, keep=2)
    assert checkpoint.steps_in(tmp_path) == [30, 100]
    assert sorted(p.name for p in (tmp_path / "checkpoints").iterdir()) == ["step_00000030.pt", "step_00000100.pt"]


@pytest.mark.parametrize("size", [0, 1, 100, 3000])
def test_a_truncated_newest_falls_back_to_the_one_before(
    tmp_path: Path, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoint.save(tmp_path, 10, STATE, keep=2)
    newest = checkpoint.save(tmp_path, 20, STATE, keep=2)
    os.truncate(newest, size)
    with caplog.at_level(logging.WARNING):
        state = checkpoint.load_newest(tmp_path)
    assert state is not None
    assert state["step"] == 10
    assert "step_00000020.pt" in caplog.text
    assert "falling back" in caplog.text


def test_all_damaged_is_an_error_and_none_is_none(tmp_path: Path) -> None:
    assert checkpoint.load_newest(tmp_path) is None
    os.truncate(checkpoint.save(tmp_path, 10, STATE, keep=2), 50)
    with pytest.raises(UserError, match="every checkpoint is damaged"):
        checkpoint.load_newest(tmp_path)


class Malice:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch owned",)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_malicious_pickle_is_refused_and_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    path = checkpoint.save(tmp_path, 10, STATE, keep=2)
    if zipped:
        torch.save({"step": 10, "weights": Malice()}, path)
    else:
        path.write_bytes(pickle.dumps({"step": 10, "weights": Malice()}))
    with pytest.raises(UserError, match="refused, because it holds more than tensors"):
        checkpoint.load_newest(tmp_path)
    assert not (tmp_path / "owned").exists()


def test_a_checkpoint_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, 10, STATE, keep=2)
    with pytest.raises(UserError, match="checkpoint=11: no such checkpoint .* there are: 10"):
        checkpoint.load(tmp_path, 11)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint.save(tmp_path, 10, STATE, keep=1)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError) as caught:
        checkpoint.save(tmp_path, 20, STATE, keep=1)
    assert caught.value.errno == errno.ENOSPC
    assert [p.name for p in (tmp_path / "checkpoints").iterdir()] == ["step_00000010.pt"]
    assert checkpoint.load(tmp_path, 10)["step"] == 10
