"""Many image files at once: read by threads into one table, or kept as files that are decoded when their turn comes."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from gan_cli.data.images import BROKEN, Channels, decode
from gan_cli.errors import UserError

log = logging.getLogger(__name__)

_CHUNK = 64  # files per task
_REPORT_EVERY = 5.0  # seconds


@dataclass(frozen=True)
class ImageFiles:
    """Images decoded one by one; a file that turns out to be broken is replaced by the next good one.

    Attributes:
        root: folder that the names are relative to.
        names: the files, in a fixed order.
        channels: 1 or 3.
        size: pixels per side.
    """

    root: Path
    names: tuple[str, ...]
    channels: Channels
    size: int

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Tensor:
        for step in range(len(self.names)):
            name = self.names[(index + step) % len(self.names)]
            try:
                return decode(self.root / name, channels=self.channels, size=self.size)
            except BROKEN as error:
                log.warning("%s cannot be read (%s); the next image takes its place", self.root / name, error)
        raise UserError(f"none of the images in {self.root} can be read any more")

    def take(self, rows: Tensor) -> ImageFiles:
        """The files of these rows."""
        return ImageFiles(self.root, tuple(self.names[row] for row in rows.tolist()), self.channels, self.size)


def read_all(files: ImageFiles) -> tuple[Tensor, dict[int, str]]:
    """Decode every file into uint8 (N, C, size, size); rows of broken files are unset and named with the reason."""
    samples = torch.empty(len(files), files.channels, files.size, files.size, dtype=torch.uint8)

    def read(row: int) -> None:
        samples[row] = decode(files.root / files.names[row], channels=files.channels, size=files.size)

    return samples, visit(range(len(files)), read)


def visit(rows: Sequence[int], read: Callable[[int], None]) -> dict[int, str]:
    """Call `read` on every row, in threads (Pillow works outside Python's lock); the rows it fails on, with reasons."""

    def read_chunk(start: int) -> dict[int, str]:
        failures = {}
        for row in rows[start : start + _CHUNK]:
            try:
                read(row)
            except BROKEN as error:
                failures[row] = str(error) or type(error).__name__
        return failures

    broken: dict[int, str] = {}
    reported = time.monotonic()
    with ThreadPoolExecutor(min(16, os.cpu_count() or 1)) as pool:
        for done, failures in enumerate(pool.map(read_chunk, range(0, len(rows), _CHUNK))):
            broken.update(failures)
            if time.monotonic() - reported > _REPORT_EVERY:
                reported = time.monotonic()
                log.info("read %d of %d images", min(len(rows), (done + 1) * _CHUNK), len(rows))
    return broken
