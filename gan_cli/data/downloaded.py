"""Image sets that torchvision downloads: their folder, a download that may be interrupted, and its errors."""

from __future__ import annotations

import logging
import os
import shutil
import tarfile
import zlib
from http.client import HTTPException
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, ClassVar

import torch

from gan_cli.cache import cache_folder
from gan_cli.data.base import Split, Table
from gan_cli.data.fetching import download_limits, staging
from gan_cli.data.place import expanded
from gan_cli.data.select import Extent, Holdout, Limit, Selection, check_classes
from gan_cli.disk.writing import all_or_nothing, make_folder, move_in
from gan_cli.errors import UserError
from gan_cli.spec import SampleSpec

log = logging.getLogger(__name__)

FETCH_FAILURES = (OSError, RuntimeError, HTTPException, EOFError, zlib.error, tarfile.TarError)
_READ_FAILURES = (OSError, RuntimeError, ValueError, TypeError, LookupError, EOFError, AssertionError, UnpicklingError)


class DownloadedImages:
    """A labelled image set that is downloaded and verified by checksums on first use. Each subclass is one set.

    Args:
        root: folder of the data sets. None: the environment variable GAN_DATA_ROOT, else a cache folder of the user
            ($XDG_CACHE_HOME or ~/.cache)/gan-cli.
        classes: class numbers to keep, such as [5, 7, 9]; their labels become 0, 1, 2. None keeps all.
        size: pixels per side after resizing, or [height, width]; None keeps the original size.
        holdout: share in [0, 1) of the training images that is held out, the same in every run; 0 holds none out. (The
            test images of the set are never used.)
        limit: number of the remaining images to train on, drawn at random, the same in every run; None uses all.

    Attributes:
        title: name of the set in messages.
        dataset: class of torchvision.
        native: spec of the set as published.
        folder: folder of the archives, relative to the root.
        archives: names of the packed files.
        files: paths of the unpacked files, relative to the root.
        may_fetch: whether missing files are downloaded; False if only a config of unknown origin names the root.
    """

    may_fetch = True

    title: ClassVar[str]
    dataset: ClassVar[Any]
    native: ClassVar[SampleSpec]
    folder: ClassVar[str]
    archives: ClassVar[tuple[str, ...]]
    files: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        *,
        root: str | None = None,
        classes: list[int] | None = None,
        size: Extent | None = None,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        check_classes(classes, self.native.num_classes or 0)
        self._root = data_root(root)
        self._selection = Selection(classes, size, holdout, limit)

    @property
    def spec(self) -> SampleSpec:
        """The spec as published, unless resized or reduced to some classes."""
        return self._selection.spec(self.native)

    def prepare(self) -> None:
        """Download the set if a file of it is missing; else do not use the network.

        Raises:
            UserError: a file is missing and cannot be downloaded; the message says which files to put where.
        """
        if all((self._root / file).is_file() for file in self.files):
            return
        if not self.may_fetch:
            raise UserError(
                f"{self.title} is not in {self._root}, which only the run's config.yaml names: nothing is downloaded "
                "there.\nAdd trust=true if that folder is your own."
            )
        try:
            self._fetch()
        except FETCH_FAILURES as error:
            raise UserError(
                f"{self.title} is not in {self._root} and could not be downloaded ({reason_of(error)}).\n"
                f"Put {', '.join(self.archives)}, packed or unpacked, into {self._root / self.folder}\n"
                "or train on data=digits, which needs no download."
            ) from error

    def load(self) -> Split:
        """Read the training images.

        Raises:
            UserError: the files are damaged, or missing and cannot be downloaded.
        """
        self.prepare()
        try:
            data = self.dataset(self._root, train=True)
            labels = torch.as_tensor(data.targets)
            # (N, H, W) of gray sets and (N, H, W, C) of colour ones -> (N, C, H, W)
            pixels = torch.as_tensor(data.data).reshape(len(labels), *self.native.spatial, self.native.channels)
        except _READ_FAILURES as error:
            raise UserError(
                f"{self.title} in {(self._root / self.files[0]).parent} is damaged ({reason_of(error)}).\n"
                "Delete that folder and run the command again: the set is downloaded again."
            ) from error
        return self._selection.apply(Table(pixels.permute(0, 3, 1, 2).contiguous(), labels))

    def _fetch(self) -> None:
        """Download and unpack in a temporary folder, then move each file into place, so that no file is partial."""
        with all_or_nothing(self._root):
            make_folder(self._root)
            with staging(self._root) as folder:
                self._lend_archives(folder)
                log.info("downloading %s into %s", self.title, self._root)
                with download_limits():
                    self.dataset(folder, download=True)
                for file in self.files:
                    make_folder((self._root / file).parent)
                    move_in(folder / file, self._root / file)

    def _lend_archives(self, staging: Path) -> None:
        """Copy archives that the user put there for torchvision, which uses them if their checksums are right."""
        for name in self.archives:
            archive = self._root / self.folder / name
            if archive.is_file():
                make_folder(staging / self.folder)
                shutil.copyfile(archive, staging / self.folder / name)


def data_root(root: str | None) -> Path:
    """Return the folder of downloaded data: `root`, else $GAN_DATA_ROOT, else the user's cache folder."""
    chosen = root or os.environ.get("GAN_DATA_ROOT")
    return expanded(chosen) if chosen else cache_folder()


def reason_of(error: BaseException) -> str:
    """Return the last line of an error, where torchvision names the cause after the mirrors that it tried."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if "corrupted" in lines[-1]:
        return "a file has the wrong checksum"
    return lines[-1].strip().strip("<>.")
