"""Run folders, checkpoints and saved configs that will not do, and disks that fill up."""

from __future__ import annotations

import errno
import io
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from gan_cli.telemetry.jsonl import JsonlSink
from gan_cli.training import checkpoint

SMALL = (
    "trainer.steps=4",
    "trainer.checkpoint_every=2",
    "trainer.batch_size=8",
    "generator.base_channels=4",
    "discriminator.base_channels=4",
    "telemetry.every=1",
    "telemetry.num_samples=2",
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished run; tests take a copy."""
    folder = tmp_path_factory.mktemp("trained") / "here"
    command = [sys.executable, "-m", "gan_cli", "train", *SMALL, f"run={folder}"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def here(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "here")
    return tmp_path / "here"


def status(folder):
    return json.loads((folder / "status.json").read_text())


def unfinished(folder):
    """As if the run had been stopped at its last checkpoint with more steps to go."""
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config["trainer"]["steps"] = 6
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (folder / "status.json").write_text(json.dumps({"status": "interrupted", "step": 4}))


def test_a_run_folder_with_other_settings(refused, here):
    message = refused("train", *SMALL, "seed=3", "loss=hinge", "run=here")
    assert "run=" in message and "here: this folder holds a run with other settings: " in message
    assert "seed=3 (the run has 0)" in message
    assert "Resume it with `gan train run=" in message and "name another folder" in message


def test_a_run_is_not_made_shorter(refused, here):
    message = "gan train: trainer.steps=2: this run has 4 steps; it can be made longer, not shorter"
    assert refused("train", "run=here", "trainer.steps=2") == message


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


def test_a_truncated_newest_checkpoint_falls_back_to_the_one_before(gan, here):
    unfinished(here)
    newest = checkpoint.path_of(here, 4)
    os.truncate(newest, newest.stat().st_size // 2)
    result = gan("train", "run=here")
    assert result.code == 0, result.err
    assert "step_00000004.pt: the checkpoint is damaged" in result.err
    assert "falling back to the one before" in result.err
    assert "going on after step 2 of 6" in result.err
    assert "Traceback" not in result.err
    assert status(here) == {**status(here), "status": "done", "step": 6}


class Malice:
    def __reduce__(self):
        return os.system, ("touch owned",)


@pytest.mark.parametrize("verb", [("train",), ("sample", "num=2")])
@pytest.mark.parametrize("zipped", [True, False])
def test_a_checkpoint_that_is_a_malicious_pickle(gan, here, tmp_path, verb, zipped):
    unfinished(here)
    malicious = {"step": 4, "gan": Malice()}
    buffer = io.BytesIO()
    torch.save(malicious, buffer)
    checkpoint.path_of(here, 4).write_bytes(buffer.getvalue() if zipped else pickle.dumps(malicious))
    result = gan(*verb, "run=here")
    assert result.code == 2
    assert "step_00000004.pt: refused, because it holds more than tensors and plain values" in result.err
    assert "delete it if you do not trust where it came from" in result.err
    assert len(result.err.splitlines()) <= 3
    assert not (tmp_path / "owned").exists()
    assert checkpoint.steps_in(here) == [2, 4]


@pytest.mark.parametrize(
    "target", ["os.system", "posix.system", "gan_cli.cli.os.system", "gan_cli.cli.functools.reduce"]
)
@pytest.mark.parametrize("verb", [("train",), ("train", "trainer.steps=9"), ("sample", "num=2")])
def test_a_config_that_names_a_dangerous_function(refused, here, tmp_path, verb, target):
    unfinished(here)
    config = yaml.safe_load((here / "config.yaml").read_text())
    config["loss"] = {"_target_": target, "command": "touch owned"}
    (here / "config.yaml").write_text(yaml.safe_dump(config))
    message = refused(*verb, "run=here")
    assert f"loss._target_={target}: " in message
    assert "config.yaml in it is refused" in message
    assert not (tmp_path / "owned").exists()


def test_a_config_that_is_no_plain_yaml(refused, here, tmp_path):
    (here / "config.yaml").write_text("seed: !!python/object/apply:os.system ['touch owned']\n")
    for command in (("train",), ("train", "seed=1"), ("sample",)):
        assert "config.yaml cannot be read as plain YAML" in refused(*command, "run=here")
    assert not (tmp_path / "owned").exists()


def test_a_config_with_pieces_missing(refused, here):
    (here / "config.yaml").write_text("seed: 0\n")
    assert "here: config.yaml in it is refused: " in refused("train", "run=here", settings=10)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ((), "run=(nothing): must be given: run=..."),
        (
            ("run=nowhere",),
            "run=nowhere: not a run folder (it has no config.yaml); name a folder that `gan train` made",
        ),
        (("run=.",), "run=.: not a run folder (it has no config.yaml); name a folder that `gan train` made"),
        (("run=here", "checkpoint=3"), "checkpoint=3: no such checkpoint in here; there are: 2, 4"),
        (("run=here", "num=0"), "num=0: must be >= 1"),
        (("run=here", "formats=[gif]"), "formats=[gif]: each value must be one of grid, png, npz"),
        (("run=here", "device=cuda:99"), "runtime.device=cuda:99: no such GPU here"),
        (("run=here", "model=mlp"), "model=mlp: no such setting"),
    ],
)
def test_sampling_what_is_not_there(refused, here, typed, message):
    assert refused("sample", *typed).startswith(f"gan sample: {message}")


def full(*arguments, **settings):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_no_space_left_for_a_checkpoint(gan, tmp_path, monkeypatch):
    saves = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: fsync(file) if len(saves) < 1 and not saves.append(1) else full())
    result = gan("train", *SMALL, "run=here")
    assert result.code == 2
    lines = result.err.splitlines()[-2:]
    assert (
        lines[0] == f"gan train: run={tmp_path / 'here'}: no space left on the disk; the checkpoint of step 2 is safe."
    )
    assert lines[1].startswith(f"Free some space and go on with `gan train run={tmp_path / 'here'}`, or ")
    assert "Traceback" not in result.err
    assert [path.name for path in (tmp_path / "here" / "checkpoints").iterdir()] == ["step_00000002.pt"]
    monkeypatch.setattr(os, "fsync", fsync)
    assert "going on after step 2 of 4" in gan("train", "run=here").err
    assert status(tmp_path / "here")["status"] == "done"


def test_no_space_left_for_the_metrics(gan, tmp_path, monkeypatch):
    written = JsonlSink.scalars
    monkeypatch.setattr(
        JsonlSink, "scalars", lambda self, step, values: (full if step == 3 else written)(self, step, values)
    )
    result = gan("train", *SMALL, "run=here")
    assert result.code == 2
    assert "no space left on the disk; the checkpoint of step 2 is safe." in result.err
    assert "Traceback" not in result.err
    monkeypatch.setattr(JsonlSink, "scalars", written)
    assert gan("train", "run=here").code == 0
    steps = [json.loads(line)["step"] for line in (tmp_path / "here" / "metrics.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3, 4]


def test_no_space_left_for_the_folder_or_for_samples(refused, here, monkeypatch):
    monkeypatch.setattr("gan_cli.telemetry.export.write", full)
    assert refused("sample", "run=here", "num=2") == (
        "gan sample: no space left on device; free some space or name another folder"
    )
    monkeypatch.setattr(Path, "mkdir", full)
    assert refused("train", *SMALL, "run=new") == (
        "gan train: no space left on device; free some space or name another folder"
    )
