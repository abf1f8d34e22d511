"""Pictures of voxels: which way is up, where a solid stands, from where it is seen, and that none of it gets lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gan_cli.pictures.voxel_tiles import voxel_tiles

SIZE = 12


def solid(*place: Any) -> Any:
    unit = np.zeros((1, 1, SIZE, SIZE, SIZE), dtype=np.float32)
    unit[(0, 0, *place)] = 1.0
    return unit


def filled(unit: Any, **view: float) -> Any:
    """Where something of a sample is seen: warm colours on a cold background."""
    tile = voxel_tiles(unit, **view)[0].astype(int)
    return tile[..., 0] > tile[..., 2]


def centre(mask: Any) -> tuple[float, float]:
    """The mean row and column."""
    rows, columns = np.nonzero(mask)
    return float(rows.mean()), float(columns.mean())


def test_the_first_axis_points_up() -> None:
    low, high = filled(solid(slice(0, 3))), filled(solid(slice(-3, None)))
    assert centre(low)[0] > 45 > 35 > centre(high)[0]


def test_from_the_front_the_last_axis_goes_to_the_right() -> None:
    view = {"azimuth": 0.0, "elevation": 0.0}
    left, right = (filled(solid(slice(4, 8), slice(4, 8), part), **view) for part in (slice(0, 4), slice(8, 12)))
    assert centre(left)[1] < 35 < 45 < centre(right)[1]
    assert left.sum() == right.sum()


def test_what_is_nearer_hides_what_is_behind_it() -> None:
    view = {"azimuth": 0.0, "elevation": 0.0}
    front, back = solid(slice(4, 8), slice(9, 12), slice(3, 9)), solid(slice(4, 8), slice(0, 3), slice(3, 9))
    both = voxel_tiles(np.maximum(front, back), **view)
    assert (both == voxel_tiles(front, **view)).all()
    assert (both != voxel_tiles(back, **view)).any()


def test_a_turn_by_a_quarter_shows_the_other_side() -> None:
    plate = solid(slice(2, 10), slice(5, 7), slice(1, 11))
    broad, narrow = (filled(plate, azimuth=turn, elevation=0.0).sum() for turn in (0.0, 90.0))
    assert broad > 3 * narrow > 0


def test_a_ball_is_round_and_is_lit_from_above() -> None:
    line = np.arange(SIZE) - (SIZE - 1) / 2
    far = line[:, None, None] ** 2 + line[:, None] ** 2 + line**2
    unit = (far <= 16).astype(np.float32)[None, None]
    mask = filled(unit)
    rows, columns = np.nonzero(mask)
    assert abs(np.ptp(rows) - np.ptp(columns)) <= 2
    assert mask.sum() / (np.pi / 4 * (np.ptp(rows) + 1) * (np.ptp(columns) + 1)) == pytest.approx(1.0, abs=0.05)
    tile = voxel_tiles(unit)[0].astype(float).sum(axis=2)
    upper = np.arange(len(tile))[:, None] < rows.mean()
    assert tile[mask & upper].mean() > tile[mask & ~upper].mean() + 60


@pytest.mark.parametrize("place", [(0, 0, 0), (11, 11, 11), (6, 0, 11)])
def test_one_voxel_in_a_corner_is_seen(place: tuple[int, int, int]) -> None:
    assert filled(solid(*place)).any()


def test_what_is_less_than_half_full_is_air() -> None:
    assert not filled(0.45 * solid(slice(2, 10), slice(2, 10), slice(2, 10))).any()


def test_a_full_cube_has_three_even_sides() -> None:
    tile = voxel_tiles(np.ones((1, 1, SIZE, SIZE, SIZE), dtype=np.float32), azimuth=30.0)[0]
    inside = tile[filled(np.ones((1, 1, SIZE, SIZE, SIZE), dtype=np.float32), azimuth=30.0)].sum(axis=1)
    counts, _ = np.histogram(inside, bins=40)
    assert (counts > 0.05 * counts.sum()).sum() >= 3  # top, left and right side, each of nearly one shade


@pytest.mark.parametrize("shape", [(3, 2, 4, 4, 4), (2, 1, 6, 9, 7), (1, 1, 80, 80, 80), (130, 1, 4, 4, 4)])
def test_any_shape_gets_a_tile_for_each_sample(shape: tuple[int, ...]) -> None:
    unit = np.zeros(shape, dtype=np.float32)
    unit[:, -1, 1:-1, 1:-1, 1:-1] = 1.0
    tiles = voxel_tiles(unit)
    assert tiles.shape == (shape[0], 80, 80, 3) and tiles.dtype == np.uint8
    assert (tiles == tiles[0]).all()
    assert (tiles[..., 0] > tiles[..., 2]).any()
