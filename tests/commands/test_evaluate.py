"""`gan evaluate`: one yardstick for runs, arrays and folders of images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import Gan
from PIL import Image

FEW = "metric=[energy_distance,frechet_classifier,precision_recall,class_histogram]"
SHORT = (
    "trainer.steps=40", "generator.base_channels=8", "discriminator.base_channels=8", "telemetry.every=20",
    "runtime.device=cpu", "metric=[]",
)  # fmt: skip


@pytest.fixture
def run(gan: Gan) -> str:
    assert gan("train", *SHORT, "run=here").code == 0
    return "run=here"


def evaluated(gan: Gan, *arguments: str) -> dict[str, Any]:
    result = gan("evaluate", *arguments, "json=out.json", "device=cpu")
    assert result.code == 0, result.err
    found = json.loads(Path("out.json").read_text())
    assert isinstance(found, dict)
    return found


def values(document: dict[str, Any]) -> dict[str, float]:
    return {name: result["value"] for name, result in document["metrics"].items()}


def test_a_run_its_array_and_its_pictures_score_alike(gan: Gan, run: str) -> None:
    """The same pixels, whichever way they come, to the last bit."""
    assert gan("sample", run, "num=180", "formats=[npz,png]", "out=drawn", "device=cpu").code == 0
    Path("pictures").mkdir()
    for path in Path("drawn").glob("0*.png"):
        path.rename(Path("pictures") / path.name)
    of_run = evaluated(gan, run, FEW)
    of_array = evaluated(gan, "run=drawn/samples.npz", "data=digits", FEW)
    of_pictures = evaluated(gan, "run=pictures", "data=digits", FEW)
    assert values(of_run) == values(of_array) == values(of_pictures)
    assert (
        of_run["metrics"]["frechet_classifier"]["real_versus_real"] < of_run["metrics"]["frechet_classifier"]["value"]
    )
    assert (of_run["n_real"], of_run["n_fake"], of_run["split"]) == (180, 180, "holdout")
    assert (of_run["step"], of_run["weights"]) == (40, "ema")
    assert of_run["classifier"] == of_array["classifier"] and of_run["classifier_accuracy"] > 0.95


def test_the_same_seed_gives_the_same_figures_and_another_does_not(gan: Gan, run: str) -> None:
    first, again, other = (evaluated(gan, run, "metric=[mmd]", f"seed={seed}", "figures=false") for seed in (3, 3, 4))
    assert values(first) == values(again) != values(other)


def test_all_that_fits_is_measured_and_drawn_and_the_rest_is_named(gan: Gan, run: str) -> None:
    result = gan("evaluate", run, "json=out.json", "device=cpu")
    assert result.code == 0, result.err
    found = json.loads(Path("out.json").read_text())
    assert {"duality_gap", "probe", "probe_pixels", "kid_classifier", "nearest_train", "coverage"} <= set(
        found["metrics"]
    )
    assert set(found["not_measured"]) == {"wasserstein", "modes"}
    assert "not measured: modes needs data made of modes" in result.out
    drawn = Path("here/evaluated/step_00000040-ema-seed_0")
    assert {path.name for path in drawn.iterdir()} == {"nearest.png", "classes.png", "retrieval.png"}
    for path in drawn.iterdir():
        with Image.open(path) as picture:
            assert max(picture.size) > 300


def test_points(gan: Gan) -> None:
    small = ("data.num_samples=2000", "generator.base_channels=16", "discriminator.base_channels=16")
    assert (
        gan("train", "data=ring", "model=mlp", "trainer.steps=20", *small, "run=here", "runtime.device=cpu").code == 0
    )
    found = evaluated(gan, "run=here", "num=200")
    assert {"modes", "high_quality", "reverse_kl", "wasserstein", "mmd", "energy_distance"} <= set(found["metrics"])
    assert found["metrics"]["modes"]["real_versus_real"] == 8.0
    assert Path("here/evaluated/step_00000020-ema-seed_0/points.png").is_file()


@pytest.mark.parametrize(
    ("shape", "as_floats"),
    [((40, 8, 8), False), ((40, 1, 8, 8), False), ((40, 8, 8, 1), False), ((40, 8, 8), True)],
)
def test_every_layout_of_an_array(gan: Gan, tmp_path: Path, shape: tuple[int, ...], as_floats: bool) -> None:
    levels = np.random.RandomState(0).randint(0, 256, (40, 8, 8)).astype(np.uint8)
    np.savez(tmp_path / "first.npz", images=levels)
    array = levels.reshape(shape)
    np.savez(tmp_path / "theirs.npz", images=array.astype(np.float64) / 255 if as_floats else array)
    first, theirs = (
        evaluated(gan, f"run={name}.npz", "data=digits", "metric=[energy_distance]", "figures=false")
        for name in ("first", "theirs")
    )
    assert values(first)["energy_distance"] == pytest.approx(values(theirs)["energy_distance"], rel=1e-6)


def test_the_training_split_and_other_data(gan: Gan, run: str) -> None:
    found = evaluated(gan, run, "metric=[energy_distance]", "split=train", "figures=false")
    assert (found["split"], found["n_real"]) == ("train", 808)
    zeros = evaluated(gan, run, "metric=[energy_distance]", "data=digits", "data.classes=[0]", "figures=false")
    assert zeros["n_real"] == 18


def test_bad_samples_are_refused(gan: Gan, tmp_path: Path, refused: Any) -> None:
    images = np.zeros((20, 8, 8), np.uint8)
    spoilt = np.zeros((20, 8, 8), np.float32)
    spoilt[3, 0, 0] = np.nan
    arrays = {
        "other": {"pictures": images}, "large": {"images": np.zeros((20, 9, 9), np.uint8)},
        "spoilt": {"images": spoilt}, "signed": {"images": np.full((20, 8, 8), -1)},
        "one": {"images": images[:1]}, "whole": {"images": np.full((20, 8, 8), 7.0)}, "few": {"images": images},
    }  # fmt: skip
    for name, content in arrays.items():
        np.savez(tmp_path / f"{name}.npz", **content)
    (tmp_path / "torn.npz").write_bytes(b"PK nothing")
    (tmp_path / "empty").mkdir()
    (tmp_path / "mixed").mkdir()
    for index, side in enumerate((8, 8, 10)):
        Image.new("L", (side, side)).save(tmp_path / f"mixed/{index}.png")

    def message(*arguments: str) -> str:
        return str(refused("evaluate", *arguments, "data=digits", "metric=[frechet_classifier]", "device=cpu"))

    assert "pictures" in message("run=other.npz") and "images" in message("run=other.npz")
    assert "20 x 9 x 9" in message("run=large.npz")
    assert "1 of 20 samples hold nan" in message("run=spoilt.npz")
    assert "uint8, or floats in [0, 1]" in message("run=signed.npz")
    assert "uint8, or floats in [0, 1]" in message("run=whole.npz") and "7" in message("run=whole.npz")
    assert "too few" in message("run=one.npz")
    assert "128 samples of each kind, there are 20" in message("run=few.npz")
    assert "not an .npz file" in message("run=torn.npz")
    assert "not a run folder" in message("run=empty")
    assert "2.png is 10x10" in message("run=mixed")
    assert "not a run folder" in message("run=nowhere")


def test_bad_questions_are_refused(gan: Gan, run: str, refused: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "theirs.npz", images=np.zeros((20, 8, 8), np.uint8))
    assert "data=" in refused("evaluate", "run=theirs.npz", "metric=[mmd]")
    assert "metric=modes: needs data made of modes" in refused("evaluate", run, "metric=[modes]", "device=cpu")
    assert "one shape" in refused("evaluate", run, "data=ring", "device=cpu")
    assert "checkpoint=best" in refused("evaluate", run, "checkpoint=best", "device=cpu")
    assert "split" in refused("evaluate", run, "split=test")
    assert "metric" in refused("evaluate", run, "metric=[]", "device=cpu")
    assert "num" in refused("evaluate", run, "num=1")
    assert "must be given" in refused("evaluate")


def test_nothing_is_held_back(gan: Gan, refused: Any) -> None:
    assert gan("train", *SHORT, "data.holdout=0", "run=here").code == 0
    assert "split=train" in refused("evaluate", "run=here", "device=cpu")
    assert torch.isfinite(
        torch.tensor(list(values(evaluated(gan, "run=here", "split=train", "metric=[mmd]")).values()))
    ).all()
