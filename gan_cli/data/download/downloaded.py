"""Sets that are downloaded: their folder, a download that may be interrupted, its errors; those of torchvision."""

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
from gan_cli.data.download.fetching import download_limits, staging
from gan_cli.data.place import expanded
from gan_cli.data.select import Extent, Holdout, Limit, Selection, check_classes
from gan_cli.disk.writing import all_or_nothing, make_folder, move_in
from gan_cli.errors import UserError
from gan_cli.spec import SampleSpec

log = logging.getLogger(__name__)

_EITHER_WAY = ", packed or unpacked,"
_FETCH_FAILURES = (OSError, RuntimeError, HTTPException, EOFError, zlib.error, tarfile.TarError)
_READ_FAILURES = (OSError, RuntimeError, ValueError, TypeError, LookupError, EOFError, AssertionError, UnpicklingError)


class Downloaded:
    """The files of a set, downloaded on first use. Each subclass is one set and defines `download`.

    Args:
        root: folder of the data sets; None: see `data_root`.

    Attributes:
        title: name of the set in messages.
        folder: folder of the archives, relative to the root.
        archives: names of the files as they are published.
        files: paths of the files that are read, unpacked, relative to the root.
        instead: a choice of `data=` of the same kind that needs no download.
        may_fetch: whether missing files are downloaded; False if only a config of unknown origin names the root.
    """

    title: str
    folder: str
    archives: tuple[str, ...]
    files: tuple[str, ...]
    instead: ClassVar[str]

    may_fetch = True

    def __init__(self, root: str | None) -> None:
        self._root = data_root(root)

    @property
    def missing(self) -> str:
        """What a person must put into the folder if it cannot be downloaded, in words."""
        packed = "" if set(self.files) == {f"{self.folder}/{name}" for name in self.archives} else _EITHER_WAY
        return f"{', '.join(self.archives)}{packed}"

    @property
    def is_here(self) -> bool:
        """Whether all files of the set are in the folder."""
        return all((self._root / file).is_file() for file in self.files)

    def prepare(self) -> None:
        """Download the set if a file of it is missing; else do not use the network.

        Raises:
            UserError: a file is missing and cannot be downloaded; the message says which files to put where.
        """
        if self.is_here:
            return
        if not self.may_fetch:
            raise UserError(
                f"{self.title} is not in {self._root}, which only the run's config.yaml names: nothing is downloaded "
                "there.\nAdd trust=true if that folder is your own."
            )
        try:
            self._fetch()
        except _FETCH_FAILURES as error:
            raise UserError(
                f"{self.title} is not in {self._root} and could not be downloaded ({reason_of(error)}).\n"
                f"Put {self.missing} into {self._root / self.folder}\n"
                f"or train on data={self.instead}, which needs no download."
            ) from error

    def download(self, folder: Path) -> None:
        """Download the files and unpack them below an empty folder, where they have the same paths as below the root.

        Args:
            folder: the folder. Archives that the user has put below the root are there already.
        """
        raise NotImplementedError

    def _fetch(self) -> None:
        """Download and unpack in a temporary folder, then move each file into place, so that no file is partial."""
        with all_or_nothing(self._root):
            make_folder(self._root)
            with staging(self._root) as folder:
                self._lend_archives(folder)
                log.info("downloading %s into %s", self.title, self._root)
                with download_limits():
                    self.download(folder)
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

    def _damaged(self, error: BaseException) -> UserError:
        """Return the error for files that are there and cannot be read."""
        return UserError(
            f"{self.title} in {(self._root / self.files[0]).parent} is damaged ({reason_of(error)}).\n"
            "Delete that folder and run the command again: the set is downloaded again."
        )


class DownloadedImages(Downloaded):
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
        dataset: class of torchvision.
        native: spec of the set as published.
    """

    instead = "digits"

    dataset: ClassVar[Any]
    native: ClassVar[SampleSpec]

    def __init__(
        self,
        *,
        root: str | None = None,
        classes: list[int] | None = None,
        size: Extent | None = None,
        holdout: Holdout = 0.1,
        limit: Limit = None,
    ) -> None:
        super().__init__(root)
        check_classes(classes, self.native.num_classes or 0)
        self._selection = Selection(classes, size, holdout, limit)

    @property
    def spec(self) -> SampleSpec:
        """The spec as published, unless resized or reduced to some classes."""
        return self._selection.spec(self.native)

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
            raise self._damaged(error) from error
        return self._selection.apply(Table(pixels.permute(0, 3, 1, 2).contiguous(), labels))

    def download(self, folder: Path) -> None:
        """Let torchvision download and unpack the set."""
        self.dataset(folder, download=True)


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
