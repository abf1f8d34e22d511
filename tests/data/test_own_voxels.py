"""Voxels and meshes of one's own: what is read, what is said about the rest, and what is refused."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from gan_cli.data.base import Split, split_of
from gan_cli.data.voxels import Voxels
from gan_cli.errors import SettingError, UserError
from gan_cli.sampling.export import write
from gan_cli.sampling.voxel_files import WRITERS
from gan_cli.spec import SampleSpec


def solid(side: int = 8, height: int = 4) -> np.ndarray:
    """A plate as high as is said, with a notch."""
    grid = np.zeros((side, side, side), np.uint8)
    grid[:height, 1:-1, 1:-1] = 1
    grid[0, 1, 1] = 0
    return grid


def save(path: Path, array: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.asarray(array))
    return path


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    caplog.set_level(logging.INFO)
    return lambda: "\n".join(record.getMessage() for record in caplog.records)


def load(root: Path, **settings: object) -> Split:
    source = Voxels(root=str(root), **{"holdout": 0.0, **settings})  # type: ignore[arg-type]
    source.prepare()
    return split_of(source)


def refused(root: Path, **settings: object) -> str:
    with pytest.raises(UserError) as error:
        load(root, **settings)
    assert len(str(error.value).splitlines()) <= 3
    return str(error.value)


def test_class_folders_with_several_formats(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "chair" / "a.npy", solid(height=2))
    save(tmp_path / "chair" / "many.npy", np.stack([solid(height=3), solid(height=5)])[:, None])
    (tmp_path / "sofa").mkdir()
    for name in WRITERS:
        (tmp_path / "sofa" / f"b.{name}").write_bytes(WRITERS[name](solid() > 0))
    (tmp_path / "sofa" / "c.mat").write_bytes(b"MATLAB")
    (tmp_path / "sofa" / "notes.txt").write_text("to do")
    source = Voxels(root=str(tmp_path), holdout=0.0)
    assert source.spec.shape == (1, 8, 8, 8) and source.spec.class_names == ("chair", "sofa")
    table = load(tmp_path).train
    assert table.samples.shape == (6, 1, 8, 8, 8) and table.samples.dtype == torch.uint8
    assert table.labels is not None and table.labels.tolist() == [0, 0, 0, 1, 1, 1]
    said = told()
    assert "6 solids as 8x8x8, 2 classes (chair 3, sofa 3); 6 train, 0 held out" in said
    assert "skipped 1 .mat (not supported; save the array as .npy), 1 .txt" in said
    some = load(tmp_path, classes=["sofa"], size=16)
    assert some.train.samples.shape == (3, 1, 16, 16, 16) and set(some.train.labels.tolist()) == {0}
    assert "there is no class bed; class numbers are 0 to 1, the classes are chair, sofa" in refused(
        tmp_path, classes=["bed"]
    )


def test_one_file_is_a_set(tmp_path: Path) -> None:
    path = save(tmp_path / "chairs.npy", np.stack([solid(height=1 + row % 6) * 255 for row in range(20)]))
    save(tmp_path / "more.npy", solid(12))
    split = load(path, holdout=0.25, limit=10)
    assert len(split.train) == 10 and split.holdout is not None and len(split.holdout) == 5
    assert split.train.samples.unique().tolist() == [0, 255]
    assert "it cannot be read (bad.npy: " in refused(_damaged(tmp_path / "bad.npy"))


def _damaged(path: Path) -> Path:
    path.write_bytes(b"no array")
    return path


def test_what_gan_sample_wrote_is_read_in_its_range(tmp_path: Path) -> None:
    spec = SampleSpec((1, 8, 8, 8))
    drawn = torch.from_numpy(np.stack([solid(height=1 + row % 6) for row in range(8)])[:, None]).float() * 2 - 1
    write(drawn, spec, tmp_path, ["npz"])
    table = load(tmp_path).train
    assert torch.equal(table.samples > 127, drawn > 0) and table.samples.unique().tolist() == [0, 255]
    np.savez(tmp_path / "more.npz", voxels=drawn[:, 0].numpy())
    assert "its numbers are -1 to 1" in refused(tmp_path), "under another name it may be a signed distance"


def test_the_first_axis_is_up(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npy", np.moveaxis(solid(height=2), 0, 2))
    per_height = load(path, up=2).train.samples[0, 0].float().mean((1, 2))
    assert (per_height[:2] > 100).all() and (per_height[2:] == 0).all()


def test_different_sides_and_boxes_are_fitted_and_that_is_said(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "a.npy", solid(8))
    save(tmp_path / "b.npy", solid(16)[:12])
    table = load(tmp_path).train
    assert table.samples.shape == (2, 1, 16, 16, 16)
    assert "8 to 16 voxels a side were fitted to 16" in told()
    assert table.samples[1, 0].argmax(0).max() == 3  # padded by two voxels below and above


def test_large_grids_are_averaged_and_the_memory_is_told(tmp_path: Path, told: Callable[[], str]) -> None:
    save(tmp_path / "a.npy", np.pad(solid(), [(0, 122), (0, 0), (0, 0)]))
    assert Voxels(root=str(tmp_path)).spec.shape == (1, 128, 128, 128)
    assert load(tmp_path, size=16).train.samples.shape[1:] == (1, 16, 16, 16)
    load(tmp_path)
    assert "130 voxels a side were fitted to 128; a batch of 64 takes 512 MiB (data.size=64 takes 64)" in told()


def test_meshes_alone_have_32_voxels_a_side(tmp_path: Path) -> None:
    (tmp_path / "a.stl").write_bytes(WRITERS["stl"](solid() > 0))
    assert Voxels(root=str(tmp_path)).spec.shape == (1, 32, 32, 32)


def test_what_cannot_be_read_is_skipped_with_one_line(tmp_path: Path, told: Callable[[], str]) -> None:
    for row in range(3):
        save(tmp_path / f"good{row}.npy", solid(height=row + 1))
    _damaged(tmp_path / "bad.npy")
    save(tmp_path / "flat.npy", np.zeros((4, 4)))
    save(tmp_path / "nan.npy", np.full((4, 4, 4), np.nan))
    (tmp_path / "cut.binvox").write_bytes(b"#binvox 1\ndim 4 4 4\ndata\n\x01")
    split = load(tmp_path)
    assert len(split.train) == 3
    lines = [line for line in told().splitlines() if "cannot be read" in line]
    assert len(lines) == 1 and lines[0].startswith("skipped 4 of 7 files that cannot be read: bad.npy, cut.binvox, ")


def test_samples_that_show_nothing_are_left_out(tmp_path: Path, told: Callable[[], str]) -> None:
    samples = np.stack([solid(), np.zeros((8, 8, 8)), np.ones((8, 8, 8)), solid(), np.zeros((8, 8, 8))])
    assert len(load(save(tmp_path / "a.npy", samples)).train) == 2
    assert "left out 2 all empty and 1 all solid" in told()
    assert "nothing is left to train on: 2 all empty." in refused(save(tmp_path / "b.npy", np.zeros((2, 4, 4, 4))))


def test_labels_follow_their_samples(tmp_path: Path) -> None:
    save(tmp_path / "a" / "1.npy", np.stack([np.zeros((8, 8, 8)), solid()]))
    _damaged(tmp_path / "a" / "2.npy")
    save(tmp_path / "b" / "3.npy", np.stack([solid(), np.ones((8, 8, 8)), solid()]))
    assert load(tmp_path).train.labels.tolist() == [0, 1, 1]


def test_swapped_occupancies_are_suspected(tmp_path: Path, told: Callable[[], str]) -> None:
    load(save(tmp_path / "a.npy", 1 - solid(height=2)))
    assert "86 % of the space is solid, so solid and empty may be swapped" in told()


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (solid() * 2, "its numbers are 0 to 2."),
        (solid() * 2.0 - 1.0, "its numbers are -1 to 1."),
        (solid().astype(np.uint16) * 65535, "its numbers are 0 to 65535."),
    ],
)
def test_numbers_of_other_ranges_are_refused(tmp_path: Path, array: np.ndarray, said: str) -> None:
    save(tmp_path / "good.npy", solid())
    save(tmp_path / "other.npy", array)
    words = refused(tmp_path)
    assert "other.npy cannot be read as occupancies" in words and said in words and "Save it as truth values" in words


def test_a_folder_without_voxels(tmp_path: Path) -> None:
    assert "there are no voxels in this folder.\nExpected .npy, .npz, .binvox" in refused(tmp_path)
    (tmp_path / "a.mat").touch()
    (tmp_path / "b.jpg").touch()
    assert "(skipped 1 .jpg, 1 .mat (not supported; save the array as .npy))" in refused(tmp_path)
    assert ".mat is not supported; save the array as .npy.\nExpected" in refused(tmp_path / "a.mat")
    assert "does not exist; name the folder of your voxels or meshes" in refused(tmp_path / "none")
    _damaged(tmp_path / "c.npy")
    _damaged(tmp_path / "d.npy")
    assert "none of the 2 files can be read (first: c.npy: " in refused(tmp_path)
    with pytest.raises(SettingError, match="root=null: name the folder of your voxels"):
        Voxels()


def test_the_set_is_identified_by_the_names_and_sizes_of_its_files(tmp_path: Path) -> None:
    save(tmp_path / "a.npy", solid())
    first = load(tmp_path).identity
    assert first == load(tmp_path).identity and first is not None
    save(tmp_path / "b.npy", solid())
    assert load(tmp_path).identity != first


def test_constructing_looks_at_no_file(tmp_path: Path) -> None:
    assert Voxels(root=str(tmp_path / "nowhere"), size=16) is not None


def test_a_command_refuses_in_three_lines_with_code_2(gan: Callable[..., object], tmp_path: Path) -> None:
    save(tmp_path / "chairs" / "a.npy", solid() * 3)
    result = gan("train", "data=voxels", f"data.root={tmp_path / 'chairs'}", "trainer.steps=1")
    assert result.code == 2 and "its numbers are 0 to 3" in result.err, result.err  # type: ignore[attr-defined]
    assert len(result.err.splitlines()) <= 3  # type: ignore[attr-defined]
    result = gan("train", "data=voxels", f"data.root={tmp_path / 'chairs'}", "data.size=200", "trainer.steps=1")
    assert result.code == 2 and "data.size=200" in result.err  # type: ignore[attr-defined]
    assert not (tmp_path / "outputs").exists()
