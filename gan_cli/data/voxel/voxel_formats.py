"""Looks at voxels in the files of other programs: binvox and MagicaVoxel, whose axes have a meaning."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from gan_cli.data.voxel.stored_voxels import Axis, Grids, Stored, checked, content_of
from gan_cli.data.voxel.voxel_arrays import npy, npz

_DIM = re.compile(rb"^dim[ \t]+(\d+)[ \t]+(\d+)[ \t]+(\d+)", re.MULTILINE)
_DATA = re.compile(rb"^data\r?\n", re.MULTILINE)


def binvox(path: Path, _: Axis) -> Stored:
    """Look at a file of binvox: lengths of runs along y, then z, then x. Its y axis points up, and z to the front.

    Raises:
        ValueError: it is damaged.
    """
    content = content_of(path)
    data, dim = _DATA.search(content), _DIM.search(content)
    if not content.startswith(b"#binvox") or data is None or dim is None or dim.end() > data.start():
        raise ValueError("it has no header of binvox")
    x, z, y = map(int, dim.groups())
    runs = content[data.end() :]

    def read() -> Grids:
        values, lengths = np.frombuffer(runs[: len(runs) // 2 * 2], np.uint8).reshape(-1, 2).T
        if lengths.sum(dtype=np.int64) != x * z * y:
            raise ValueError(f"its runs have {lengths.sum(dtype=np.int64):,} voxels, its header {x * z * y:,}")
        return np.repeat(values != 0, lengths).reshape(1, x, z, y).transpose(0, 3, 2, 1)

    return Stored(checked((1, y, z, x), np.dtype(np.bool_)), read)


def vox(path: Path, _: Axis) -> Stored:
    """Read a file of MagicaVoxel with one model. Its z axis points up, and y to the back.

    Raises:
        ValueError: it is damaged, or has several models.
        struct.error: it is cut off.
    """
    content = content_of(path)
    if not content.startswith(b"VOX "):
        raise ValueError("it has no header of MagicaVoxel")
    chunks = list(_chunks(content))
    sizes = [chunk for name, chunk in chunks if name == b"SIZE"]
    models = [chunk for name, chunk in chunks if name == b"XYZI"]
    if len(sizes) != 1 or len(models) != 1:
        raise ValueError(f"it has {len(models)} models; save each as a file of its own")
    wide, deep, high = struct.unpack_from("<3I", sizes[0])
    shape = checked((1, high, deep, wide), np.dtype(np.bool_))
    places = np.frombuffer(models[0], np.uint8, 4 * struct.unpack_from("<I", models[0])[0], 4).reshape(-1, 4)

    def read() -> Grids:
        x, y, z = places[:, :3].T.astype(int)
        if (places[:, :3] >= np.array([wide, deep, high])).any():
            raise ValueError("a voxel is outside of its model")
        solid = np.zeros(shape, dtype=bool)
        solid[0, z, deep - 1 - y, x] = True
        return solid

    return Stored(shape, read)


FORMATS: dict[str, Callable[[Path, Axis], Stored]] = {".npy": npy, ".npz": npz, ".binvox": binvox, ".vox": vox}
"""How to look at a file, by its suffix."""


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the content of each chunk of a MagicaVoxel file inside the one that has all others."""
    place = 20  # 8 bytes of the header, 12 of the chunk MAIN, which is empty but for its children
    while place < len(content):
        name, size, _ = struct.unpack_from("<4s2I", content, place)
        place += 12
        if place + size > len(content):
            raise ValueError("it is cut off")
        yield name, content[place : place + size]
        place += size
