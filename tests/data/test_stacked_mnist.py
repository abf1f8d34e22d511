import os
import socket

import numpy as np
import pytest
import torch

from gan_cli.data.base import normalise
from gan_cli.data.download.downloaded import data_root
from gan_cli.data.mnist import IDX_FILES, MNIST
from gan_cli.data.stacked_mnist import StackedMNIST
from gan_cli.errors import SettingError, UserError

COUNT = 40


def idx(values):
    """An array in the format of MNIST's files: 0 0 type ndim, extents, values."""
    return bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes() + values.tobytes()


@pytest.fixture
def root(tmp_path):
    """A stand-in for MNIST: image k is filled with k and shows the digit k mod 10."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    images = np.broadcast_to(np.arange(COUNT, dtype=np.uint8)[:, None, None], (COUNT, 28, 28))
    labels = np.arange(COUNT, dtype=np.uint8) % 10
    for name, values in zip(IDX_FILES, [images, labels] * 2, strict=True):
        (raw / name).write_bytes(idx(values))
    return str(tmp_path)


def images_in(table):
    """Which images of the stand-in are stacked, (N, 3)."""
    return table.samples[:, :, 0, 0].long()


def test_shapes_types_and_numbers(root):
    source = StackedMNIST(root=root, num_samples=200)
    source.prepare()
    split = source.load()
    assert source.stacked and source.spec.num_classes == 1000 and source.spec.value_range == (-1.0, 1.0)
    for table, count in ((split.train, 180), (split.holdout, 20)):
        assert table.samples.shape == (count, *source.spec.shape) == (count, 3, 28, 28)
        assert table.samples.dtype == torch.uint8 and table.samples.is_contiguous()
        assert table.labels.shape == (count,) and table.labels.dtype == torch.int64
    small = StackedMNIST(root=root, num_samples=200, size=12, holdout=0.0)
    assert small.spec.shape == (3, 12, 12) and small.load().train.samples.shape == (200, 3, 12, 12)
    assert small.load().holdout is None


def test_the_label_spells_the_digits_of_the_channels(root):
    split = StackedMNIST(root=root, num_samples=500).load()
    for table in (split.train, split.holdout):
        spelled = [int("".join(str(image % 10) for image in stack)) for stack in images_in(table).tolist()]
        assert table.labels.tolist() == spelled
        assert (table.samples == table.samples[:, :, :1, :1]).all(), "each channel is one image"


def test_no_held_out_digit_is_trained_on(root):
    split = StackedMNIST(root=root, num_samples=4000, holdout=0.25).load()
    trained, held = (set(images_in(table).flatten().tolist()) for table in (split.train, split.holdout))
    assert (len(trained), len(held)) == (30, 10) and not trained & held
    alone = MNIST(root=root, holdout=0.25).load()
    assert trained == set(alone.train.samples[:, 0, 0, 0].tolist()), "MNIST's own share"


def test_the_seed_alone_decides(root):
    def drawn(**settings):
        return images_in(StackedMNIST(root=root, **{"num_samples": 100, **settings}).load().train)

    torch.manual_seed(1)
    np.random.seed(1)
    first = drawn()
    torch.manual_seed(2)
    np.random.seed(2)
    before = torch.get_rng_state()
    assert torch.equal(first, drawn())
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.equal(first, drawn(seed=1))
    assert torch.equal(first[:30], drawn(limit=30))
    assert torch.equal(first, drawn(num_samples=300)[:90])
    # a stream that is frozen for good: these stay what they are on every machine
    assert first[:2].tolist() == [[6, 30, 1], [0, 5, 7]]


def test_a_limit_leaves_the_held_out_stacks_alone(root):
    whole, some = (StackedMNIST(root=root, num_samples=100, limit=limit).load() for limit in (None, 7))
    assert (len(whole.train), len(some.train)) == (90, 7)
    assert torch.equal(whole.holdout.samples, some.holdout.samples)
    assert len(StackedMNIST(root=root, num_samples=100, limit=1000).load().train) == 90


def test_nothing_left_to_train_on_is_refused_before_data_are_read(tmp_path):
    with pytest.raises(SettingError, match="holdout=0.1: leaves none of 1 stacks to train on; use a smaller share"):
        StackedMNIST(root=str(tmp_path / "nowhere"), num_samples=1)
    with pytest.raises(SettingError, match="holdout=0.9: leaves none of 2 stacks"):
        StackedMNIST(num_samples=2, holdout=0.9)
    assert not (tmp_path / "nowhere").exists()


def test_a_missing_mnist_is_explained_as_mnist_explains_it(monkeypatch, tmp_path):
    def down(*_arguments, **_settings):
        raise OSError("name resolution failed")

    monkeypatch.setattr(socket, "getaddrinfo", down)
    for ask in (StackedMNIST(root=str(tmp_path)).prepare, StackedMNIST(root=str(tmp_path)).load):
        with pytest.raises(UserError, match="MNIST is not in .* could not be downloaded") as error:
            ask()
        assert all(f"{name}.gz" in str(error.value) for name in IDX_FILES) and "data=digits" in str(error.value)


def test_damaged_files_are_named(root, tmp_path):
    (tmp_path / "MNIST" / "raw" / IDX_FILES[0]).write_bytes(b"short")
    with pytest.raises(UserError, match="MNIST in .*raw is damaged"):
        StackedMNIST(root=root).load()


@pytest.mark.skipif(
    "GAN_DATA_ROOT" not in os.environ or not all((data_root(None) / file).is_file() for file in MNIST.files),
    reason="set GAN_DATA_ROOT to a folder that holds MNIST",
)
def test_the_real_mnist():
    split = StackedMNIST().load()
    assert split.train.samples.shape == (45000, 3, 28, 28) and len(split.holdout) == 5000
    times = split.train.labels.bincount(minlength=1000)
    assert times.min() > 0 and times.max() < 100, "1,000 modes, about 45 times each"
    digits = MNIST().load()
    stacked = {digit.numpy().tobytes() for digit in split.train.samples.flatten(0, 1)}
    held = {digit.numpy().tobytes() for digit in digits.holdout.samples[:, 0]}
    assert not stacked & held
    # ink per digit is a fact that labels must agree with: ones have least of it, noughts most
    ink = normalise(split.train.samples, StackedMNIST().spec).mean(dim=(2, 3))
    for channel, place in enumerate((100, 10, 1)):
        means = [ink[split.train.labels // place % 10 == digit, channel].mean().item() for digit in range(10)]
        assert np.argmin(means) == 1 and np.argmax(means) == 0
