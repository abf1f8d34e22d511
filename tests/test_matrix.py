"""Every recipe with every kind of data, through the command line: it trains and it samples, or it says why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from found import takes_labels
from PIL import Image

from gan_cli.config.compose import compose_full, plain
from gan_cli.config.folders import config_dir, groups
from gan_cli.session.assemble import Parts
from gan_cli.spec import SampleSpec

RECIPES = list(groups([config_dir()])["model"])

FAKE = ("data=fake", "data.num_samples=16")
FEW = "data.num_samples=64"
DATA = {
    "digits": ("data=digits",),
    "colour": (*FAKE, "data.shape=[3,16,16]"),
    "odd": (*FAKE, "data.shape=[1,9,11]"),
    "audio": (*FAKE, "data.shape=[1,64]"),
    "voxels": (*FAKE, "data.shape=[1,8,8,8]"),
    "folder": ("data=folder", "data.root=photos", "data.size=16"),
    "mnist": ("data=mnist", "data.classes=[3,8]"),
    "points": (*FAKE, "data.shape=[2]"),
    "swiss_roll": ("data=swiss_roll", FEW),
    "ring": ("data=ring", FEW),
    "grid": ("data=grid", FEW),
    "two_moons": ("data=two_moons", FEW),
    "chirps": ("data=chirps", FEW, "data.length=1024"),
    "solids": ("data=solids", FEW, "data.size=8"),
    "words": ("data=colours", "data.limit=16"),
    "letters": ("data=manual", "data.limit=16", "data.length=8"),
}
LIKE = {
    "folder": ("colour", "dcgan"),
    "mnist": ("digits", "dcgan"),
    "swiss_roll": ("points", "mlp"),
    "ring": ("points", "mlp"),
    "grid": ("points", "mlp"),
    "two_moons": ("points", "mlp"),
    "letters": ("words", "text_small"),
}
"""Data that are like others to the networks, and the recipe with which they are always tried; the rest is slow."""

SMALL = (
    "trainer.steps=2",
    "trainer.batch_size=4",
    "telemetry.every=1",
    "telemetry.num_samples=4",
    "generator.base_channels=4",
    "discriminator.base_channels=4",
    "runtime.device=cpu",
)
COUNT = 3


@pytest.fixture(scope="session")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gray and coloured, transparent and upright, of several sizes and formats; one is broken."""
    folder = tmp_path_factory.mktemp("photographs")
    for index, (mode, suffix) in enumerate([("L", "png"), ("RGB", "jpg"), ("RGBA", "png"), ("P", "gif"), ("L", "bmp")]):
        Image.new(mode, (17 + 9 * index, 40 - 5 * index), 40 * index).save(folder / f"{index}.{suffix}")
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


@pytest.fixture
def data(request: pytest.FixtureRequest) -> Callable[[str], tuple[str, ...]]:
    """The overrides that choose a data set, once it is in its place."""

    def choose(name: str) -> tuple[str, ...]:
        if name == "folder":
            Path("photos").symlink_to(request.getfixturevalue("photographs"))
        if name == "mnist":
            return (*DATA[name], f"data.root={request.getfixturevalue('mnist_root')}")
        return DATA[name]

    return choose


@cache
def spec_of(data: tuple[str, ...]) -> SampleSpec:
    """The spec of a data set, by the overrides that choose it; composed once for all recipes."""
    return Parts(plain(compose_full("train", data))).source().spec


@cache
def convolutional_sides(recipe: str) -> list[str]:
    """Those that can do nothing with points; an autoencoder can."""
    config = plain(compose_full("train", [f"model={recipe}"]))
    return [side for side in ("generator", "discriminator") if re.search("Conv|ResNet|R3GAN", config[side]["_target_"])]


