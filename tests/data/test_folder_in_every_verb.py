"""A folder of images with some of its classes, through every verb that reads data."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import SMALL
from PIL import Image

FOLDER = ("data=folder", "data.root=animals", "data.size=8")


@pytest.fixture
def animals(tmp_path):
    """Three classes of eight small pictures each."""
    random = np.random.default_rng(0)
    for name in ("cat", "dog", "emu"):
        (tmp_path / "animals" / name).mkdir(parents=True)
        for number in range(8):
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
