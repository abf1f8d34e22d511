"""Reads files of voxels and meshes as cubes of the size of the data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from gan_cli.data.names import counted
from gan_cli.data.voxel.mesh_formats import READERS
from gan_cli.data.voxel.voxel_reading import read_cubes
from gan_cli.errors import UserError
from gan_cli.external.given import Given
from gan_cli.spec import SampleSpec


def read_solids(given: Given, folder: Path, names: Sequence[str], spec: SampleSpec) -> tuple[Tensor, str]:
    """Return the solids of files, uint8 (N, 1, size, size, size), and what was done to them, as text.

    Grids are padded to a cube and averaged to the size of the data, meshes are scaled to fit and filled. Unlike in
    `data=voxels`, those that are all empty or all solid count: they are what a generator made.

    Args:
        given: what the user named, for the error.
        folder: the folder of the files.
        names: their names.
        spec: shape of a sample.

    Raises:
        UserError: the data are no cubes of one channel, a file cannot be read, or its numbers are no occupancies.
    """
    size = spec.spatial[0]
    if spec.shape != (1, size, size, size):
        raise UserError(f"{given}: files of voxels are cubes of one channel, but the data are {spec}; give an .npz")
    cubes = read_cubes(folder, names, size, 0, setting=given.setting)
    if cubes.broken:
        name, reason = min(cubes.broken.items())
        raise UserError(f"{given}: {name} cannot be read ({reason}); take it out")
    plain = [np.full((size, size, size), level, np.uint8) for level in [0] * cubes.empty + [255] * cubes.full]
    found = np.stack([*cubes.samples, *plain])[:, None]
    fitted = sorted(cubes.sides - {size})
    meshes = sum(Path(name).suffix.lower() in READERS for name in names)
    told = [counted(len(found), "solid"), cubes.left_out()]
    if fitted:
        told.append(f"{' and '.join(map(str, fitted[:3]))} voxels a side fitted to {size}")
    if meshes:
        told.append(f"{meshes:,} of them meshes, each scaled to fit its cube")
    return torch.from_numpy(found), ", ".join(filter(None, told))
