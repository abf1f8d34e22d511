"""A folder of images with some of its classes, through every verb that reads data."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from conftest import SMALL
from PIL import Image

from gan_cli.sampling.export import write
from gan_cli.spec import SampleSpec

FOLDER = ("data=folder", "data.root=animals", "data.size=8")


@pytest.fixture
def animals(tmp_path):
    """Three classes of sixteen small pictures each."""
    random = np.random.default_rng(0)
    for name in ("cat", "dog", "emu"):
        (tmp_path / "animals" / name).mkdir(parents=True)
        for number in range(16):
            pixels = random.integers(256, size=(10, 10, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "animals" / name / f"{number}.png")
    return tmp_path / "animals"


def test_inspect_of_some_classes(gan, animals):
    result = gan("inspect", *FOLDER, "data.classes=[0,2]", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["data"]["num_classes"] == 2


def test_training_on_some_classes(gan, animals, tmp_path):
    result = gan("train", *SMALL, *FOLDER, "data.classes=[0,2]", "data.holdout=0.25", "run=here", "metric=[]")
    assert result.code == 0, result.err
    assert json.loads((tmp_path / "here" / "status.json").read_text())["status"] == "done"


def test_a_sweep_over_classes(gan, animals, tmp_path):
    axis = "data.classes=[0],[1,2]"
    result = gan("train", "-m", *SMALL, *FOLDER, axis, "metric=[]", "hydra.sweep.dir=sweep")
    assert result.code == 0, result.err
    points = json.loads((tmp_path / "sweep" / "status.json").read_text())["points"]
    assert [point["status"] for point in points] == ["done", "done"]


@pytest.mark.parametrize("verb", ["inspect", "train", "benchmark"])
def test_classes_by_name(gan, animals, verb):
    own = ("run=here", "metric=[]") if verb == "train" else ("benchmark.rounds=2", "benchmark.steps=1")
    settings = [] if verb == "inspect" else [*SMALL, *own]
    assert gan(verb, *settings, *FOLDER, "data.classes=[emu,cat]").code == 0


def test_evaluation_of_a_run_on_named_classes(gan, animals):
    some = ("data.classes=[emu,cat,dog]", "data.holdout=0.5")
    assert gan("train", *SMALL, *FOLDER, *some, "run=here", "metric=[]").code == 0
    result = gan("evaluate", "run=here", "num=30", "metric=[energy_distance]", "figures=false")
    assert result.code == 0 and "data.root=" in result.err, result.err


def test_the_line_stands_on_the_screen_and_in_the_log(gan, animals, tmp_path):
    result = gan("train", *SMALL, *FOLDER, "run=here", "metric=[]")
    said = f"data.root={animals}: 48 colour images as 8x8, 3 classes (cat 16, dog 16, emu 16); 43 train, 5 held out"
    assert said in "".join(result.err.splitlines()), result.err
    assert said in (tmp_path / "here" / "train.log").read_text()


@pytest.mark.parametrize("data", [FOLDER[:2], ("data=digits",)])
def test_pictures_that_are_not_square(gan, animals, tmp_path, data):
    settings = (*SMALL, *data, "data.size=[16,8]", "metric=[]")
    result = gan("inspect", *data, "data.size=[16,8]", "--json")
    assert json.loads(result.out)["data"]["shape"][1:] == [16, 8]
    assert gan("train", *settings, "run=here").code == 0
    assert gan("sample", "run=here", "num=24", "formats=[png]", "out=fakes").code == 0
    with Image.open(tmp_path / "fakes" / "00000.png") as image:
        assert image.size == (8, 16)
    judged = (*data, "data.size=[16,8]", "data.holdout=0.5", "metric=[sliced_wasserstein]", "figures=false")
    result = gan("evaluate", "run=fakes", *judged)
    assert result.code == 0, result.err


@pytest.mark.parametrize(
    ("formats", "said"),
    [
        (
            ["grid", "png", "npz"],
            "12 gray images as 8x8, without classes; 11 train, 1 held out; skipped 1 .npz",
        ),
        (["npz"], "12 images from samples.npz as 8x8; 11 train, 1 held out"),
    ],
)
def test_samples_are_trained_on_as_they_stand(gan, tmp_path, formats, said):
    samples = torch.rand(12, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    write(samples, SampleSpec((1, 8, 8)), tmp_path / "fakes", formats)
    result = gan("train", *SMALL, "data=folder", "data.root=fakes", "data.size=8", "run=there", "metric=[]")
    assert result.code == 0, result.err
    assert said in "".join(result.err.splitlines())
