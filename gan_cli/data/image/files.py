"""Many image files: read by threads into one table, or kept as files and decoded when they are needed."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import get_worker_info

from gan_cli.data.image.images import Decoder
from gan_cli.data.image.opened import BROKEN
from gan_cli.data.image.pillow_warnings import collecting_warnings
from gan_cli.data.names import shown
from gan_cli.errors import UserError

log = logging.getLogger(__name__)

_CHUNK = 64  # files per task
_REPORT_EVERY = 5.0  # seconds
_DRAWS = 32  # random replacements tried for a broken file, before all files are tried in order


@dataclass(frozen=True)
class ImageFiles:
    """Images that are decoded one by one. A broken image is replaced by another one, each time by the same.

    Attributes:
        root: folder of the files.
        names: paths of the files relative to `root`, in a fixed order.
        decoder: how the files become samples.
        broken: files that were found broken; they are not tried again.
        labels: labels of the files, int64 (N,), or None.
    """

    root: Path
    names: tuple[str, ...]
    decoder: Decoder
    broken: BrokenFiles
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Tensor:
        with collecting_warnings():
            for row in self._candidates(index):
                sample = self._read(row)
                if sample is not None:
                    return sample
        raise UserError(f"none of the images in {self.root} can be read any more")

    def labels_at(self, rows: list[int]) -> Tensor | None:
        """Return the labels of the images that were last read for these rows, replacements included; or None."""
        return None if self.labels is None else self.labels[[self._row_read(row) for row in rows]]

    def _row_read(self, index: int) -> int:
        return next((row for row in self._candidates(index) if self.names[row] not in self.broken), index)

    def _candidates(self, index: int) -> Iterator[int]:
        """Yield the row itself, then its possible replacements in the order in which they are tried."""
        yield index
        yield from np.random.RandomState(index % 2**32).randint(len(self.names), size=_DRAWS).tolist()
        yield from range(len(self.names))

    def _read(self, row: int) -> Tensor | None:
        name = self.names[row]
        if name in self.broken:
            return None
        try:
            return self.decoder.decode(self.root / name)
        except BROKEN as error:
            self.broken.add({name: reason_of(error)})
            return None

    def take(self, rows: Tensor) -> ImageFiles:
        """Return the files of these rows as a new set."""
        names, labels = tuple(self.names[row] for row in rows.tolist()), self.labels
        return replace(self, names=names, labels=None if labels is None else labels[rows])


def read_all(root: Path, names: Sequence[str], decoder: Decoder) -> tuple[Tensor, dict[int, str], int]:
    """Decode every file.

    Returns:
        The samples, uint8 (N, C, H, W), in which the rows of broken files are unset; the broken rows with the reasons;
        and the number of images with colour.
    """
    samples = torch.empty(len(names), decoder.channels, *decoder.size, dtype=torch.uint8)
    coloured = np.zeros(len(names), dtype=bool)

    def read(row: int) -> None:
        samples[row], coloured[row] = decoder.decode_noting_colour(root / names[row])

    return samples, visit(range(len(names)), read), int(coloured.sum())


def visit(rows: Sequence[int], read: Callable[[int], None], doing: str = "read") -> dict[int, str]:
    """Call `read` on every row, in threads (Pillow releases the GIL). Return the rows that failed, with the reasons."""

    def read_chunk(start: int) -> dict[int, str]:
        failures = {}
        for row in rows[start : start + _CHUNK]:
            try:
                read(row)
            except BROKEN as error:
                failures[row] = reason_of(error)
        return failures

    broken: dict[int, str] = {}
    reported = time.monotonic()
    with collecting_warnings(), ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as pool:
        for done, failures in enumerate(pool.map(read_chunk, range(0, len(rows), _CHUNK))):
            broken.update(failures)
            if time.monotonic() - reported > _REPORT_EVERY:
                reported = time.monotonic()
                log.info("%s %d of %d images", doing, min(len(rows), (done + 1) * _CHUNK), len(rows))
    return broken


def reason_of(error: BaseException) -> str:
    """Return in one line, without the path, why a file cannot be read."""
    text = str(error.strerror or error) if isinstance(error, OSError) else str(error)
    return shown(text.partition(" '")[0] if text.startswith("cannot identify") else text) or type(error).__name__


class BrokenFiles:
    """The files of one folder that were found broken during training, shared by all readers in this process.

    A worker process has its own copy. It sends what it finds with its batches to the training process, which logs it.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._reasons: dict[str, str] = {}
        self._fresh: dict[str, str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._reasons

    def __len__(self) -> int:
        return len(self._reasons)

    def add(self, found: Mapping[str, str]) -> None:
        """Add broken files with the reasons. The training process logs those that are new."""
        for name, reason in found.items():
            if name in self._reasons:
                continue
            self._reasons[name] = self._fresh[name] = reason
            if get_worker_info() is None:
                said = "%s in %s cannot be read any more (%s); other images take its place"
                log.warning(said, shown(name), self._root, reason)

    def fresh(self) -> dict[str, str]:
        """Return the files that were added since the last call, with the reasons."""
        found, self._fresh = self._fresh, {}
        return found
