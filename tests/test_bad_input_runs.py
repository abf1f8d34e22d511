"""Run folders that will not do: other settings, somebody else's files, another process, nothing to sample from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from conftest import SMALL
from PIL import Image


def test_a_run_folder_with_other_settings(refused, here):
    message = refused("train", *SMALL, "seed=3", "loss=hinge", "run=here")
    assert "run=" in message and "here: this folder holds a run with other settings: " in message
    assert "seed=3 (the run has 0)" in message
    assert "Resume it with `gan train run=" in message and "name another folder" in message


def test_a_run_is_not_made_shorter(refused, here):
    message = "gan train: trainer.steps=2: this run has 4 steps; it can be made longer, not shorter"
    assert refused("train", "run=here", "trainer.steps=2") == message


def test_a_setting_of_the_run_that_nothing_else_that_was_typed_has(gan, refused, tmp_path):
    for each in range(20):
        Image.new("L", (8, 8), 12 * each).save(tmp_path / f"{each}.png")
    assert gan("train", *SMALL, "data=folder", "data.root=.", "data.size=8", "run=here").code == 0
    message = refused("train", "run=here", "data.root=there")
    named = "run=here has it, but not what else was typed; type all of here/overrides.txt before it"
    assert message == f"gan train: data.root=there: {named}"
    assert "data.nonsense=3: no such setting" in refused("train", "run=here", "data.nonsense=3")


def test_a_folder_that_holds_something_else(refused, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    message = refused("train", *SMALL, "run=mine")
    assert "mine: this folder holds something that is not a run; name a new or an empty folder" in message


@pytest.mark.parametrize("run", ["file", "file/below"])
def test_a_file_where_the_folder_should_be(refused, tmp_path, run):
    (tmp_path / "file").touch()
    message = refused("train", *SMALL, f"run={run}")
    assert message.startswith(f"gan train: run={tmp_path / run}: {tmp_path / 'file'} is a file, not a folder; name ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(refused, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "you may not write to" in refused("train", *SMALL, "run=locked/run")


@pytest.mark.parametrize("begun", [True, False])
def test_two_processes_on_one_folder(refused, here, begun):
    """Also before the first one has written its config: its folder must not be deleted as a refused run's."""
    if not begun:
        shutil.rmtree(here)
        here.mkdir()
    hold = (
        "import sys; from pathlib import Path; from gan_cli.session.folder import Lock\n"
        f"with Lock(Path({str(here)!r})): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        message = refused("train", *SMALL, "run=here")
        other.stdin.close()
    assert f"here: process {other.pid} on " in message
    assert "is writing to this folder; wait until it ends or name another folder" in message


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ((), "run=(nothing): must be given: run=..."),
        (
            ("run=nowhere",),
            "run=nowhere: not a run folder (it has no config.yaml); name a folder that `gan train` made",
        ),
        (("run=.",), "run=.: not a run folder (it has no config.yaml); it holds runs, the newest is run=here"),
        (("run=here", "checkpoint=3"), "checkpoint=3: no such checkpoint in here; there are: 2, 4"),
        (("run=here", "num=0"), "num=0: must be >= 1"),
        (("run=here", "formats=[gif]"), "formats=[gif]: each value must be one of grid, png, npz"),
        (("run=here", "device=cuda:99"), "device=cuda:99: no such GPU here"),
        (("run=here", "model=mlp"), "model=mlp: no such setting"),
    ],
)
def test_sampling_what_is_not_there(refused, here, typed, message):
    assert refused("sample", *typed).startswith(f"gan sample: {message}")
