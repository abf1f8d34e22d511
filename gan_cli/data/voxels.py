"""The user's own solids: arrays of voxels and meshes, in one file, one folder or class folders."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Ge, Le

from gan_cli.data.base import Split, Table
from gan_cli.data.names import counted, shown
from gan_cli.data.own.folder_scan import identity
from gan_cli.data.own.folder_summary import classes_told, describe_skipped, parts_told
from gan_cli.data.own.layout import Layout, layout_of
from gan_cli.data.own.own_files import FileKind, list_own, tell_broken, without_broken
from gan_cli.data.own.walk import Listing
from gan_cli.data.place import expanded
from gan_cli.data.select import Holdout, Limit, split_holdout
from gan_cli.data.voxel.stored_voxels import Axis
from gan_cli.data.voxel.voxel_reading import LARGEST, SUFFIXES, Cubes, largest_side, read_cubes
from gan_cli.errors import SettingError, UserError
from gan_cli.spec import SampleSpec

log = logging.getLogger(__name__)

_KIND = FileKind(
    what="voxels or meshes",
    none="voxels",
    expected="Expected .npy, .npz, .binvox, .vox, .off, .obj or .stl",
    suffixes=SUFFIXES,
    remedies={".mat": "not supported; save the array as .npy", ".ply": "not supported; save the mesh as .stl"},
)
_MOSTLY = 0.5  # mean occupancy from which solid and empty may be swapped


class Voxels:
    """Your own solids: `data=voxels data.root=chairs data.size=32`.

    The files are arrays (.npy, .npz: D x H x W, N x D x H x W or N x 1 x D x H x W; truth values, 0 and 1, floats in
    0..1, or 0 to 255; `samples` of an .npz, as `gan sample` writes them, also -1..1), .binvox, .vox (MagicaVoxel), or
    meshes (.off, .obj, .stl), whose inside is filled. Grids are padded to a cube and averaged to `size`. Files that
    cannot be read and solids that are all empty or all solid are skipped and counted. If there are two or more
    sub-folders, each is a class, as in `data=folder`.

    Args:
        root: folder of the files, or one file. It must be given: None is an error.
        size: voxels per side, 8 to 128. None takes the largest side of the arrays, at most 128; 32 for meshes.
        up: the spatial axis of arrays that points up. Other formats say it: y in .binvox and .obj, z in .vox, .off and
            .stl.
        classes: class folders to keep, by number or by name, such as [0, 2] or [chair, sofa]; their labels become 0, 1.
            None keeps all.
        holdout: share in [0, 1) of the solids that is held out of training, the same in every run; 0 holds none out.
        limit: number of the remaining solids to train on, drawn at random, the same in every run; None uses all.

    Raises:
        SettingError: no folder is given, or its name has an unknown user or is not UTF-8.
    """

    def __init__(
        self,
        *,
        root: str | None = None,
        size: Annotated[int, Ge(8), Le(128)] | None = None,
        up: Axis = 0,
        classes: list[int | str] | None = None,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        if not root:
            raise SettingError("root", root, "name the folder of your voxels or meshes, such as data.root=chairs")
        self._root = expanded(root)
        self._wanted_size = size
        self._up = up
        self._classes = classes
        self._holdout = holdout
        self._limit = limit

    @property
    def spec(self) -> SampleSpec:
        """The spec of one channel of voxels. Lists the files, and reads the headers of arrays if `size` is None."""
        names = self._layout.classes
        return SampleSpec((1, *[self._size] * 3), num_classes=len(names) or None, class_names=names or None)

    def prepare(self) -> None:
        """Check that there are files, and that the wanted classes exist.

        Raises:
            UserError: there is no such folder, file or class.
        """
        _ = self.spec

    def load(self) -> Split:
        """Read the files into one table.

        Raises:
            UserError: no file can be read, nothing is left, or the numbers in a file are in no known range.
        """
        layout = self._layout
        cubes = read_cubes(self._folder, layout.names, self._size, self._up)
        tell_broken(self._root, cubes.broken, len(layout.names), _KIND)
        if not cubes.samples:
            raise UserError(
                f"data.root={self._root}: nothing is left to train on: {cubes.left_out()}.\n"
                "Look at the numbers in the files: solid is true, 1 or 255, and empty is 0."
            )
        samples = torch.from_numpy(cubes.table())
        labels = torch.tensor([layout.labels[row] for row in cubes.files]) if layout.labels else None
        digest = identity(self._listing.images, without_broken(layout.names, cubes.broken))
        split = replace(split_holdout(Table(samples, labels), self._holdout, self._limit), identity=digest)
        log.info("data.root=%s: %s", shown(str(self._root)), "; ".join(self._told(cubes, labels, split)))
        share = samples.float().mean().item() / 255.0
        if share > _MOSTLY:
            log.warning(
                "data.root=%s: %.0f %% of the space is solid, so solid and empty may be swapped; 0 must be empty",
                shown(str(self._root)),
                100.0 * share,
            )
        return split

    def _told(self, cubes: Cubes, labels: torch.Tensor | None, split: Split) -> Iterator[str]:
        """Yield the facts about the set that its line of the log describes."""
        size = self._size
        classes = classes_told(self._layout.classes, [] if labels is None else labels.tolist())
        yield f"{counted(len(cubes.samples), 'solid')} as {size}x{size}x{size}{classes}"
        yield parts_told(split, len(cubes.samples))
        yield from self._layout.remarks
        if cubes.sides - {size}:
            low, high = min(cubes.sides), max(cubes.sides)
            yield f"{f'{low} to {high}' if low < high else high} voxels a side were fitted to {size}"
        if cubes.sides and max(cubes.sides) > LARGEST and self._wanted_size is None:
            yield f"a batch of 64 takes {64 * size**3 * 4 / 2**20:,.0f} MiB (data.size=64 takes 64)"
        if cubes.left_out():
            yield f"left out {cubes.left_out()}"
        if self._listing.skipped:
            yield f"skipped {describe_skipped(self._listing.skipped, _KIND.remedies)}"

    @property
    def _folder(self) -> Path:
        return self._found[0]

    @property
    def _listing(self) -> Listing:
        return self._found[1]

    @cached_property
    def _found(self) -> tuple[Path, Listing]:
        return list_own(self._root, _KIND)

    @cached_property
    def _layout(self) -> Layout:
        """The files of the wanted classes with their labels."""
        return layout_of(list(self._listing.images), "file").keep(self._classes)

    @cached_property
    def _size(self) -> int:
        return self._wanted_size or largest_side(self._folder, self._layout.names, self._up)
