"""Turns a mesh into voxels: marks the surface, and fills what cannot be reached from outside.

Meshes of the real world have holes, crossing faces and faces that point inwards, so no ray is counted: a mesh whose
surface is closed is solid, whatever its faces say. One with a hole remains a shell.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from gan_cli.data.voxel.mesh_formats import Triangles

MARGIN = 1
"""Empty voxels on both sides of the longest extent of a mesh."""

_FINE = 2  # cells per voxel and axis
_EDGE = 0.8  # the longest edge of a piece, in cells: every place of it is within 0.47 of a corner, so nothing leaks
_PIECES = 20_000  # triangles that are cut at once


def voxelise(triangles: Triangles, size: int) -> npt.NDArray[np.uint8]:
    """Return the share of each voxel that is solid, (size, size, size) in 0..255, with the mesh in the middle.

    A voxel that has a part of a sheet, which encloses nothing, is solid.

    Args:
        triangles: the mesh.
        size: voxels per side.

    Raises:
        ValueError: the mesh has no extent.
    """
    low, high = triangles.min(axis=(0, 1)), triangles.max(axis=(0, 1))
    longest = (high - low).max()
    if not 0 < longest < np.inf:
        raise ValueError("the mesh has no extent")
    cells = size * _FINE
    middle = (low + high) / 2.0
    placed = (triangles - middle) * ((size - 2 * MARGIN) * _FINE / longest) + cells / 2.0
    surface = np.zeros((cells, cells, cells), dtype=bool)
    for start in range(0, len(placed), _PIECES):
        _mark(surface, placed[start : start + _PIECES])
    regions, _ = ndimage.label(~surface)
    inside = ~surface & (regions != regions[0, 0, 0])
    skin = surface & ndimage.binary_dilation(inside, np.ones((3, 3, 3), dtype=bool))
    # a cell of the skin is half inside on average
    solid = _blocks(inside + np.float32(0.5) * skin, size).mean(axis=(1, 3, 5))
    sheet = _blocks(surface & ~skin, size).any(axis=(1, 3, 5))
    filled: npt.NDArray[np.uint8] = np.where(sheet, 255.0, np.round(255.0 * solid)).astype(np.uint8)
    return filled


def _mark(surface: npt.NDArray[np.bool_], triangles: Triangles) -> None:
    """Mark the cells that have a corner of a triangle, after all triangles were halved until they are small."""
    waiting = triangles
    while len(waiting):
        corners = np.floor(waiting.reshape(-1, 3)).astype(np.int64).clip(0, len(surface) - 1)
        surface[tuple(corners.T)] = True
        # edge k is opposite of corner k
        edges = np.linalg.norm(np.roll(waiting, -1, axis=1) - np.roll(waiting, 1, axis=1), axis=2)
        large = edges.max(axis=1) > _EDGE
        waiting, longest = waiting[large], edges[large].argmax(axis=1)
        row = np.arange(len(waiting))
        apex, first, second = (waiting[row, (longest + turn) % 3] for turn in range(3))
        half = (first + second) / 2.0
        waiting = np.concatenate([np.stack([apex, first, half], axis=1), np.stack([apex, half, second], axis=1)])


def _blocks(cells: npt.NDArray[np.generic], size: int) -> npt.NDArray[np.generic]:
    """Split each axis of (cells, cells, cells) in two: the voxel, and the cell in it."""
    return cells.reshape(size, _FINE, size, _FINE, size, _FINE)
