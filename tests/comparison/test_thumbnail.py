"""The newest samples of a run, cut down."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from gan_cli.comparison.thumbnail import cut, thumbnail
from gan_cli.pictures.png import write_png
from gan_cli.pictures.render import render
from gan_cli.pictures.tiles import GAP_COLOUR, grid
from gan_cli.spec import SampleSpec


def tiles(count: int, height: int = 8, width: int = 8) -> np.ndarray:
    """Tiles of one level each, its number."""
    return np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones((1, height, width, 3), np.uint8)


def levels(picture: np.ndarray) -> set[int]:
    """The tiles that are to be seen."""
    return {int(pixel[0]) for pixel in np.unique(picture.reshape(-1, 3), axis=0) if tuple(pixel) != GAP_COLOUR}


def test_the_first_three_by_three_of_a_grid() -> None:
    picture = cut(grid(tiles(64)))
    assert levels(picture) == {0, 1, 2, 8, 9, 10, 16, 17, 18}
    assert picture.shape[0] == picture.shape[1]
    assert tuple(picture[0, 0]) == tuple(picture[-1, -1]) == GAP_COLOUR


def test_a_small_grid_and_wide_tiles() -> None:
    assert levels(cut(grid(tiles(4)))) == {0, 1, 2, 3}
    assert levels(cut(grid(tiles(1)))) == {0}
    wide = cut(grid(tiles(16, 8, 24), columns=2))
    assert levels(wide) == {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}  # two of 24 beside each other, six of 8 above


def test_points_show_their_plane() -> None:
    spec = SampleSpec(shape=(2,), value_range=None)
    figure = render(torch.randn(50, 2), spec, real=torch.randn(60, 2), probability=lambda x: torch.sigmoid(x[:, 0]))
    picture = cut(figure)
    assert abs(picture.shape[0] - picture.shape[1]) <= 3 and picture.shape[0] > 0.8 * figure.shape[0]
    assert figure.shape[1] > 1.9 * picture.shape[1]  # one of its two panels


def test_anything_else_is_cut_square() -> None:
    assert cut(np.zeros((20, 50, 3), np.uint8)).shape == (20, 20, 3)


def test_the_newest_that_can_be_read(tmp_path: Path) -> None:
    assert thumbnail(tmp_path) is None
    (tmp_path / "samples").mkdir()
    for step, level in ((500, 1), (99_999_999, 2), (100_000_000, 3)):
        write_png(tmp_path / "samples" / f"step_{step:08d}.png", np.full((9, 9, 3), level, np.uint8))
    newest = thumbnail(tmp_path)
    assert newest is not None and newest.max() == 3
    (tmp_path / "samples" / "step_100000000.png").write_bytes(b"\x89PNG torn")
    before = thumbnail(tmp_path)
    assert before is not None and before.max() == 2
