"""Reads files of voxels and meshes into one table of cubes, and counts what was left out."""

from __future__ import annotations

import logging
import struct
import time
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gan_cli.data.names import counted, shown
from gan_cli.data.own.own_files import reason_of
from gan_cli.data.voxel.mesh_formats import READERS, read_mesh
from gan_cli.data.voxel.occupancy import RangeError, fit, scale_of, scaled
from gan_cli.data.voxel.stored_voxels import Axis, Stored
from gan_cli.data.voxel.voxel_formats import FORMATS
from gan_cli.data.voxel.voxelise import voxelise
from gan_cli.errors import UserError

log = logging.getLogger(__name__)

SUFFIXES = FORMATS.keys() | READERS.keys()
"""The suffixes of files that are read."""

LARGEST = 128
"""The most voxels per side of a sample."""
_OF_MESHES = 32  # voxels per side of meshes, which have none of their own
_REPORT_EVERY = 5.0  # seconds

_UNREADABLE = (OSError, ValueError, LookupError, EOFError, OverflowError, RuntimeError)
_DAMAGED = (struct.error, zipfile.BadZipFile, zlib.error)
BROKEN = (*_UNREADABLE, *_DAMAGED)
"""What damaged files raise."""


@dataclass
class Cubes:
    """Samples that were read, and what was left out.

    Attributes:
        size: voxels per side.
        samples: uint8 (size, size, size) each.
        files: for each sample, the place of its file in the list of names.
        broken: files that cannot be read, with the reason.
        empty: number of samples without a solid voxel.
        full: number of samples without an empty voxel.
        sides: the longest sides that were found; of meshes none.
    """

    size: int
    samples: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    empty: int = 0
    full: int = 0
    sides: set[int] = field(default_factory=set)

    def table(self) -> npt.NDArray[np.uint8]:
        """Return the samples as uint8 (N, 1, size, size, size)."""
        return np.stack(self.samples)[:, None]

    def left_out(self) -> str:
        """Describe the samples that show nothing; empty if there are none."""
        parts = [f"{count:,} all {what}" for count, what in ((self.empty, "empty"), (self.full, "solid")) if count]
        return " and ".join(parts)


def largest_side(root: Path, names: Iterable[str], up: Axis) -> int:
    """Return the longest side in the headers of some files, at most LARGEST; 32 if all are meshes or broken.

    Args:
        root: their folder.
        names: their names.
        up: the axis of arrays that points up.
    """
    longest = 0
    for name in names:
        path = root / name
        if path.suffix.lower() in FORMATS:
            try:
                longest = max(longest, *_look(path, up).shape[1:])
            except BROKEN:
                continue
    return min(longest, LARGEST) or _OF_MESHES


def read_cubes(root: Path, names: Sequence[str], size: int, up: Axis, *, setting: str = "data.root") -> Cubes:
    """Read files into cubes. Files that cannot be read and samples that are all empty or all solid are counted.

    Args:
        root: the folder of the files.
        names: their names.
        size: voxels per side.
        up: the axis of arrays that points up.
        setting: the setting that names the folder, for messages.

    Raises:
        UserError: the numbers in a file are in no known range.
    """
    found = Cubes(size)
    reported = time.monotonic()
    for row, name in enumerate(names):
        path = root / name
        try:
            if path.suffix.lower() in READERS:
                found.samples.append(voxelise(read_mesh(path), size))
                found.files.append(row)
            else:
                _add(found, row, _look(path, up))
        except RangeError as error:
            raise UserError(
                f"{setting}={root}: {shown(name)} cannot be read as occupancies: {error}.\n"
                "Save it as truth values, as 0 and 1, as floats in 0..1, or as 0 to 255, where 0 is empty."
            ) from error
        except BROKEN as error:
            found.broken[name] = reason_of(error)
        if time.monotonic() - reported > _REPORT_EVERY:
            reported = time.monotonic()
            log.info("read %s of %s", f"{row + 1:,}", counted(len(names), "file"))
    return found


def _look(path: Path, up: Axis) -> Stored:
    return FORMATS[path.suffix.lower()](path, up)


def _add(found: Cubes, row: int, stored: Stored) -> None:
    grids = stored.read()
    scale = scale_of(grids)
    found.sides.add(max(stored.shape[1:]))
    for grid in grids:
        values = scaled(grid, scale)
        cube = fit(values, found.size)
        if values.min() == 255:
            found.full += 1
        elif not cube.any():
            found.empty += 1
        else:
            found.samples.append(cube)
            found.files.append(row)
