"""Draws samples of several sets side by side, for people to compare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from gan_cli.pictures.png import Picture
from gan_cli.pictures.render import tiles_of
from gan_cli.pictures.tiles import GAP_COLOUR, grid, join
from gan_cli.spec import SampleSpec


def rows_of(columns: Sequence[Tensor], spec: SampleSpec, *, per_row: int = 1, apart: bool = False) -> Picture:
    """Return a picture of N groups of samples; the samples of a group are joined side by side.

    Args:
        columns: sets of samples (N, *spec.shape); the i-th samples of all sets form group i.
        spec: kind and shape of one sample; not for points.
        per_row: number of groups in a row.
        apart: leave a gap after the first sample of each group.
    """
    tiles = [tiles_of(column, spec) for column in columns]
    if apart:
        count, height, width, _ = tiles[0].shape
        tiles.insert(1, np.full((count, height, max(1, width // 3), 3), GAP_COLOUR, dtype=np.uint8))
    return grid(join(tiles, axis=2), columns=per_row)
