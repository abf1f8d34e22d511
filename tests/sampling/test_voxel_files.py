"""Voxels as OBJ, STL and VOX: read back by hand, closed, the right way out, and of the right volume."""

from __future__ import annotations

import struct
from collections import Counter
from typing import Any

import numpy as np
import pytest

from gan_cli.sampling.voxel_files import obj, stl, vox


@pytest.fixture
def solid() -> Any:
    """A block of 3 x 2 x 4 voxels (up, front, right) with one more on top, at the left."""
    solid = np.zeros((6, 5, 7), dtype=bool)
    solid[1:4, 1:3, 2:6] = True
    solid[4, 2, 2] = True
    return solid


def of_obj(data: bytes) -> Any:
    """The corners (F, 4, 3) of all faces."""
    lines = [line.split() for line in data.decode().splitlines()]
    places = np.array([[float(value) for value in line[1:]] for line in lines if line[0] == "v"])
    return places[np.array([[int(value) for value in line[1:]] for line in lines if line[0] == "f"]) - 1]


def of_stl(data: bytes) -> tuple[Any, Any]:
    """The normals (T, 3) and the corners (T, 3, 3) of all triangles."""
    (count,) = struct.unpack_from("<I", data, 80)
    assert len(data) == 84 + 50 * count
    record = np.frombuffer(data, dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")], offset=84)
    return record["normal"], record["corners"]


def volume(triangles: Any) -> float:
    """The volume inside of triangles (T, 3, 3) that are anticlockwise from outside: the divergence theorem."""
    return float(np.einsum("ti,ti->t", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])).sum() / 6)


def test_a_mesh_is_closed_and_has_the_volume_of_the_voxels(solid: Any) -> None:
    faces = of_obj(obj(solid))
    assert volume(faces[:, [0, 1, 2]]) + volume(faces[:, [0, 2, 3]]) == pytest.approx(solid.sum())
    assert volume(of_stl(stl(solid))[1]) == pytest.approx(solid.sum())
    edges = Counter(
        (tuple(face[corner]), tuple(face[(corner + 1) % 4])) for face in faces.tolist() for corner in range(4)
    )
    assert all(edges[(end, start)] == count for (start, end), count in edges.items())  # each one there and back


def test_only_faces_between_solid_and_air_are_written(solid: Any) -> None:
    # the block's 2 (12 + 6 + 8), less the one that is covered, and five of the one on top
    assert len(of_obj(obj(solid))) == 2 * (3 * 2 + 3 * 4 + 2 * 4) - 1 + 5


def test_up_is_y_in_obj_and_z_in_stl(solid: Any) -> None:
    faces, (_, triangles) = of_obj(obj(solid)), of_stl(stl(solid))
    # right, up, front
    assert faces.min(axis=(0, 1)).tolist() == [2, 1, 1] and faces.max(axis=(0, 1)).tolist() == [6, 5, 3]
    # right, to the back, up
    assert triangles.min(axis=(0, 1)).tolist() == [2, -3, 1] and triangles.max(axis=(0, 1)).tolist() == [6, -1, 5]


def test_the_normals_of_stl_are_of_length_one_and_point_outwards(solid: Any) -> None:
    normals, triangles = of_stl(stl(solid))
    assert np.allclose(np.linalg.norm(normals, axis=1), 1.0)
    highest = triangles[:, :, 2].min(axis=1) == 5.0
    assert highest.any() and (normals[highest] == [0, 0, 1]).all()


def test_magicavoxel_gets_each_voxel_with_z_up(solid: Any) -> None:
    data = vox(solid)
    assert data[:8] == b"VOX " + struct.pack("<I", 150)
    assert data[8:12] == b"MAIN" and struct.unpack_from("<2I", data, 12) == (0, len(data) - 20)
    assert data[20:24] == b"SIZE" and struct.unpack_from("<5I", data, 24) == (12, 0, 7, 5, 6)
    assert data[44:48] == b"XYZI"
    size, _, count = struct.unpack_from("<3I", data, 48)
    assert count == solid.sum() and size == 4 + 4 * count and len(data) == 60 + 4 * count
    voxels = np.frombuffer(data, dtype=np.uint8, offset=60).reshape(-1, 4)
    assert {(up, 4 - back, right) for right, back, up, _ in voxels.tolist()} == set(
        map(tuple, np.argwhere(solid).tolist())
    )
    assert (voxels[:, 3] > 0).all()


def test_an_empty_grid_is_an_empty_file_of_each_format() -> None:
    nothing = np.zeros((4, 4, 4), dtype=bool)
    assert obj(nothing).strip() == b""
    assert struct.unpack_from("<I", stl(nothing), 80) == (0,)
    assert struct.unpack_from("<I", vox(nothing), 56) == (0,)


def test_magicavoxel_has_no_larger_grids() -> None:
    with pytest.raises(ValueError, match="at most 256"):
        vox(np.zeros((257, 1, 1), dtype=bool))
