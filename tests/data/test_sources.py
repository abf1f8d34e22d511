import importlib
from functools import partial
from pathlib import Path

import pytest
import torch
import yaml
from sklearn.datasets import load_sample_images

from gan_cli.config.signature import parameters_of
from gan_cli.data.chirps import Chirps
from gan_cli.data.digits import Digits
from gan_cli.data.fake import Fake
from gan_cli.data.grid import Grid
from gan_cli.data.photo_crops import PhotoCrops
from gan_cli.data.ring import Ring
from gan_cli.data.select import resize
from gan_cli.data.solids import Solids
from gan_cli.data.swiss_roll import SwissRoll
from gan_cli.data.two_moons import TwoMoons
from gan_cli.errors import SettingError

CONFIGS = Path(__file__).parents[2] / "configs" / "data"
SOURCES = {
    "digits": lambda: Digits(),
    "digits_some": lambda: Digits(classes=[3, 8], size=12, holdout=0.25),
    "photo_crops": lambda: PhotoCrops(size=[16, 24], crop=64, num_samples=30),
    "ring": lambda: Ring(num_samples=100),
    "grid": lambda: Grid(num_samples=100, holdout=0.1),
    "swiss_roll": lambda: SwissRoll(num_samples=100),
    "two_moons": lambda: TwoMoons(num_samples=100),
    "solids": lambda: Solids(size=12, num_samples=40),
    "chirps": lambda: Chirps(length=512, num_samples=40),
    "signal": lambda: Fake(shape=[1, 1600], num_samples=10),
    "image": lambda: Fake(shape=[3, 17, 20], num_samples=70),
    "voxels": lambda: Fake(shape=[1, 16, 16, 16], num_samples=10),
    "points": lambda: Fake(shape=[2], num_samples=10),
}


@pytest.mark.parametrize("name", SOURCES)
def test_spec_matches_what_load_yields(name):
    source = SOURCES[name]()
    source.prepare()
    table = source.load().train
    assert tuple(table.samples.shape[1:]) == source.spec.shape
    if source.spec.ndim == 0:
        assert table.samples.dtype == torch.float32 and source.spec.value_range is None
    elif name == "chirps":
        assert table.samples.dtype == torch.int16 and source.spec.value_range == (-1.0, 1.0)
        assert table.samples.min() < -16384 and table.samples.max() > 16383
    else:
        assert table.samples.dtype == torch.uint8 and source.spec.value_range == (-1.0, 1.0)
        assert table.samples.min() < 64 and table.samples.max() > 191
    if source.spec.num_classes is None:
        assert table.labels is None
    else:
        assert table.labels.dtype == torch.int64
        assert table.labels.unique().tolist() == list(range(source.spec.num_classes))


@pytest.mark.parametrize("name", SOURCES)
def test_same_settings_give_the_same_samples_in_the_same_order(name):
    first, second = SOURCES[name]().load(), SOURCES[name]().load()
    assert torch.equal(first.train.samples, second.train.samples)


@pytest.mark.parametrize(
    "make", [Digits, PhotoCrops, Solids, Chirps, Ring, Grid, SwissRoll, TwoMoons, partial(Fake, shape=[1, 8, 8])]
)
def test_every_source_holds_back_a_tenth_and_has_a_limit(make):
    whole, some = make().load(), make(limit=30).load()
    total = len(whole.train) + len(whole.holdout)
    assert len(whole.holdout) == round(0.1 * total)
    assert (len(some.train), len(some.holdout)) == (30, len(whole.holdout))
    assert make().spec == make(limit=30).spec


def test_digits_are_the_1797_scans_scaled_to_255():
    table = Digits(holdout=0.0).load().train
    assert table.samples.shape == (1797, 1, 8, 8)
    # the first row of the first scan is 0 0 5 13 9 1 0 0 in scikit-learn; 5/16 * 255 = 79.7
    assert table.samples[0, 0, 0].tolist() == [0, 0, 80, 207, 143, 16, 0, 0]
    assert table.labels[:4].tolist() == [0, 1, 2, 3]


def test_digits_are_those_that_scikit_learn_loads():
    from sklearn.datasets import load_digits

    theirs, ours = load_digits(), Digits(holdout=0.0).load().train
    assert torch.equal(ours.samples[:, 0], torch.from_numpy(theirs.images).mul(255 / 16).round().to(torch.uint8))
    assert torch.equal(ours.labels, torch.from_numpy(theirs.target).long())


def test_photo_crops_are_parts_of_both_photographs():
    photographs = [torch.tensor(image).permute(2, 0, 1) for image in load_sample_images().images]
    crops = PhotoCrops(size=20, crop=20, num_samples=6, holdout=0.0).load().train.samples
    found = [[is_part(crop, photograph) for photograph in photographs] for crop in crops]
    assert found == [[True, False], [False, True]] * 3


def is_part(crop, photograph):
    """Whether a crop occurs in the photograph, unchanged."""
    corners = (photograph[:, :-19, :-19] == crop[:, :1, :1]).all(dim=0).nonzero().tolist()
    return any(torch.equal(photograph[:, top : top + 20, left : left + 20], crop) for top, left in corners)


def test_photo_crops_show_the_same_part_at_every_size():
    small, large = (PhotoCrops(size=size, num_samples=4, holdout=0.0).load().train.samples for size in (32, 96))
    assert torch.equal(small, resize(large, 32))


@pytest.mark.parametrize(("size", "crop", "most"), [(32, 428, 427), ([16, 64], 200, 160)])
def test_photo_crops_refuse_a_crop_that_no_photograph_has(size, crop, most):
    with pytest.raises(SettingError, match=f"crop={crop}: .*exceed a photograph .*; the largest crop is {most}"):
        PhotoCrops(size=size, crop=crop)
    assert len(PhotoCrops(size=size, crop=most, num_samples=4, holdout=0.0).load().train) == 4


def test_constructors_touch_no_torch_random_state():
    before = torch.get_rng_state()
    for make in SOURCES.values():
        make().load()
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("shape", [[], [0], [3, -1, 4], [1, 2, 3, 4, 5]])
def test_fake_refuses_shapes_that_are_none(shape):
    with pytest.raises(SettingError, match="shape=.*1 to 4 positive numbers"):
        Fake(shape=shape)


def test_fake_images_are_smooth():
    image = Fake(shape=[1, 32, 32], num_samples=8).load().train.samples.float()
    assert image.diff(dim=-1).abs().mean() < 0.25 * image.std()


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_yaml_states_every_setting_with_the_default_of_the_constructor(path):
    text = path.read_text()
    assert text.startswith("# ") and len(text.splitlines()[0]) <= 120
    node = yaml.safe_load(text)
    module, _, name = node.pop("_target_").rpartition(".")
    parameters = parameters_of(getattr(importlib.import_module(module), name))
    plain = {key: list(p.default) if isinstance(p.default, tuple) else p.default for key, p in parameters.items()}
    assert node == plain
