"""Voxels as files of other programs: meshes for 3-D viewers and printers, and MagicaVoxel's own format.

A voxel is solid from an occupancy of 0.5 on. In arrays the axes are (up, front, right); a voxel has one unit a side.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Solid = npt.NDArray[np.bool_]
"""(D, H, W): whether a voxel is solid."""

Corners = npt.NDArray[np.int32]
"""(F, 4, 3): the corners of each face in places of the array, anticlockwise as seen from outside."""

LARGEST_VOX = 256
"""The most voxels per side that MagicaVoxel's format has."""

_VOX_VERSION = 150
_COLOUR = 216  # of its palette of 255 colours


def obj(solid: Solid) -> bytes:
    """Return a Wavefront OBJ file: the faces between solid and air, with y up and z to the front."""
    corners = _faces(solid)
    places, index = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    lines = [f"v {right} {up} {front}" for up, front, right in places.tolist()]
    lines += [f"f {a} {b} {c} {d}" for a, b, c, d in (index.reshape(-1, 4) + 1).tolist()]
    return ("\n".join(lines) + "\n").encode()


def stl(solid: Solid) -> bytes:
    """Return a binary STL file: two triangles for each face between solid and air, with z up, as printers take it."""
    up, front, right = np.moveaxis(_faces(solid), 2, 0)
    corners = np.stack([right, -front, up], axis=2).astype("<f4")
    triangles = corners[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 3)
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    record = np.zeros(len(triangles), dtype=[("places", "<f4", (4, 3)), ("attribute", "<u2")])
    record["places"] = np.concatenate([normals[:, None], triangles], axis=1)
    return b"gan-cli".ljust(80) + struct.pack("<I", len(triangles)) + record.tobytes()


def vox(solid: Solid) -> bytes:
    """Return a file of MagicaVoxel, version 150, with z up and in one colour.

    Raises:
        ValueError: a side has more than 256 voxels.
    """
    if max(solid.shape) > LARGEST_VOX:
        raise ValueError(f"at most {LARGEST_VOX} voxels per side")
    up, front, right = np.nonzero(solid)
    deep, wide = solid.shape[1:]
    voxels = np.stack([right, deep - 1 - front, up, np.full_like(up, _COLOUR)], axis=1).astype(np.uint8)
    content = _chunk(b"SIZE", struct.pack("<3I", wide, deep, len(solid)))
    content += _chunk(b"XYZI", struct.pack("<I", len(voxels)) + voxels.tobytes())
    return b"VOX " + struct.pack("<I", _VOX_VERSION) + b"MAIN" + struct.pack("<2I", 0, len(content)) + content


WRITERS: dict[str, Callable[[Solid], bytes]] = {"obj": obj, "stl": stl, "vox": vox}
"""The formats by their extension."""


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<2I", len(content), 0) + content


def _faces(solid: Solid) -> Corners:
    """Return all faces between solid and air."""
    padded = np.pad(solid, 1)
    inner = (slice(1, -1),) * 3
    found = []
    for axis in range(3):
        for outward in (0, 1):
            beside = np.roll(padded, 1 - 2 * outward, axis=axis)[inner]
            places = np.argwhere(solid & ~beside)
            found.append(places[:, None] + _square(axis, outward))
    return np.concatenate(found).astype(np.int32)


def _square(axis: int, outward: int) -> npt.NDArray[np.int64]:
    """Return the corners (4, 3) of one side of the unit cube, anticlockwise as seen from outside."""
    second, third = (axis + 1) % 3, (axis + 2) % 3
    corners = np.zeros((4, 3), dtype=np.int64)
    corners[:, axis] = outward
    corners[[1, 2], second] = 1
    corners[[2, 3], third] = 1
    # (up, front, right) are a right-handed system, and so are three axes in turns
    return corners if outward else corners[::-1]
