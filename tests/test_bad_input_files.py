"""Files of a run that are damaged or malicious, and disks that fill up while they are written."""

from __future__ import annotations

import errno
import io
import json
import os
import pickle
from pathlib import Path

import pytest
import torch
import yaml
from conftest import SMALL

from gan_cli.telemetry.jsonl import JsonlSink
from gan_cli.training import checkpoint


def status(folder):
    return json.loads((folder / "status.json").read_text())


def unfinished(folder):
    """As if the run had been stopped at its last checkpoint with more steps to go."""
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config["trainer"]["steps"] = 6
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (folder / "status.json").write_text(json.dumps({"status": "interrupted", "step": 4}))


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


def full(*arguments, **settings):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_no_space_left_for_a_checkpoint(gan, tmp_path, monkeypatch):
    fsync = os.fsync
    first = tmp_path / "here" / "checkpoints" / "step_00000002.pt"
    monkeypatch.setattr(os, "fsync", lambda file: full() if first.exists() else fsync(file))
    result = gan("train", *SMALL, "run=here")
    assert result.code == 1
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
    assert result.code == 1
    assert "no space left on the disk; the checkpoint of step 2 is safe." in result.err
    assert "Traceback" not in result.err
    monkeypatch.setattr(JsonlSink, "scalars", written)
    assert gan("train", "run=here").code == 0
    steps = [json.loads(line)["step"] for line in (tmp_path / "here" / "metrics.jsonl").read_text().splitlines()]
    assert steps == [1, 2, 3, 4]


def test_no_space_left_for_the_folder_or_for_samples(refused, here, monkeypatch):
    monkeypatch.setattr("gan_cli.sampling.export.write", full)
    assert refused("sample", "run=here", "num=2") == (
        "gan sample: no space left on device; free some space or name another folder"
    )
    monkeypatch.setattr(Path, "mkdir", full)
    assert refused("train", *SMALL, "run=new") == (
        "gan train: no space left on device; free some space or name another folder"
    )
