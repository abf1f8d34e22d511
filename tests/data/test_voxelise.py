"""Meshes become voxels: volumes, shells, sheets, holes; and the grids that are padded and averaged."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gan_cli.data.voxel.occupancy import RangeError, fit, scale_of, scaled
from gan_cli.data.voxel.voxelise import voxelise

SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


def square(axis: int, at: float) -> np.ndarray:
    """Two triangles of the unit square across an axis."""
    corners = np.insert(SQUARE, axis, at, axis=1)
    return corners[[[0, 1, 2], [0, 2, 3]]]


def box(extents: tuple[float, float, float], sides: int = 6) -> np.ndarray:
    faces = [square(axis, at) for axis, at in itertools.product(range(3), (0.0, 1.0))]
    return np.concatenate(faces[:sides]) * np.array(extents)


def ball(rings: int = 40) -> np.ndarray:
    """A unit ball of quads, cut into triangles, whose faces point anywhere."""
    high, around = np.meshgrid(np.linspace(0, np.pi, rings), np.linspace(0, 2 * np.pi, rings), indexing="ij")
    places = np.stack([np.cos(high), np.sin(high) * np.cos(around), np.sin(high) * np.sin(around)], axis=-1)
    a, b, c, d = places[:-1, :-1], places[1:, :-1], places[1:, 1:], places[:-1, 1:]
    return np.concatenate([np.stack(part, axis=-2).reshape(-1, 3, 3) for part in ((a, b, c), (c, d, a))])


@pytest.mark.parametrize("size", [8, 15, 32])
def test_a_cube_is_solid_and_as_large_as_it_is(size: int) -> None:
    filled = voxelise(box((3.0, 3.0, 3.0)) + 7.0, size)
    assert filled.shape == (size, size, size) and filled.dtype == np.uint8
    assert filled.sum() / 255 == pytest.approx((size - 2) ** 3, rel=0.03)
    assert (filled >= 128).sum() == (size - 2) ** 3
    assert (filled[2:-2, 2:-2, 2:-2] == 255).all()


def test_a_flat_box_lies_in_the_middle() -> None:
    filled = voxelise(box((1.0, 4.0, 2.0)), 34) >= 128
    assert [len(set(axis.tolist())) for axis in np.nonzero(filled)] == [8, 32, 16]
    middle = [axis.mean() for axis in np.nonzero(filled)]
    assert middle == pytest.approx([16.5] * 3, abs=0.6)


def test_a_ball_has_the_volume_of_a_ball() -> None:
    assert voxelise(ball(), 32).sum() / 255 == pytest.approx(4 / 3 * np.pi * 15**3, rel=0.02)


def test_a_long_thin_triangle_is_marked_without_a_gap() -> None:
    needle = np.array([[[0.0, 0.0, 0.0], [10.0, 0.01, 0.0], [10.0, 0.0, 0.02]]])
    assert (voxelise(needle, 32).max(axis=(1, 2)) == 255).sum() >= 30


def test_a_sheet_and_an_open_box_are_shells() -> None:
    sheet = voxelise(square(0, 0.0) * 5.0, 20)
    assert set(np.unique(sheet)) == {0, 255} and (sheet.max(axis=0) == 255).sum() >= 18**2
    open_box = voxelise(box((1.0, 1.0, 1.0), sides=5), 20)
    assert open_box[10, 10, 10] == 0 and open_box.max() == 255
    inner = voxelise(np.concatenate([box((1.0, 1.0, 1.0)), box((0.5, 0.5, 0.5)) + 0.25]), 20)
    assert inner[10, 10, 10] == 255  # what cannot be reached from outside is solid


@pytest.mark.parametrize("mesh", [np.zeros((2, 3, 3)), np.full((1, 3, 3), 1e308) * np.array([[[1], [-1], [1]]])])
def test_a_mesh_without_extent_is_refused(mesh: np.ndarray) -> None:
    with np.errstate(over="ignore"), pytest.raises(ValueError, match="no extent"):
        voxelise(mesh, 16)


def test_fit_pads_and_averages() -> None:
    flat = np.zeros((2, 4, 4), np.uint8)
    flat[0] = 255
    assert np.array_equal(fit(flat, 4)[1], flat[0]) and fit(flat, 4).sum() == flat.sum()
    half = fit(flat, 2)
    assert half.shape == (2, 2, 2) and half[0].tolist() == [[128, 128], [128, 128]] and half[1].max() == 0
    random = np.random.default_rng(0).integers(256, size=(9, 9, 9), dtype=np.uint8)
    for size in (5, 8, 13):
        assert fit(random, size).mean() == pytest.approx(random.mean(), rel=0.01)
    assert np.array_equal(fit(random, 18)[::2, 1::2, ::2], random)


def test_fit_keeps_the_axes_in_their_order() -> None:
    grid = np.zeros((8, 8, 8), np.uint8)
    grid[:4, :2, :1] = 255
    fitted = fit(grid, 16)
    assert np.array_equal(fitted[:8, :4, :2] == 255, np.ones((8, 4, 2), bool)) and fitted.sum() == 255 * 64


@pytest.mark.parametrize(
    ("numbers", "levels"),
    [
        ([False, True], [0, 255]),
        (np.array([0, 1], np.int64), [0, 255]),
        (np.array([0, 255, 7], np.uint8), [0, 255, 7]),
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([-1e-6, 1.0 + 1e-6], [0, 255]),
        ([0.0, 99.6], [0, 100]),
        (np.array([0.25], np.float16), [64]),
        ([0, 0], [0, 0]),
    ],
)
def test_numbers_of_usual_ranges(numbers: object, levels: list[int]) -> None:
    array = np.array(numbers)
    assert scaled(array, scale_of(array)).tolist() == levels


@pytest.mark.parametrize("numbers", [[-1.0, 1.0], [0, 2], [0, 256], [0.0, 3.5], [0, 65535]])
def test_other_ranges_are_refused(numbers: list[float]) -> None:
    with pytest.raises(RangeError, match="its numbers are"):
        scale_of(np.array(numbers))


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_numbers_that_are_none(number: float) -> None:
    with pytest.raises(ValueError, match="NaN or infinite"):
        scale_of(np.array([0.0, number, 1.0]))
