"""Files of voxels and meshes: what our writers wrote comes back upright; other programs' files; damaged ones."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from gan_cli.data.voxel.mesh_formats import read_mesh
from gan_cli.data.voxel.stored_voxels import Grids
from gan_cli.data.voxel.voxel_formats import FORMATS
from gan_cli.data.voxel.voxel_reading import BROKEN
from gan_cli.data.voxel.voxelise import voxelise
from gan_cli.sampling.voxel_files import WRITERS

SIDE = 16


def stairs() -> np.ndarray:
    """A solid that looks different from every side: SIDE - 2 wide, less high, least deep; one empty voxel around."""
    solid = np.zeros((SIDE, SIDE, SIDE), dtype=bool)
    solid[3:5, 4:12, 1:15] = True  # a plate, whose place is the middle of each axis
    solid[5:13, 4:6, 1:15] = True  # a back
    solid[5:9, 4:12, 1:4] = True  # a block to the left
    return solid


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def grids(path: Path, up: int = 0) -> Grids:
    stored = FORMATS[path.suffix](path, up)  # type: ignore[arg-type]
    read = stored.read()
    assert read.shape == stored.shape
    return read


def test_magicavoxel_comes_back(tmp_path: Path) -> None:
    solid = np.random.default_rng(0).random((5, 7, 9)) < 0.3
    assert np.array_equal(grids(write(tmp_path, "a.vox", WRITERS["vox"](solid)))[0], solid)


@pytest.mark.parametrize("name", ["obj", "stl"])
def test_meshes_come_back(tmp_path: Path, name: str) -> None:
    solid = stairs()
    filled = voxelise(read_mesh(write(tmp_path, f"a.{name}", WRITERS[name](solid))), SIDE)
    assert np.array_equal(filled >= 128, solid)


def test_a_text_of_stl_is_the_same_mesh(tmp_path: Path) -> None:
    binary = read_mesh(write(tmp_path, "binary.stl", WRITERS["stl"](stairs())))
    lines = ["solid made by hand"]
    for up, front, right in binary.transpose(0, 2, 1):
        corners = [f"vertex {x} {-y} {z}" for x, y, z in zip(right, front, up, strict=True)]
        lines += ["facet normal 0 0 1", "outer loop", *corners, "endloop", "endfacet"]
    text = read_mesh(write(tmp_path, "text.STL", "\n".join([*lines, "endsolid"]).encode()))
    assert np.allclose(text, binary)


OFF_TETRAHEDRON = "4 4 6\n0 0 0\n1 0 0\n0 1 0 \n# a remark\n0 0 2\n\n3 0 1 2\n3 0 1 3 255 0 0\n3 0 2 3\n3 1 2 3\n"


@pytest.mark.parametrize("header", ["OFF\n", "OFF", "OFF ", "COFF\r\n", "# made by hand\nOFF\n"])
def test_off_with_every_header(tmp_path: Path, header: str) -> None:
    triangles = read_mesh(write(tmp_path, "a.off", (header + OFF_TETRAHEDRON).encode()))
    assert triangles.shape == (4, 3, 3)
    assert triangles.reshape(-1, 3)[:, 0].max() == 2.0  # z points up
    assert triangles.reshape(-1, 3)[:, 1].min() == -1.0  # y to the back


def test_polygons_are_cut_and_indices_may_count_from_the_end(tmp_path: Path) -> None:
    lines = [
        "v 0 0 0",
        "v 1 0 0",
        "v 1 0 1",
        "v 0 0 1 0.5 0.5 0.5",
        "vn 0 1 0",
        "f 1/1/1 2//1 3 4",
        "f -4 -3 -2",
        "l 1 2",
    ]
    triangles = read_mesh(write(tmp_path, "a.obj", "\n".join(lines).encode()))
    assert triangles[:, :, [2, 0, 1]].tolist() == [
        [[0, 0, 0], [1, 0, 0], [1, 0, 1]],
        [[0, 0, 0], [1, 0, 1], [0, 0, 1]],
        [[0, 0, 0], [1, 0, 0], [1, 0, 1]],
    ]


def by_binvox(solid: np.ndarray) -> bytes:
    """Write (x, z, y) run lengths by hand, from (up, front, right)."""
    values = solid.transpose(2, 1, 0).reshape(-1)
    ends = np.flatnonzero(np.append(values[1:] != values[:-1], True))
    runs = b""
    for start, end in zip([0, *(ends[:-1] + 1)], ends + 1, strict=True):
        for at in range(start, end, 255):
            runs += bytes([int(values[start]), min(255, end - at)])
    high, deep, wide = solid.shape
    return b"#binvox 1\ndim %d %d %d\ntranslate 0 0 0\nscale 1\ndata\n" % (wide, deep, high) + runs


def test_binvox_is_run_lengths_along_y_then_z_then_x(tmp_path: Path) -> None:
    # two voxels along x, two along z, three along y: the first column is solid, and the last voxel
    content = b"#binvox 1\ndim 2 2 3\ndata\n" + bytes([1, 3, 0, 8, 1, 1])
    solid = grids(write(tmp_path, "a.binvox", content))[0]
    assert solid.shape == (3, 2, 2) and solid[:, 0, 0].all() and solid[2, 1, 1] and solid.sum() == 4
    assert np.array_equal(grids(write(tmp_path, "b.binvox", by_binvox(stairs())))[0], stairs())


@pytest.mark.parametrize("shape", [(3, 4, 5), (1, 3, 4, 5), (2, 3, 4, 5), (2, 1, 3, 4, 5)])
def test_arrays_of_one_and_several_samples(tmp_path: Path, shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    np.save(tmp_path / "a.npy", array)
    np.savez_compressed(tmp_path / "b.npz", anything=array)
    wanted = array.reshape(-1, 3, 4, 5)
    assert np.array_equal(grids(tmp_path / "a.npy"), wanted) and np.array_equal(grids(tmp_path / "b.npz"), wanted)


def test_the_up_axis_is_turned_and_nothing_is_mirrored(tmp_path: Path) -> None:
    solid = np.zeros((2, 3, 4), np.uint8)
    solid[0, 0, :2], solid[0, 1, 0], solid[1, 0, 0] = 1, 2, 3  # a corner with three different arms
    np.save(tmp_path / "a.npy", solid)
    for up, wanted in ((0, (0, 1, 2)), (1, (1, 2, 0)), (2, (2, 0, 1))):
        turned = grids(tmp_path / "a.npy", up)[0]
        assert turned.shape == tuple(solid.shape[axis] for axis in wanted)
        assert np.array_equal(turned, solid.transpose(wanted))
        assert np.linalg.det(np.eye(3)[list(wanted)]) > 0


def test_the_array_of_an_archive_that_fits_is_taken(tmp_path: Path) -> None:
    voxels, others = np.ones((2, 3, 3, 3)), np.zeros((4, 3, 3, 3))
    np.savez(tmp_path / "a.npz", labels=np.zeros(2), anything=voxels)
    np.savez(tmp_path / "b.npz", others=others, voxels=voxels)
    assert len(grids(tmp_path / "a.npz")) == len(grids(tmp_path / "b.npz")) == 2
    np.savez(tmp_path / "c.npz", others=others, more=voxels)
    with pytest.raises(ValueError, match="several of its arrays are voxels: others, more; call the one to use"):
        grids(tmp_path / "c.npz")
    np.savez(tmp_path / "d.npz", labels=np.zeros(2), names=np.array(["a"]))
    with pytest.raises(ValueError, match="none of its arrays is one of voxels"):
        grids(tmp_path / "d.npz")


def header_of_npy(shape: tuple[int, ...]) -> bytes:
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def several_models() -> bytes:
    model = WRITERS["vox"](stairs())
    return model + model[20:]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.npy", b"", "EOF|magic"),
        ("a.npy", b"not an array of anything", "magic"),
        ("a.npy", header_of_npy((4, 4, 4)).replace(b"}", b"("), "its header is damaged"),
        ("a.npy", header_of_npy((4, 4, 4)) + bytes(100), "reshape|array"),
        ("a.npy", header_of_npy((4, 4)) + bytes(64), "its array is 4x4, not D x H x W"),
        ("a.npy", header_of_npy((2, 3, 4, 4, 4)), "its array is 2x3x4x4x4, not"),
        ("a.npy", header_of_npy((600, 600, 600)), "it has 600 voxels a side, and at most 512 are read"),
        ("a.npy", header_of_npy((9999, 64, 64, 64)), r"its array takes 9.8 GiB, and at most 4 are read"),
        ("a.npy", header_of_npy((0, 4, 4, 4)), "its array is empty"),
        ("a.npz", b"PK\x03\x04 no more", "zip"),
        ("a.binvox", b"#binvox 1\ndim 4 4 4\ndata\n" + bytes([1, 60]), "its runs have 60 voxels, its header 64"),
        ("a.binvox", b"solid", "no header of binvox"),
        ("a.vox", b"solid", "no header of MagicaVoxel"),
        ("a.vox", WRITERS["vox"](stairs())[:-5], "cut off"),
        ("a.vox", WRITERS["vox"](stairs())[:25], "unpack"),
        ("a.vox", several_models(), "it has 2 models; save each as a file of its own"),
        ("a.vox", WRITERS["vox"](stairs()).replace(struct.pack("<I", SIDE), struct.pack("<I", 9), 1), "outside of"),
    ],
)
def test_damaged_grids(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(BROKEN, match=said):
        grids(write(tmp_path, name, content))


def test_objects_are_not_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[[{}]]], dtype=object))
    with pytest.raises(BROKEN, match="holds object, not numbers"):
        grids(tmp_path / "a.npy")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.off", b"4 4 0", "no header of OFF"),
        ("a.off", b"OFF\n", "no number of corners"),
        ("a.off", b"OFF 3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", "says 3 corners and 2 faces, but is cut off"),
        ("a.off", b"OFF 3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1\n", "fewer corners than it says"),
        ("a.off", b"OFF 3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 3\n", "a corner that does not exist"),
        ("a.off", b"OFF 3 1 0\n0 0\n1 0 0\n0 1 0\n3 0 1 2\n", "no three coordinates"),
        ("a.off", b"OFF 3 1 0\nnan 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", "not a finite number"),
        ("a.obj", b"\x7fELF\x02\x01", "it has no face"),
        ("a.obj", b"v 0 0 0\nv 1 0 0\nf 1 2 9", "a corner that does not exist"),
        ("a.obj", b"v 0 0 0\nf one two", "invalid literal"),
        ("a.obj", b"", "it has no face"),
        ("a.stl", WRITERS["stl"](stairs())[:-20], "no STL file, or is cut off"),
        ("a.stl", b"solid a\nfacet normal 0 0 1\n vertex 0 0 0\n", "cut off"),
        ("a.stl", b"solid a\nvertex 0 0 0\nvertex 1 0 0\nendsolid", "no three corners"),
        ("a.stl", b"solid a\nendsolid", "it has no face"),
    ],
)
def test_damaged_meshes(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(BROKEN, match=said):
        read_mesh(write(tmp_path, name, content))