def refusal(recipe: str, name: str, spec: SampleSpec) -> str | None:
    """What must be said where a recipe for one kind meets data of another; None where it must train."""
    if recipe in ("harmonics", "class_harmonics", "oscillators"):
        return None if name == "chirps" else "needs sound, but the data are|use at most half of them"
    if takes_labels(recipe) and spec.num_classes is None and spec.kind != "points":
        return "needs labels, but the data have none"
    if recipe.startswith("text_"):
        return None if spec.kind == "text" else "needs text, but the data are"
    if recipe.startswith("wavegan") and name != "chirps" and spec.kind != "points":
        return "shifts sound in time|can be divided by 4|use at most"
    return None


def train_and_sample(gan: Any, *overrides: str) -> Path:
    trained = gan("train", *overrides, *SMALL, "run=here")
    assert trained.code == 0, trained.err
    drawn = gan("sample", "run=here", f"num={COUNT}", "device=cpu", "out=drawn")
    assert drawn.code == 0, drawn.err
    return Path("drawn")


def assert_drawn(folder: Path, spec: SampleSpec) -> None:
    is_image = spec.ndim == 2 and spec.channels in (1, 3)
    with Image.open(folder / "grid.png") as grid:
        assert grid.mode == "RGB" and min(grid.size) >= 8
    with np.load(folder / "samples.npz") as arrays:
        (key,) = arrays.files
        samples = arrays[key]
    assert key == ("images" if is_image else "samples") and len(samples) == COUNT
    assert np.isfinite(samples).all() and samples.std() > 0
    singles = sorted(path.name for path in folder.glob("0*.png"))
    assert singles == ([f"{index:05d}.png" for index in range(COUNT)] if is_image else [])
    for name in singles:
        with Image.open(folder / name) as single:
            assert single.size == spec.spatial[::-1] and single.mode == {1: "L", 3: "RGB"}[spec.channels]


def pairs() -> list[Any]:
    found = []
    for recipe in RECIPES:
        for name in DATA:
            marks = () if name not in LIKE or recipe == LIKE[name][1] else pytest.mark.slow
            found.append(pytest.param(recipe, name, marks=marks))
    return found


def test_data_that_are_like_others_have_their_kind() -> None:
    for name, (other, _) in LIKE.items():
        if name not in ("folder", "mnist"):  # they need files
            assert spec_of(DATA[name]).kind == spec_of(DATA[other]).kind


@pytest.mark.parametrize(("recipe", "name"), pairs())
def test_trains_and_samples(gan: Any, data: Any, recipe: str, name: str) -> None:
    chosen = data(name)
    spec, overrides = spec_of(chosen), (f"model={recipe}", *chosen)
    if (reason := refusal(recipe, name, spec)) is not None:
        refused = gan("train", *overrides, *SMALL, "run=here")
        assert refused.code == 2 and re.search(reason, refused.err), refused.err
        assert "Traceback" not in refused.err and not Path("here").exists()
        return
    if spec.ndim == 0 and convolutional_sides(recipe):
        refused = gan("train", *overrides, *SMALL, "run=here")
        assert refused.code == 2 and "Traceback" not in refused.err
        for side in convolutional_sides(recipe):
            assert f" {side}=" in refused.err
            assert f"needs samples with spatial dimensions, but the data are 2-d points; use {side}=mlp" in refused.err
        assert not Path("here").exists()
        return
    assert_drawn(train_and_sample(gan, *overrides), spec)


@pytest.mark.parametrize("recipe", ["dcgan", "hinge_resnet"])
@pytest.mark.parametrize(("shape", "kernel_size"), [([2, 33], 7), ([4, 7, 10], 5), ([1, 5, 6, 7], 3)])
def test_odd_kernels_and_sizes_in_each_dimension(gan: Any, recipe: str, shape: list[int], kernel_size: int) -> None:
    overrides = (f"model={recipe}", *FAKE, f"data.shape={shape}".replace(" ", ""))
    kernels = (f"generator.kernel_size={kernel_size}", f"discriminator.kernel_size={kernel_size}")
    folder = train_and_sample(gan, *overrides, *kernels)
    with np.load(folder / "samples.npz") as arrays:
        assert arrays["samples"].shape == (COUNT, *shape)
