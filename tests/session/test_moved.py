"""A run folder that is moved or deleted while its run goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SMALL

from gan_cli.training import checkpoint


def after_the_first_checkpoint(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    saved = checkpoint.save
    acts = [act]

    def save(*arguments, **settings):
        path = saved(*arguments, **settings)
        if acts:
            acts.pop()()
        return path

    monkeypatch.setattr(checkpoint, "save", save)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_run_goes_on_in_the_folder_that_was_moved(gan, tmp_path: Path, monkeypatch, replaced: bool) -> None:
    here, there = tmp_path / "here", tmp_path / "deep" / "there"

    def move() -> None:
        there.parent.mkdir()
        here.rename(there)
        if replaced:
            here.mkdir()
            (here / "train.log").write_text("mine")

    after_the_first_checkpoint(monkeypatch, move)
    result = gan("train", *SMALL, "trainer.steps=6", "run=here")
    assert result.code == 0, result.err
    assert f"everything is in {there}" in result.err
    assert json.loads((there / "status.json").read_text())["status"] == "done"
    assert json.loads((there / "summary.json").read_text())["step"] == 6
    assert checkpoint.steps_in(there) == [4, 6]
    assert len((there / "metrics.jsonl").read_text().splitlines()) == 6
    assert len(list(there.glob("events.out.tfevents.*"))) == 1
    assert [path.name for path in here.iterdir()] == ["train.log"] if replaced else not here.exists()
    assert gan("train", f"run={there}", "trainer.steps=7").code == 0


def test_a_folder_that_was_deleted_is_said_in_a_line(gan, tmp_path: Path, monkeypatch) -> None:
    after_the_first_checkpoint(monkeypatch, lambda: shutil.rmtree(tmp_path / "here"))
    result = gan("train", *SMALL, "trainer.steps=6", "run=here")
    assert result.code == 2
    assert "the folder was deleted while the run went on; nothing more can be saved" in result.err
    assert "Traceback" not in result.err
    assert list(tmp_path.iterdir()) == []
