"""Many image files at once: read by threads into one table, or kept as files that are decoded when their turn comes."""

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

from gan_cli.data.hearing import hearing
from gan_cli.data.images import Reading
from gan_cli.data.names import shown
from gan_cli.data.opened import BROKEN
from gan_cli.errors import UserError

log = logging.getLogger(__name__)

_CHUNK = 64  # files per task
_REPORT_EVERY = 5.0  # seconds
_DRAWS = 32  # of a file in a broken one's place, before all are tried in turn


@dataclass(frozen=True)
class ImageFiles:
    """Images decoded one by one; another takes the place of one that turns out to be broken, each time the same.

    Attributes:
        root: folder that the names are relative to.
        names: the files, in a fixed order.
        reading: how they become samples.
        spoilt: those that were found broken, which nobody tries again.
        labels: int64 (N,) of the files, or None.
    """

    root: Path
    names: tuple[str, ...]
    reading: Reading
    spoilt: Spoilt
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Tensor:
        with hearing():
            for row in self._candidates(index):
                sample = self._read(row)
                if sample is not None:
                    return sample
        raise UserError(f"none of the images in {self.root} can be read any more")

    def labels_at(self, rows: list[int]) -> Tensor | None:
        """The labels of these rows as they were last read: where another image took a place, that image's label."""
        return None if self.labels is None else self.labels[[self._row_read(row) for row in rows]]

    def _row_read(self, index: int) -> int:
        return next((row for row in self._candidates(index) if self.names[row] not in self.spoilt), index)

    def _candidates(self, index: int) -> Iterator[int]:
        """The row itself, then those that may take its place, in the order in which they are tried."""
        yield index
        yield from np.random.RandomState(index % 2**32).randint(len(self.names), size=_DRAWS).tolist()
        yield from range(len(self.names))

    def _read(self, row: int) -> Tensor | None:
        name = self.names[row]
        if name in self.spoilt:
            return None
        try:
            return self.reading.decode(self.root / name)
        except BROKEN as error:
            self.spoilt.add({name: reason_of(error)})
            return None

    def take(self, rows: Tensor) -> ImageFiles:
        """The files of these rows."""
        names, labels = tuple(self.names[row] for row in rows.tolist()), self.labels
        return replace(self, names=names, labels=None if labels is None else labels[rows])


def read_all(root: Path, names: Sequence[str], reading: Reading) -> tuple[Tensor, dict[int, str], int]:
    """Decode every file.

    Returns:
        uint8 (N, C, H, W), in which the rows of broken files are unset; these with the reasons; and how many pictures
        have colour.
    """
    samples = torch.empty(len(names), reading.channels, *reading.size, dtype=torch.uint8)
    coloured = np.zeros(len(names), dtype=bool)

    def read(row: int) -> None:
        samples[row], coloured[row] = reading.decode_noting_colour(root / names[row])

    return samples, visit(range(len(names)), read), int(coloured.sum())


def visit(rows: Sequence[int], read: Callable[[int], None], doing: str = "read") -> dict[int, str]:
    """Call `read` on every row, in threads (Pillow works outside Python's lock); the rows it fails on, with reasons."""

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
    with hearing(), ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as pool:
        for done, failures in enumerate(pool.map(read_chunk, range(0, len(rows), _CHUNK))):
            broken.update(failures)
            if time.monotonic() - reported > _REPORT_EVERY:
                reported = time.monotonic()
                log.info("%s %d of %d images", doing, min(len(rows), (done + 1) * _CHUNK), len(rows))
    return broken


def reason_of(error: BaseException) -> str:
    """Why a file cannot be read, in one line without its path."""
    text = str(error.strerror or error) if isinstance(error, OSError) else str(error)
    return shown(text.partition(" '")[0] if text.startswith("cannot identify") else text) or type(error).__name__


class Spoilt:
    """The files of one folder that were found broken while training, shared by all that read it in this process.

    A decoding process has a copy of its own, whose finds go with its batches to the one that trains, which tells them.

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
        """Take note of files with the reasons; the process that trains tells of those that are new to it."""
        for name, reason in found.items():
            if name in self._reasons:
                continue
            self._reasons[name] = self._fresh[name] = reason
            if get_worker_info() is None:
                said = "%s in %s cannot be read any more (%s); other images take its place"
                log.warning(said, shown(name), self._root, reason)

    def fresh(self) -> dict[str, str]:
        """What was found since the last call."""
        found, self._fresh = self._fresh, {}
        return found
