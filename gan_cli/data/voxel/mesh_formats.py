"""Reads meshes: OFF, Wavefront OBJ and STL. They become triangles with the axes (up, front, right)."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gan_cli.data.voxel.stored_voxels import content_of

Triangles = npt.NDArray[np.float64]
"""(T, 3, 3): the corners of each triangle."""

_GLUED = re.compile(
    r"(?:\s|#.*\n)*[A-Z0-9]*OFF", re.ASCII
)  # may be followed by the counts without a space: OFF6586 5534 0
_CORNER = re.compile(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)")
_STL_HEADER = 84
_STL_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def read_mesh(path: Path) -> Triangles:
    """Return the triangles of a mesh.

    Raises:
        ValueError: it is damaged, or has no face.
    """
    triangles = READERS[path.suffix.lower()](content_of(path))
    if not len(triangles):
        raise ValueError("it has no face")
    if not np.isfinite(triangles).all():
        raise ValueError("a corner is not a finite number")
    return triangles


def off(content: bytes) -> Triangles:
    """Read an OFF file, whose z axis points up, as in ModelNet.

    Raises:
        ValueError: it is damaged.
    """
    text = content.decode("ascii", "replace")
    header = _GLUED.match(text)
    if header is None:
        raise ValueError("it has no header of OFF")
    lines = [words for line in text[header.end() :].splitlines() if (words := line.partition("#")[0].split())]
    if not lines or len(lines[0]) < 2:
        raise ValueError("it says no number of corners and faces")
    corners, faces = int(lines[0][0]), int(lines[0][1])
    if corners < 0 or faces < 0 or len(lines) < 1 + corners + faces:
        raise ValueError(f"it says {corners:,} corners and {faces:,} faces, but is cut off")
    polygons = []
    for words in lines[1 + corners : 1 + corners + faces]:
        polygon = [int(word) for word in words[1 : 1 + int(words[0])]]
        if len(polygon) != int(words[0]):
            raise ValueError("a face has fewer corners than it says")
        polygons.append(polygon)
    return _z_up(_cornered(_places(lines[1 : 1 + corners]), polygons))


def obj(content: bytes) -> Triangles:
    """Read a Wavefront OBJ file, whose y axis points up. Only corners and faces are used.

    Raises:
        ValueError: it is damaged.
    """
    corners: list[Sequence[str]] = []
    polygons: list[list[int]] = []
    for line in content.decode("utf-8", "replace").replace("\\\n", " ").splitlines():
        key, *words = line.split() or [""]
        if key == "v":
            corners.append(words)
        elif key == "f":
            numbers = [int(word.partition("/")[0]) for word in words]
            polygons.append([number - 1 if number > 0 else len(corners) + number for number in numbers])
    return _cornered(_places(corners), polygons)[..., [1, 2, 0]]


def stl(content: bytes) -> Triangles:
    """Read an STL file, binary or text, whose z axis points up.

    Raises:
        ValueError: it is damaged.
    """
    if len(content) >= _STL_HEADER:
        count = struct.unpack_from("<I", content, _STL_HEADER - 4)[0]
        if len(content) == _STL_HEADER + count * _STL_FACET.itemsize:
            facets = np.frombuffer(content, _STL_FACET, count, _STL_HEADER)
            return _z_up(facets["corners"].astype(np.float64))
    if not content.lstrip().startswith(b"solid") or b"endsolid" not in content:
        raise ValueError("it is no STL file, or is cut off")
    corners = np.array([corner.groups() for corner in _CORNER.finditer(content)], dtype=np.float64)
    if len(corners) % 3:
        raise ValueError("a face has no three corners")
    return _z_up(corners.reshape(-1, 3, 3))


READERS: dict[str, Callable[[bytes], Triangles]] = {".off": off, ".obj": obj, ".stl": stl}
"""How to read the bytes of a file, by its suffix."""


def _places(lines: Sequence[Sequence[str]]) -> npt.NDArray[np.float64]:
    """Return the places (V, 3) of corners, which may be followed by colours."""
    if any(len(words) < 3 for words in lines):
        raise ValueError("a corner has no three coordinates")
    return np.array([words[:3] for words in lines], dtype=np.float64).reshape(-1, 3)


def _cornered(places: npt.NDArray[np.float64], polygons: Iterable[Sequence[int]]) -> Triangles:
    """Cut convex polygons into triangles that share their first corner. Edges and points are left out."""
    cut = [(face[0], *pair) for face in polygons for pair in zip(face[1:], face[2:], strict=False)]
    index = np.array(cut, dtype=np.int64).reshape(-1, 3)
    if index.size and not 0 <= index.min() <= index.max() < len(places):
        raise ValueError("a face has a corner that does not exist")
    return places[index]


def _z_up(triangles: Triangles) -> Triangles:
    """Places (x, y, z) with z up and y to the back -> (up, front, right)."""
    x, y, z = np.moveaxis(triangles, -1, 0)
    return np.stack([z, -y, x], axis=-1)
