"""Image sets that torchvision fetches: where they lie, how they get there whole, what to say when they cannot."""

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
from gan_cli.data.fetching import impatient, staging
from gan_cli.data.place import expanded
from gan_cli.data.select import Extent, Holdout, Limit, Selection, check_classes
from gan_cli.disk.writing import all_or_nothing, make_folder, move_in
from gan_cli.errors import UserError
from gan_cli.spec import SampleSpec

log = logging.getLogger(__name__)

_FETCH_FAILURES = (OSError, RuntimeError, HTTPException, EOFError, zlib.error, tarfile.TarError)
_READ_FAILURES = (OSError, RuntimeError, ValueError, TypeError, LookupError, EOFError, AssertionError, UnpicklingError)


class DownloadedImages:
    """A labelled image set, downloaded and checksummed on first use; a subclass is one set.

    Args:
        root: folder of the data sets. None: the environment variable GAN_DATA_ROOT, else a cache folder of the user
            ($XDG_CACHE_HOME or ~/.cache)/gan-cli.
        classes: class numbers to keep, such as [5, 7, 9]; their labels become 0, 1, 2. None keeps all.
        size: pixels per side after resizing, or [height, width]; None keeps the set's own.
        holdout: share in [0, 1) of the training images that no network trains on, the same images in every run;
            0 keeps none back. (The set's own test images are never trained on.)
        limit: how many of the rest train, drawn at random, the same in every run; None keeps all.

    Attributes:
        title: the set's name in messages.
        dataset: torchvision's class.
        native: shape and classes as published.
        folder: where the archives belong, below the root.
        archives: names of the packed files.
        files: the unpacked files, below the root.
        may_fetch: whether what is missing is downloaded; False where a config of unknown origin names the root.
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
        """The published shape unless resized."""
        return self._selection.spec(self.native)

    def prepare(self) -> None:
        """Download the set unless its files are here; no network is touched when they are.

        Raises:
            UserError: it can neither be found nor fetched; says which files to put where.
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
        except _FETCH_FAILURES as error:
            raise UserError(
                f"{self.title} is not in {self._root} and could not be downloaded ({_reason(error)}).\n"
                f"Put {', '.join(self.archives)}, packed or unpacked, into {self._root / self.folder}\n"
                "or train on data=digits, which needs no download."
            ) from error

    def load(self) -> Split:
        """Read the training images.

        Raises:
            UserError: the files are damaged, or missing and not to be had.
        """
        self.prepare()
        try:
            data = self.dataset(self._root, train=True)
            labels = torch.as_tensor(data.targets)
            # (N, H, W) of gray sets and (N, H, W, C) of colour ones -> (N, C, H, W)
            pixels = torch.as_tensor(data.data).reshape(len(labels), *self.native.spatial, self.native.channels)
        except _READ_FAILURES as error:
            raise UserError(
                f"{self.title} in {(self._root / self.files[0]).parent} is damaged ({_reason(error)}).\n"
                "Delete that folder and run the command again: the set is downloaded anew."
            ) from error
        return self._selection.apply(Table(pixels.permute(0, 3, 1, 2).contiguous(), labels))

    def _fetch(self) -> None:
        """Download and unpack aside, then move each whole file into place: a kill leaves nothing to be mistaken."""
        with all_or_nothing(self._root):
            make_folder(self._root)
            with staging(self._root) as folder:
                self._lend_archives(folder)
                log.info("downloading %s into %s", self.title, self._root)
                with impatient():
                    self.dataset(folder, download=True)
                for file in self.files:
                    make_folder((self._root / file).parent)
                    move_in(folder / file, self._root / file)

    def _lend_archives(self, staging: Path) -> None:
        """Hand archives that a person put there to torchvision, which takes them if their checksums are right."""
        for name in self.archives:
            archive = self._root / self.folder / name
            if archive.is_file():
                make_folder(staging / self.folder)
                shutil.copyfile(archive, staging / self.folder / name)


def data_root(root: str | None) -> Path:
    """The folder of downloaded data: `root`, else $GAN_DATA_ROOT, else the user's cache folder."""
    chosen = root or os.environ.get("GAN_DATA_ROOT")
    return expanded(chosen) if chosen else cache_folder()


def _reason(error: BaseException) -> str:
    """The last line of an error, where torchvision names the cause after the mirrors it tried."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if "corrupted" in lines[-1]:
        return "a file has the wrong checksum"
    return lines[-1].strip().strip("<>.")
