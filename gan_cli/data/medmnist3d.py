"""MedMNIST in three dimensions: organs, vessels and lesions as voxels, downloaded without the package `medmnist`."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch

from gan_cli.data.base import Split, Table
from gan_cli.data.download.downloaded import Downloaded
from gan_cli.data.download.fetching import download_file
from gan_cli.data.select import Holdout, Limit, Selection, check_classes
from gan_cli.disk.reading import open_plain
from gan_cli.disk.writing import make_folder
from gan_cli.spec import SampleSpec

Part = Literal["organ", "nodule", "adrenal", "fracture", "vessel", "synapse"]
Side = Literal[28, 64]

ADDRESS = "https://zenodo.org/records/10519652/files/"

CLASSES: Mapping[Part, tuple[str, ...]] = {
    "organ": ("liver", "kidney-right", "kidney-left", "femur-right", "femur-left", "bladder")
    + ("heart", "lung-right", "lung-left", "spleen", "pancreas"),
    "nodule": ("benign", "malignant"),
    "adrenal": ("normal", "hyperplasia"),
    "fracture": ("buckle", "nondisplaced", "displaced"),
    "vessel": ("vessel", "aneurysm"),
    "synapse": ("inhibitory", "excitatory"),
}
"""The names of the classes of each set, in the order of its labels."""

CHECKSUMS: Mapping[Part, Mapping[Side, str]] = {
    "organ": {28: "a0c5a1ff56af4f155c46d46fbb45a2fe", 64: "58a2205adf14a9d0a189cb06dc78bf10"},
    "nodule": {28: "8755a7e9e05a4d9ce80a24c3e7a256f3", 64: "c47c5b7d457bf6332200d2ea6d64ecd8"},
    "adrenal": {28: "bbd3c5a5576322bc4cdfea780653b1ce", 64: "17721accfe9fb005146a47d33bc54b2f"},
    "fracture": {28: "6aa7b0143a6b42da40027a9dda61302f", 64: "f01d7e6316aedf4210da0da5b7437b42"},
    "vessel": {28: "b41fd4f7e7e2feedddb201585ecafa1b", 64: "6bb274a8846e1097066dcd64e2c4520f"},
    "synapse": {28: "1235b78a3cd6280881dd7850a78eadb6", 64: "43bd14ebf3af9d3dd072446fedc14d5e"},
}
"""The MD5 sums of the files of Zenodo's record 10519652. Older records have other files under the same names."""

_PARTS = ("train", "val")
_UNREADABLE = (OSError, ValueError, LookupError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)


class MedMNIST3D(Downloaded):
    """Organs, vessels and lesions as voxels, 28x28x28 or 64x64x64, with classes: MedMNIST v2, CC BY 4.0.

    adrenal and vessel are shapes, with voxels that are solid or empty, in 0.3 and 0.4 MB. The others are gray scans of
    3 to 36 MB: organ, nodule, fracture and synapse. The published training and validation samples are used, the test
    samples never. Yang et al. (2023), arXiv:2110.14795.

    Args:
        name: the set: organ, nodule, adrenal, fracture, vessel or synapse.
        size: voxels per side, as published.
        root: folder of the data sets. None: the environment variable GAN_DATA_ROOT, else a cache folder of the user
            ($XDG_CACHE_HOME or ~/.cache)/gan-cli.
        classes: class numbers to keep, such as [0, 6] of organ for livers and hearts; their labels become 0, 1. None
            keeps all.
        holdout: share in [0, 1) of the samples that is held out of training, the same in every run; 0 holds none out.
        limit: number of the remaining samples to train on, drawn at random, the same in every run; None uses all.

    Raises:
        SettingError: a class does not exist.
    """

    folder = "medmnist"
    instead = "solids"

    def __init__(
        self,
        *,
        name: Part = "adrenal",
        size: Side = 28,
        root: str | None = None,
        classes: list[int] | None = None,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        check_classes(classes, len(CLASSES[name]))
        super().__init__(root)
        file = f"{name}mnist3d{'' if size == 28 else f'_{size}'}.npz"
        self.title = f"{name.capitalize()}MNIST3D"
        self.archives = (file,)
        self.files = (f"{self.folder}/{file}",)
        self._md5 = CHECKSUMS[name][size]
        self._native = SampleSpec((1, size, size, size), num_classes=len(CLASSES[name]), class_names=CLASSES[name])
        self._selection = Selection(classes, None, holdout, limit)

    @property
    def spec(self) -> SampleSpec:
        """The spec of one channel of voxels, with the classes that are kept."""
        return self._selection.spec(self._native)

    def download(self, folder: Path) -> None:
        """Download the one file of the set from Zenodo."""
        make_folder((folder / self.files[0]).parent)
        download_file(f"{ADDRESS}{self.archives[0]}?download=1", folder / self.files[0], self._md5)

    def load(self) -> Split:
        """Read the training and validation samples.

        Raises:
            UserError: the file is damaged, or missing and cannot be downloaded.
        """
        self.prepare()
        try:
            with open_plain(self._root / self.files[0], follow=True) as file, np.load(file, allow_pickle=False) as npz:
                voxels = np.concatenate([self._voxels(npz[f"{part}_images"]) for part in _PARTS])
                labels = np.concatenate([self._labels(npz[f"{part}_labels"]) for part in _PARTS])
            if len(voxels) != len(labels):
                raise ValueError(f"{len(voxels)} samples have {len(labels)} labels")
        except _UNREADABLE as error:
            raise self._damaged(error) from error
        if voxels.max() <= 1:
            voxels *= 255
        return self._selection.apply(Table(torch.from_numpy(voxels)[:, None], torch.from_numpy(labels)))

    def _voxels(self, array: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        if array.dtype != np.uint8 or array.shape[1:] != self._native.spatial or not len(array):
            raise ValueError(f"its samples are {array.dtype} {'x'.join(map(str, array.shape))}")
        return array

    def _labels(self, array: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
        """Labels (N, 1) or (N,) -> int64 (N,)."""
        labels = array.reshape(len(array)).astype(np.int64)
        if labels.min() < 0 or labels.max() >= (self._native.num_classes or 0):
            raise ValueError(f"its labels are {labels.min()} to {labels.max()}")
        return labels
