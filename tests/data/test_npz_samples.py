"""An array of samples in place of a folder of images."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from gan_cli.data.folder import Folder
from gan_cli.errors import SettingError, UserError

PIXELS = np.random.default_rng(0).integers(256, size=(6, 8, 8, 3), dtype=np.uint8)


def source(root, array, **settings):
    np.savez(root / "samples.npz", images=array)
    return Folder(root=str(root), **{"size": 8, "holdout": 0.0, **settings})


def test_colour_and_gray(tmp_path):
    colour = source(tmp_path, PIXELS)
    colour.prepare()
    assert colour.spec.shape == (3, 8, 8) and colour.spec.num_classes is None and colour.spec.class_names is None
    assert np.array_equal(colour.load().train.samples.permute(0, 2, 3, 1).numpy(), PIXELS)
    assert np.array_equal(source(tmp_path, PIXELS[..., 0]).load().train.samples[:, 0].numpy(), PIXELS[..., 0])


def test_wanted_channels_and_size(tmp_path):
    gray = source(tmp_path, PIXELS, channels=1).load().train.samples[0, 0].numpy()
    assert abs(gray.astype(int) - np.asarray(Image.fromarray(PIXELS[0]).convert("L")).astype(int)).max() <= 1
    wide = source(tmp_path, PIXELS[..., 0], channels=3, size=[4, 8], holdout=0.5).load()
    assert wide.train.samples.shape == (3, 3, 4, 8) and len(wide.holdout) == 3
    assert torch.equal(wide.train.samples[:, 0], wide.train.samples[:, 2])


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (PIXELS.astype(np.float32), "is float32 6x8x8x3; it must be uint8"),
        (PIXELS[:0], "is uint8 0x8x8x3; it must be"),
        (PIXELS[0, 0], "is uint8 8x3; it must be"),
        (np.uint8(3), "is uint8 ; it must be"),
        (PIXELS // 200 + 127, "come out as .nearly. one value, 127 to 128 of 255"),
    ],
)
def test_other_arrays_are_refused(tmp_path, array, said):
    with pytest.raises(UserError, match=said):
        source(tmp_path, array).prepare()


def test_a_damaged_file_and_classes_are_refused(tmp_path):
    with pytest.raises(SettingError, match="has no classes; use null"):
        source(tmp_path, PIXELS, classes=[0]).prepare()
    (tmp_path / "samples.npz").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(UserError, match="holds no array `images` that can be read"):
        Folder(root=str(tmp_path)).prepare()


def test_images_come_first(tmp_path):
    folder = source(tmp_path, PIXELS)
    Image.fromarray(PIXELS[0]).save(tmp_path / "one.png")
    assert len(folder.load().train) == 1
