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


def test_the_order_of_a_file_says_nothing(gan: Gan, tmp_path: Path) -> None:
    """Every real digit, class after class and shuffled: the same figures, within what drawing others changes."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    levels = (digits.images / 16 * 255).round().astype(np.uint8)
    np.savez(tmp_path / "sorted.npz", images=levels[np.argsort(digits.target, kind="stable")])
    np.savez(tmp_path / "shuffled.npz", images=levels[np.random.RandomState(0).permutation(len(levels))])
    metrics = "metric=[class_histogram,precision_recall,frechet_classifier,kid_classifier,energy_distance]"
    draws: dict[str, list[dict[str, float]]] = {}
    for name in ("sorted", "shuffled"):
        found = [
            evaluated(gan, f"run={name}.npz", "data=digits", metrics, f"seed={seed}", "figures=false")
            for seed in range(4)
        ]
        assert all((one["n_stored"], one["n_fake"]) == (1797, 180) for one in found)
        draws[name] = [values(one) for one in found]
    assert all(one["classes"] == 10.0 and one["class_kl"] < 0.2 for each in draws.values() for one in each)
    for metric in draws["sorted"][0]:
        first, second = (np.array([one[metric] for one in draws[name]]) for name in draws)
        error = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 4)
        assert abs(first.mean() - second.mean()) <= 3.0 * error + 1e-9, metric


@pytest.mark.slow
def test_the_test_images_of_mnist_class_after_class(gan: Gan, tmp_path: Path, mnist_root: str) -> None:
    """Ten thousand real digits that no classifier has seen, sorted: good, and all there."""
    from torchvision.datasets import MNIST

    test = MNIST(mnist_root, train=False)
    order = np.argsort(test.targets.numpy(), kind="stable")
    np.savez(tmp_path / "sorted.npz", images=test.data.numpy()[order])
    metrics = "metric=[precision_recall,class_histogram]"
    found = evaluated(gan, "run=sorted.npz", "data=mnist", f"data.root={mnist_root}", metrics, "figures=false")
    assert (found["n_stored"], found["n_fake"]) == (10_000, 2500)
    assert found["metrics"]["recall"]["value"] > 0.8 and found["metrics"]["precision"]["value"] > 0.8
    assert found["metrics"]["classes"]["value"] == 10.0 and found["metrics"]["class_kl"]["value"] < 0.02


def test_the_training_split_and_other_data(gan: Gan, run: str) -> None:
    found = evaluated(gan, run, "metric=[energy_distance]", "split=train", "figures=false")
    assert (found["split"], found["n_real"]) == ("train", 808)
    zeros = evaluated(gan, run, "metric=[energy_distance]", "data=digits", "data.classes=[0,1]", "figures=false")
    assert zeros["n_real"] == 36


def test_bad_questions_are_refused(gan: Gan, run: str, refused: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "theirs.npz", images=np.zeros((20, 8, 8), np.uint8))
    assert "one shape" in refused("evaluate", run, "data=ring", "device=cpu")
    assert "range=[0,1]: is for samples in files" in refused("evaluate", run, "range=[0,1]", "device=cpu")
    assert "data=" in refused("evaluate", "run=theirs.npz", "metric=[mmd]")
    assert "metric=modes: needs data made of modes" in refused("evaluate", run, "metric=[modes]", "device=cpu")
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
