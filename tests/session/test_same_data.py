"""A run and its folder of images: the same from anywhere, and noticed when it changed."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
import yaml
from conftest import SMALL
from PIL import Image

from gan_cli.config.compose import compose_full, plain
from gan_cli.data.folder import Folder
from gan_cli.session.rehearsal import rehearse
from gan_cli.session.same_data import with_absolute_root

RUN = (*SMALL, "data=folder", "data.size=8", "data.holdout=0.5", "metric=[]")


def paint(folder, count):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        pixels = np.random.default_rng(number).integers(256, size=(9, 9, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02}.png")


def steps_of(run):
    return json.loads((run / "status.json").read_text())["step"]


def test_the_same_folder_is_meant_from_anywhere(gan, tmp_path, monkeypatch):
    paint(tmp_path / "work" / "photos", 44)
    paint(tmp_path / "elsewhere" / "photos", 44)
    monkeypatch.chdir(tmp_path / "work")
    assert gan("train", *RUN, "data.root=photos", "run=../here").code == 0
    saved = yaml.safe_load((tmp_path / "here" / "config.yaml").read_text())
    assert saved["data"]["root"] == str(tmp_path / "work" / "photos")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert gan("train", "run=../here", "trainer.steps=6").code == 0
    assert steps_of(tmp_path / "here") == 6
    assert str(tmp_path / "work" / "photos") in (tmp_path / "here" / "train.log").read_text()
    assert gan("evaluate", "run=../here", "num=30", "metric=[energy_distance]", "figures=false").code == 0


def test_a_changed_set_is_noticed(gan, tmp_path):
    paint(tmp_path / "photos", 44)
    assert gan("train", *RUN, "data.root=photos", "run=here").code == 0
    Image.new("RGB", (99, 99), "red").save(tmp_path / "photos" / "03.png")
    before = (tmp_path / "here" / "metrics.jsonl").read_bytes()
    result = gan("train", "run=here", "trainer.steps=6")
    assert result.code == 2
    assert "the files in data.root are not those of the start of the run (by name and size; 44 as before)" in result.err
    assert "or delete here/data.json to go on all the same" in " ".join(result.err.split()).replace(f"{tmp_path}/", "")
    assert (tmp_path / "here" / "metrics.jsonl").read_bytes() == before
    told = gan("evaluate", "run=here", "num=30", "metric=[energy_distance]", "figures=false")
    assert told.code == 0 and "are not those of the start of the run" in told.err
    (tmp_path / "here" / "data.json").unlink()
    assert gan("train", "run=here", "trainer.steps=6").code == 0 and steps_of(tmp_path / "here") == 6


def test_a_set_that_grew_is_refused(gan, tmp_path):
    paint(tmp_path / "photos", 44)
    assert gan("train", *RUN, "data.root=photos", "run=here").code == 0
    paint(tmp_path / "photos", 46)
    result = gan("train", "run=here", "trainer.steps=6")
    assert result.code == 2 and "44 then, 46 now" in result.err and "delete" not in result.err


def test_the_same_files_elsewhere_are_the_same_set(gan, tmp_path):
    paint(tmp_path / "photos", 44)
    assert gan("train", *RUN, "data.root=photos", "run=here").code == 0
    os.rename(tmp_path / "photos", tmp_path / "moved")
    result = gan("train", "run=here", "trainer.steps=6")
    assert result.code == 2 and f"data.root={tmp_path}/photos: the folder does not exist" in result.err
    assert f"ln -s <where it is now> {tmp_path}/photos" in result.err
    os.symlink(tmp_path / "moved", tmp_path / "photos")
    assert gan("train", "run=here", "trainer.steps=5").code == 0
    os.unlink(tmp_path / "photos")
    steps = [setting for setting in RUN if not setting.startswith("trainer.steps")]
    assert gan("train", *steps, "trainer.steps=6", "data.root=moved", "run=here").code == 0
    assert steps_of(tmp_path / "here") == 6


def test_the_folder_that_one_works_in(gan, tmp_path):
    """Runs below the data are no data, so a run goes on after others have drawn their pictures beside it."""
    paint(tmp_path, 44)
    command = (*RUN, "data.root=.", "telemetry.samples_every=2")
    assert gan("train", *command, "run=outputs/one").code == 0
    assert gan("train", *command, "run=outputs/two", "seed=1").code == 0
    assert gan("sample", "run=outputs/one", "num=4", "out=fakes").code == 0
    assert gan("evaluate", "run=outputs/one", "num=30", "metric=[energy_distance]", "out=pictures").code == 0
    assert "44 colour images" in (tmp_path / "outputs" / "two" / "train.log").read_text()
    result = gan("train", "run=outputs/one", "trainer.steps=6")
    assert result.code == 0 and steps_of(tmp_path / "outputs" / "one") == 6, result.err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("photos", "{here}/photos"), ("../x", "{above}/x"), ("~/x", "{home}/x"), ("/x", "/x"), ("s3://x", "s3://x")],
)
def test_roots_in_full(tmp_path, monkeypatch, typed, meant):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    config = {"seed": 1, "data": {"_target_": "a", "root": typed}}
    wanted = meant.format(here=tmp_path, above=tmp_path.parent, home="/home/somebody")
    assert with_absolute_root(config) == {"seed": 1, "data": {"_target_": "a", "root": wanted}}
    assert config["data"]["root"] == typed


@pytest.mark.parametrize("data", [{"root": None}, {}, None, {"root": "~nosuchuser/x"}, {"root": 5}, {"root": ""}])
def test_what_has_no_root_stays(data):
    assert with_absolute_root({"data": data}) == {"data": data}


def test_a_sweep_lists_a_folder_once_before_it_begins(tmp_path, monkeypatch):
    paint(tmp_path / "photos", 12)
    asked = []
    spec = Folder.spec.fget
    monkeypatch.setattr(Folder, "spec", property(lambda self: asked.append(1) or spec(self)))
    known = {}
    for seed in range(3):
        rehearse(plain(compose_full("train", ["data=folder", f"data.root={tmp_path}/photos", f"seed={seed}"])), known)
    assert len(asked) == 1
