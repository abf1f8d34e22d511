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
    return strict(Path("out.json").read_text())


def strict(text: str) -> dict[str, Any]:
    """JSON as other programs read it: without NaN and Infinity."""
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
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
    assert of_run["in_words"][-1].startswith("in all: frechet_classifier is ")


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
    others = {"comb", "level", "ngram_js", "ngram_precision", "novelty", "encoder_probe"}
    labelled = {"label_accuracy", "frechet_in_class"}
    assert set(found["not_measured"]) == {"wasserstein", "modes", "pieces", *others, *labelled}
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


@pytest.mark.parametrize("kind", ["npz", "npy"])
def test_the_order_of_a_file_says_nothing(gan: Gan, tmp_path: Path, kind: str) -> None:
    """Every real digit, class after class and shuffled: the same digits are drawn, and have the same figures."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    levels = (digits.images / 16 * 255).round().astype(np.uint8)
    orders = {
        "sorted": np.argsort(digits.target, kind="stable"),
        "shuffled": np.random.RandomState(0).permutation(len(levels)),
    }
    metrics = "metric=[class_histogram,precision_recall,frechet_classifier,kid_classifier,energy_distance]"
    found = []
    for name, order in orders.items():
        if kind == "npz":
            np.savez(tmp_path / f"{name}.npz", images=levels[order])
        else:
            np.save(tmp_path / f"{name}.npy", levels[order])
        found.append(evaluated(gan, f"run={name}.{kind}", "data=digits", metrics, "figures=false"))
    assert all((one["n_stored"], one["n_fake"]) == (1797, 180) for one in found)
    assert all(values(one)["classes"] == 10.0 and values(one)["class_kl"] < 0.2 for one in found)
    assert values(found[0]) == values(found[1])
    other = evaluated(gan, f"run=sorted.{kind}", "data=digits", metrics, "figures=false", "seed=1")
    assert values(other) != values(found[0])


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


def test_what_gan_sample_wrote_is_judged_as_it_stands(gan: Gan, run: str) -> None:
    """With its grid among the pictures, as an array alone, and where the run keeps its samples."""
    few = ("data=digits", "metric=[energy_distance]", "figures=false")
    for formats in ("[grid,png,npz]", "[npz]", "[grid,npz]", "[grid,png]"):
        assert gan("sample", run, "num=40", f"formats={formats}", f"out={formats}", "device=cpu").code == 0
    assert gan("sample", run, "num=40", "device=cpu").code == 0
    kept = next(Path("here/sampled").iterdir())
    found = [
        evaluated(gan, f"run={name}", *few) for name in ("[grid,png,npz]", "[npz]", "[grid,npz]", "[grid,png]", kept)
    ]
    assert [one["n_stored"] for one in found] == [40] * 5
    assert len({values(one)["energy_distance"] for one in found}) == 1
    assert gan("sample", run, "num=40", "formats=[grid]", "out=only", "device=cpu").code == 0
    assert "draw them with" in gan("evaluate", "run=only", *few).err


def test_too_few_samples_give_no_figure(gan: Gan, tmp_path: Path, refused: Any) -> None:
    levels = np.random.RandomState(0).randint(0, 256, (40, 8, 8)).astype(np.uint8)
    np.savez(tmp_path / "two.npz", images=levels[:2])
    np.savez(tmp_path / "forty.npz", images=levels)
    assert "2 samples are too few; 20 at least" in refused("evaluate", "run=two.npz", "data=digits")
    frechet = ("data=digits", "metric=[frechet_classifier,mmd]")
    assert "40 samples are too few; 128 at least" in refused("evaluate", "run=forty.npz", *frechet)
    assert "num=100: give 128 at least" in refused("evaluate", "run=forty.npz", "num=100", *frechet)
    assert "num=19: give 20 at least" in refused("evaluate", "run=forty.npz", "num=19", "data=digits")
    found = evaluated(gan, "run=forty.npz", "data=digits", "figures=false")
    assert {"energy_distance", "kid_classifier"} <= set(found["metrics"]) and found["n_real"] == 40
    assert found["not_measured"]["frechet_classifier"] == "needs 128 samples of each kind, there are 40"


def test_places_that_cannot_be_written_to_are_refused_first(
    gan: Gan, run: str, refused: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_cli.evaluation.evaluate.open_reference", None)  # nothing is read, trained or measured
    Path("file").write_text("in the way")
    Path("folder").mkdir()
    for place, words in {
        "json=folder": "is a folder; name a file", "json=": "is empty", "json=new/": "is a folder; name a file",
        "json=file/x.json": "is a file, not a folder", "out=file": "is a file, not a folder", "out=": "is empty",
    }.items():  # fmt: skip
        assert words in refused("evaluate", run, place, "device=cpu")
    Path("outputs").write_text("in the way")
    np.savez("theirs.npz", images=np.zeros((20, 8, 8), np.uint8))
    assert "out=" in refused("evaluate", "run=theirs.npz", "data=digits")
    assert "is empty" in refused("sample", run, "out=") and "is a file" in refused("sample", run, "out=file/x")


def test_labels_that_nothing_can_be_learnt_from(gan: Gan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty cats and a dog: no classifier is trained, and none judges."""
    monkeypatch.setattr("gan_cli.quality.classifier.train_classifier", None)
    rng = np.random.RandomState(0)
    for index in range(51):
        folder = tmp_path / "few" / ("cat" if index < 50 else "dog")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.randint(0, 255, (8, 8, 3), dtype=np.uint8)).save(folder / f"{index}.png")
    np.savez("theirs.npz", images=rng.randint(0, 255, (40, 8, 8, 3), dtype=np.uint8))
    data = ("run=theirs.npz", "data=folder", "data.root=few", "data.size=8", "figures=false")
    found = evaluated(gan, *data, "split=train", "num=20")
    assert not {"precision", "class_kl", "kid_classifier"} & set(found["metrics"]) and "classifier" not in found
    assert "precision_view" in found["metrics"], "the view needs no labels"
    assert "cannot show that a classifier knows anything" in found["not_measured"]["kid_classifier"]
    result = gan("evaluate", *data, "split=train", "num=20", "metric=[kid_classifier]")
    assert result.code == 2 and "metric=kid_classifier: needs more labelled images: 5 held out" in result.err


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
    assert "no such file or folder" in refused("evaluate", "run=nowhere.npz", "data=digits")
    for more in ((), ("checkpoint=best",), ("ema=false",)):
        assert "run=nowhere: there is no such file or folder" in refused("evaluate", "run=nowhere", *more)
    assert f"it holds runs, the newest is {run}" in refused("evaluate", "run=."), "although files lie there too"
    for setting in ("checkpoint=best", "ema=false"):
        message = refused("evaluate", "run=theirs.npz", "data=digits", setting, "device=cpu")
        assert f"{setting}: is for runs; these samples are in files, leave it out" in message
    assert "must be given" in refused("evaluate")


def test_nothing_is_held_back(gan: Gan, refused: Any) -> None:
    assert gan("train", *SHORT, "data.holdout=0", "run=here").code == 0
    assert "split=train" in refused("evaluate", "run=here", "device=cpu")
    assert torch.isfinite(
        torch.tensor(list(values(evaluated(gan, "run=here", "split=train", "metric=[mmd]")).values()))
    ).all()
