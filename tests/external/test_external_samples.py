"""Samples of other programs: found in any file, understood rightly or refused in a line, drawn at random."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gan_cli.errors import UserError
from gan_cli.external.given import Given
from gan_cli.external.samples import open_external
from gan_cli.spec import SampleSpec

GRAY, COLOUR, PLANE = SampleSpec((1, 8, 8)), SampleSpec((3, 8, 8)), SampleSpec((2,), value_range=None)
VOXELS = SampleSpec((1, 4, 4, 4))
LEVELS = np.random.RandomState(0).randint(0, 256, (40, 8, 8)).astype(np.uint8)
LEVELS[0, 0, :2] = 0, 255
EXPECTED = torch.from_numpy(LEVELS[:, None]).float() / 127.5 - 1.0


def saved(path: Path, name: str = "images", **arrays: Any) -> Path:
    file = path / "theirs.npz"
    np.savez(file, **{name if key == "array" else key: value for key, value in arrays.items()})
    return file


def read(path: Path, spec: SampleSpec = GRAY, range: Any = None) -> torch.Tensor:
    found = open_external(Given(path), spec, range)
    samples = found.take(np.arange(found.count))
    assert samples.dtype == torch.float32 and samples.shape == (found.count, *spec.shape)
    return samples


def refusal(path: Path, spec: SampleSpec = GRAY, range: Any = None) -> str:
    with pytest.raises(UserError) as caught:
        read(path, spec, range)
    message = str(caught.value)
    assert len(message.splitlines()) <= 3 and max(map(len, message.splitlines())) < 300
    return message


UNIT = LEVELS / 255.0
ARRAYS = {
    "uint8": LEVELS, "int64": LEVELS.astype(np.int64), "uint16 levels": LEVELS.astype(">u2"),
    "uint16 whole": LEVELS.astype(np.uint16) * 257, "big-endian floats": UNIT.astype(">f4"),
    "half": UNIT.astype(np.float16), "double": UNIT, "long double": UNIT.astype(np.longdouble),
    "signed": UNIT * 2 - 1, "levels as floats": LEVELS.astype(np.float32), "just over": UNIT * 1.0000001,
    "a little over": np.where(UNIT == 1, 1.004, UNIT), "fortran": np.asfortranarray(UNIT),
    "a view": np.repeat(UNIT, 2, axis=2)[:, :, ::2],
    "channels first": LEVELS[:, None], "channels last": LEVELS[..., None],
    "gray as colour": np.repeat(LEVELS[..., None], 3, axis=3),
    "gray as colour, channels first": np.repeat(LEVELS[:, None], 3, axis=1),
}  # fmt: skip


@pytest.mark.parametrize("key", ["images", "samples", "arr_0", "fake", "npy", "npy named npz", "npz named dat"])
@pytest.mark.parametrize("kind", ARRAYS)
def test_every_type_layout_scale_and_name(tmp_path: Path, kind: str, key: str) -> None:
    array = ARRAYS[kind]
    if key.startswith("npy"):
        file = tmp_path / ("a.npz" if "named" in key else "a.npy")
        with file.open("wb") as opened:
            np.save(opened, array)
    elif key == "npz named dat":
        file = saved(tmp_path, array=array).rename(tmp_path / "a.dat")
    else:
        file = saved(tmp_path, key, array=array)
    if key == "samples" and array.dtype.kind == "f" and kind not in ("signed",):
        # under this name floats are promised to lie in the data's own range
        assert "range=[0,1]" in refusal(file)
        return
    tolerance = 1e-3 if kind == "half" else 0.0 if "over" in kind else 1e-6
    assert torch.allclose(read(file), EXPECTED, atol=max(tolerance, 1e-6), rtol=0.0)


def test_truth_values_are_black_and_white(tmp_path: Path) -> None:
    assert torch.equal(
        read(saved(tmp_path, array=LEVELS > 127)), torch.from_numpy(LEVELS[:, None] > 127).float() * 2 - 1
    )


def test_gray_stands_for_colour_and_voxels_and_points_have_their_layouts(tmp_path: Path) -> None:
    assert torch.allclose(read(saved(tmp_path, array=LEVELS), COLOUR), EXPECTED.expand(-1, 3, -1, -1), atol=1e-6)
    cubes = np.random.RandomState(1).uniform(-1, 1, (5, 4, 4, 4)) * 0.2
    for array in (cubes, cubes[:, None], cubes[..., None]):
        assert torch.allclose(read(saved(tmp_path, "samples", array=array), VOXELS)[:, 0].double(), torch.tensor(cubes))
    points = np.random.RandomState(2).randn(7, 2) * 30
    assert torch.allclose(read(saved(tmp_path, "x", array=points), PLANE).double(), torch.tensor(points))
    counted = np.arange(14).reshape(7, 2)
    assert torch.equal(read(saved(tmp_path, "x", array=counted), PLANE), torch.tensor(counted).float())


REFUSED = {
    "standardised": (UNIT * 3.2 - 0.42, "range="),
    "digits as scikit-learn has them": (UNIT * 16, "from 0 to 16"),
    "the same as bytes": ((UNIT * 16).astype(np.uint8), "from 0 to 16"),
    "zeros and ones as bytes": ((UNIT > 0.5).astype(np.uint8), "from 0 to 1"),
    "divided twice": (UNIT / 255, "from 0 to 0.003922"),
    "centred": (UNIT - 0.5, "from -0.5 to 0.5"),
    "signed bytes": ((LEVELS.astype(int) - 128).astype(np.int8), "from -128 to 127"),
    "twelve bits": (LEVELS.astype(np.uint16) * 16, "from 0 to 4080"),
    "complex": (UNIT.astype(complex), "complex128"),
    "text": (np.full((40, 8, 8), "a"), "save plain numbers"),
    "dates": (np.zeros((40, 8, 8), "M8[s]"), "save plain numbers"),
    "records": (np.zeros(40, [("a", "u1", (8, 8))]), "save plain numbers"),
    "objects": (np.full((40, 8, 8), None), "object"),
    "one number": (np.float32(3), "a single value"),
    "one image": (LEVELS[0], "8 x 8"),
    "another size": (np.zeros((20, 9, 9), np.uint8), "20 x 9 x 9"),
    "flat": (LEVELS.reshape(40, 64), "40 x 64"),
    "empty": (np.zeros((0, 8, 8)), "is empty"),
    "colour": (np.random.RandomState(0).randint(0, 256, (9, 8, 8, 3)).astype(np.uint8), "9 of 9 samples are in colour"),
    "nan": (np.where(np.arange(40)[:, None, None] == 3, np.nan, UNIT), "1 of 40 samples hold nan"),
    "infinity": (np.where(np.arange(40)[:, None, None] < 2, np.inf, UNIT), "2 of 40 samples hold nan"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_understood_is_refused_in_a_line(tmp_path: Path, kind: str) -> None:
    array, words = REFUSED[kind]
    for name in ("images", "arr_0"):
        assert words in refusal(saved(tmp_path, name, array=array))
    np.save(tmp_path / "theirs.npy", array)
    assert words in refusal(tmp_path / "theirs.npy")


def test_a_range_that_is_stated_decides(tmp_path: Path) -> None:
    for array, bounds in ((UNIT * 16, (0, 16)), (UNIT - 0.5, (-0.5, 0.5)), (UNIT * 3.2 - 0.42, (-0.42, 2.78))):
        assert torch.allclose(read(saved(tmp_path, "samples", array=array), range=bounds), EXPECTED, atol=1e-5)
    assert "from 0 to 255" in refusal(saved(tmp_path, array=LEVELS), range=(0, 1))
    assert "below the second" in refusal(saved(tmp_path, array=LEVELS), range=(1, 0))
    assert "no range" in refusal(saved(tmp_path, array=np.zeros((4, 2))), PLANE, range=(0, 1))


def test_all_black_is_black(tmp_path: Path) -> None:
    for array in (LEVELS * 0, UNIT * 0):
        assert (read(saved(tmp_path, array=array)) == -1.0).all()


def test_the_right_array_among_several(tmp_path: Path) -> None:
    labels, other = np.arange(40), np.zeros((40, 16))
    assert torch.allclose(read(saved(tmp_path, arr_0=LEVELS, arr_1=labels)), EXPECTED, atol=1e-6)
    assert torch.allclose(read(saved(tmp_path, z=LEVELS * 0, images=LEVELS)), EXPECTED, atol=1e-6)
    assert torch.allclose(read(saved(tmp_path, images=other, x=LEVELS)), EXPECTED, atol=1e-6)
    message = refusal(saved(tmp_path, a=LEVELS, b=LEVELS))
    assert "a, b could all be the samples; name the right one images" in message
    assert "labels" in refusal(saved(tmp_path, labels=labels)) and "N x 1 x 8 x 8" in refusal(saved(tmp_path, a=labels))


def test_files_that_hold_no_samples(tmp_path: Path) -> None:
    def file(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    def packed(*names: str) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in names:
                archive.writestr(name, b"x")
        return buffer.getvalue()

    whole = saved(tmp_path, array=LEVELS).read_bytes()
    array = io.BytesIO()
    np.save(array, LEVELS)
    torch.save({"a": torch.zeros(2)}, tmp_path / "weights.pt")
    assert "no such file" in refusal(tmp_path / "missing.npz")
    assert "a zip archive of 20,000 images; unpack it" in refusal(
        file("pictures.zip", packed(*(f"{n}.png" for n in range(20_000))))
    )
    assert "none of them an array" in refusal(file("a.zip", packed("a.txt")))
    assert "a file of torch's" in refusal(tmp_path / "weights.pt")
    for name, content in {
        "text.npz": b"hello", "nothing.npz": b"", "torn.npz": b"PK nothing", "half.npz": whole[: len(whole) // 2],
        "half.npy": array.getvalue()[:1000], "header.npy": b"\x93NUMPY\x01\x00\x05\x00{'a'}",
        "damaged.npz": whole[:500] + b"!!!!" + whole[504:], "version.npy": b"\x93NUMPY\x07\x00",
    }.items():  # fmt: skip
        assert name in refusal(file(name, content))


def test_folders(tmp_path: Path) -> None:
    assert "holds no image, no .npz and no config.yaml of a run" in refusal(tmp_path)
    saved(tmp_path, array=LEVELS)
    assert torch.allclose(read(tmp_path), EXPECTED, atol=1e-6)
    np.save(tmp_path / "b.npy", LEVELS)
    assert "b.npy, theirs.npz; name one of them" in refusal(tmp_path)
    pictures = tmp_path / "pictures"
    for name, mode in (("l", "L"), ("rgb", "RGB")):
        (pictures / name).mkdir(parents=True)
        for index, levels in enumerate(LEVELS):
            Image.fromarray(levels).convert(mode).save(pictures / name / f"{index:03}.png")
        assert torch.allclose(read(pictures / name), EXPECTED, atol=1e-6)
    assert "does not fit data of 2-d points" in refusal(pictures, PLANE)
    Image.new("L", (9, 10)).save(pictures / "l" / "100.png")
    assert "100.png is 10x9, but the data are 8x8" in refusal(pictures / "l")
    (pictures / "rgb" / "100.png").write_bytes(b"torn")
    assert "100.png cannot be read" in refusal(pictures / "rgb")
    Image.new("RGB", (8, 8), "red").save(pictures / "rgb" / "100.png")
    assert "1 of 41 samples are in colour" in refusal(pictures / "rgb")
    dark = tmp_path / "dark"
    dark.mkdir()
    Image.fromarray(LEVELS[0] // 128).save(dark / "0.png")
    assert "from 0 to 1" in refusal(dark)
    assert read(dark, range=(0, 1)).max() == 1.0
