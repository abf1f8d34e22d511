"""Looks at voxels in NumPy's files: .npy with one array, .npz with an array that fits."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from gan_cli.data.voxel.occupancy import SLACK
from gan_cli.data.voxel.stored_voxels import Axis, Grids, Shape, Stored, checked
from gan_cli.disk.reading import open_plain

_SAMPLED = "samples"
_PREFERRED = (_SAMPLED, "images", "voxels")


def npy(path: Path, up: Axis) -> Stored:
    """Look at an array of NumPy.

    Args:
        path: the file.
        up: the spatial axis of the array that points up.

    Raises:
        ValueError: it is damaged, or no array of voxels.
    """
    with open_plain(path, follow=True) as file:
        shape = _arranged(*_header(file))

    def read() -> Grids:
        with open_plain(path, follow=True) as file:
            return _turned(np.lib.format.read_array(file, allow_pickle=False).reshape(shape), up)

    return Stored(_turned_shape(shape, up), read)


def npz(path: Path, up: Axis) -> Stored:
    """Look at NumPy's archive of arrays, and choose `samples`, `images`, `voxels` or the only one that fits.

    Args:
        path: the file.
        up: the spatial axis of the array that points up.

    Raises:
        ValueError: it is damaged, or not exactly one array fits.
    """
    with open_plain(path, follow=True) as file, zipfile.ZipFile(file) as archive:
        found = dict(_fitting(archive))
    named = [key for key in _PREFERRED if key in found] or list(found)
    if not named:
        raise ValueError("none of its arrays is one of voxels: N x D x H x W or D x H x W")
    if len(named) > 1 and named[0] not in _PREFERRED:
        raise ValueError(f"several of its arrays are voxels: {', '.join(named)}; call the one to use `voxels`")
    key, shape = named[0], found[named[0]]

    def read() -> Grids:
        with open_plain(path, follow=True) as file, np.load(file, allow_pickle=False) as arrays:
            grids = arrays[key].reshape(shape)
            return _turned(_halved(grids) if key == _SAMPLED else grids, up)

    return Stored(_turned_shape(shape, up), read)


def _halved(grids: Grids) -> Grids:
    """Return what `gan sample` writes, floats in -1..1, in 0..1; other numbers as they are."""
    low, high = float(grids.min()), float(grids.max())
    signed = grids.dtype.kind == "f" and -1.0 - SLACK <= low < 0.0 and high <= 1.0 + SLACK
    return (grids + 1.0) / 2.0 if signed else grids


def _header(file: IO[bytes]) -> tuple[Sequence[int], np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"its version of the format, {version[0]}.{version[1]}, is not known")
    reads = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        shape, _, dtype = reads(file)
    except Exception as error:  # NumPy parses a header as Python, so any error of a parser
        raise ValueError("its header is damaged") from error
    return shape, dtype


def _fitting(archive: zipfile.ZipFile) -> Iterator[tuple[str, Shape]]:
    """Yield the names and shapes of the arrays that may be voxels. If there is one array, its complaint is raised."""
    names = [name for name in archive.namelist() if name.endswith(".npy")]
    for name in names:
        with archive.open(name) as member:
            shape, dtype = _header(member)
        try:
            yield name.removesuffix(".npy"), _arranged(shape, dtype)
        except ValueError:
            if len(names) == 1 or name.removesuffix(".npy") in _PREFERRED:
                raise


def _arranged(shape: Sequence[int], dtype: np.dtype[Any]) -> Shape:
    """Return the shape (N, D, H, W) of an array of one or several samples, with or without a channel."""
    extents = tuple(shape)
    if len(extents) == 5 and extents[1] == 1:
        extents = (extents[0], *extents[2:])
    if len(extents) == 3:
        extents = (1, *extents)
    if len(extents) != 4:
        words = "x".join(map(str, shape)) or "one number"
        raise ValueError(f"its array is {words}, not D x H x W, N x D x H x W or N x 1 x D x H x W")
    return checked(extents, dtype)


def _turned(grids: Grids, up: Axis) -> Grids:
    """Turn an axis upwards; the axes keep their cyclic order, so that nothing becomes its mirror image."""
    return grids.transpose(0, *(1 + (up + axis) % 3 for axis in range(3)))


def _turned_shape(shape: Shape, up: Axis) -> Shape:
    high, deep, wide = (shape[1 + (up + axis) % 3] for axis in range(3))
    return shape[0], high, deep, wide
