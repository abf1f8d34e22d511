"""`gan encode` and `gan sample reconstruct=true`: codes of held-out samples, and what they bring back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from gan_cli.cli import main
from gan_cli.data.base import spread_samples
from gan_cli.data.digits import Digits
from gan_cli.session.trained import open_run

SMALL = (
    "trainer.steps=2",
    "trainer.batch_size=8",
    "generator.base_channels=8",
    "discriminator.base_channels=8",
    "telemetry.num_samples=4",
    "runtime.device=cpu",
    "metric=[]",
)
BIGAN = ("model=bigan", "encoder.base_channels=8", "generator.latent_dim=5")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "run"
    main(["train", *BIGAN, *SMALL, f"run={folder}"])
    return folder


def test_codes_are_written_with_labels_in_the_order_of_the_data(gan: Any, run: Path) -> None:
    result = gan("encode", f"run={run}", "out=codes.npz", "device=cpu")
    assert result.code == 0, result.err
    assert "180 codes of step 2" in result.out and "codes float32 180x5, labels int64 180" in result.out
    with np.load("codes.npz") as arrays:
        codes, labels = arrays["codes"], arrays["labels"]
    held = Digits().load().holdout
    assert held is not None and np.array_equal(labels, held.labels_at(list(range(180))))  # type: ignore[arg-type]
    trained = open_run(run, step=None, average=True, device="cpu")
    some = spread_samples(held, 180, trained.spec)
    order = np.random.RandomState(1).permutation(180)
    assert np.allclose(codes[order], trained.encode(some.x).numpy(), atol=1e-5), "in blocks as in one"


def test_the_training_part_and_other_data(gan: Any, run: Path) -> None:
    assert gan("encode", f"run={run}", "split=train", "device=cpu", "out=train.npz").code == 0
    assert len(np.load("train.npz")["codes"]) == 1617
    fake = ("data=fake", "data.shape=[1,8,8]", "data.num_samples=20", "data.holdout=0.5")
    assert gan("encode", f"run={run}", *fake, "device=cpu", "out=fake.npz").code == 0
    with np.load("fake.npz") as arrays:
        assert arrays.files == ["codes"] and len(arrays["codes"]) == 10


def test_what_cannot_be_encoded_is_refused(refused: Any, run: Path, here: Path) -> None:
    assert "run=here: has no encoder; train one with model=bigan" in refused("encode", "run=here", "device=cpu")
    assert "reconstruct=true: the run has no encoder" in refused("sample", "run=here", "reconstruct=true", "device=cpu")
    other = ("data=fake", "data.shape=[1,9,9]")
    assert "they must have one shape" in refused("encode", f"run={run}", *other, "device=cpu")
    none = ("data=fake", "data.shape=[1,8,8]", "data.holdout=0")
    assert "use split=train" in refused("encode", f"run={run}", *none, "device=cpu")


def test_held_out_samples_are_drawn_beside_what_comes_back(gan: Any, run: Path) -> None:
    result = gan("sample", f"run={run}", "num=6", "reconstruct=true", "out=drawn", "device=cpu")
    assert result.code == 0, result.err
    assert "6 held-out samples, and what their codes bring back" in result.out
    with Image.open("drawn/reconstructed.png") as picture:
        assert picture.width > picture.height > 50


def brought_back(gan: Any, run: Path, files: str) -> npt.NDArray[np.uint8]:
    """What is drawn for files, beside the message."""
    result = gan("sample", f"run={run}", "num=3", f"reconstruct={files}", f"out=drawn-{Path(files).stem}", "device=cpu")
    assert result.code == 0, result.err
    assert f"samples of {files}, and what their codes bring back" in result.out
    with Image.open(f"drawn-{Path(files).stem}/reconstructed.png") as picture:
        return np.asarray(picture.convert("L"))


def test_pictures_and_arrays_of_the_user_are_encoded(gan: Any, run: Path) -> None:
    """A picture of another size is scaled, a gray array of the same levels is the same sample; the order is kept."""
    Path("photos/more").mkdir(parents=True)
    for place, level in {"photos/a.png": 0, "photos/more/b.png": 200, "single.png": 0}.items():
        Image.new("RGB", (40, 30), (level,) * 3).save(place)
    np.savez("arrays.npz", images=np.full((2, 8, 8), [[[0]], [[200]]], dtype=np.uint8))
    folder, array, single = (brought_back(gan, run, name) for name in ("photos", "arrays.npz", "single.png"))
    assert (folder == array).all() and folder.shape != single.shape
    assert 200 in folder and 200 not in single[: len(single) // 4, : single.shape[1] // 4]


def test_what_cannot_be_brought_back_is_refused(refused: Any, run: Path) -> None:
    Path("broken.png").write_bytes(b"\x89PNG no picture")
    np.savez("wide.npz", images=np.zeros((3, 9, 9), dtype=np.uint8))
    reasons = {
        "broken.png": "reconstruct=broken.png: broken.png cannot be read (",
        "nowhere.png": "reconstruct=nowhere.png: there is no such file or folder",
        "wide.npz": "reconstruct=wide.npz: images, uint8 3 x 9 x 9 does not fit the data, numbers N x 1 x 8 x 8",
    }
    for file, words in reasons.items():
        assert words in refused("sample", f"run={run}", f"reconstruct={file}", "out=drawn", "device=cpu")
        assert not Path("drawn").exists()


def test_a_single_sample_is_no_walk(refused: Any, run: Path) -> None:
    Image.new("L", (8, 8)).save("one.png")
    walk = ("interpolate=4", "reconstruct=one.png", "out=drawn", "device=cpu")
    assert "reconstruct=one.png: has a single sample, and interpolate=4" in refused("sample", f"run={run}", *walk)
    assert not Path("drawn").exists()


def test_walks_go_between_real_samples_if_they_are_encoded(gan: Any, run: Path) -> None:
    drawn = ("sample", f"run={run}", "num=3", "interpolate=2", "device=cpu")
    encoded = gan(*drawn, "reconstruct=true", "out=encoded")
    assert encoded.code == 0, encoded.err
    assert "interpolation.png, between the 3 samples, 2 steps each" in encoded.out
    assert gan(*drawn, "out=latents").code == 0
    pictures = [Path(f"{folder}/interpolation.png").read_bytes() for folder in ("encoded", "latents")]
    assert pictures[0] != pictures[1]


def test_points_come_back_as_a_cloud(gan: Any) -> None:
    small = ("data=ring", "data.num_samples=60", "encoder=mlp", "encoder.base_channels=8")
    assert gan("train", *small, *SMALL, "run=ring").code == 0
    result = gan("sample", "run=ring", "num=20", "reconstruct=true", "out=drawn", "device=cpu")
    assert result.code == 0, result.err
    assert Path("drawn/reconstructed.png").is_file()
