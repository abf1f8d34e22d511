"""The interfaces of data sets and feeds; the only module of `data` that the training loop imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from gan_cli.errors import SettingError
from gan_cli.game import Batch
from gan_cli.spec import SampleSpec, normalise


@dataclass(frozen=True)
class Table:
    """A data set that fits in memory.

    Attributes:
        samples: uint8 (N, C, *spatial), or int16 (N, C, length), or float32 (N, F), or int32 (N, length); pixels and
            voxels in 0..255, audio, points, and the numbers of the tokens of texts.
        labels: int64 (N,) in 0..num_classes-1, or None.
    """

    samples: Tensor
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.samples)

    def labels_at(self, rows: list[int]) -> Tensor | None:
        """Return the labels of these rows, or None."""
        return None if self.labels is None else self.labels[rows]

    def take(self, rows: Tensor) -> Table:
        """Return the rows (int64 indices) as a new table."""
        return Table(self.samples[rows], None if self.labels is None else self.labels[rows])


class Files(Protocol):
    """A data set that is decoded sample by sample because it may not fit in memory."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Tensor:
        """Return sample `index` as uint8 (C, *spatial), or int16 (C, length) for audio."""
        ...

    def labels_at(self, rows: list[int]) -> Tensor | None:
        """Return the labels of samples that were just read, int64 (len(rows),) in 0..num_classes-1, or None."""
        ...

    def take(self, rows: Tensor) -> Files:
        """Return the rows (int64 indices) as a new set."""
        ...


@dataclass(frozen=True)
class Split:
    """The training samples, and the held-out samples that no network trains on.

    Attributes:
        train: the training samples.
        holdout: the held-out samples; None without `data.holdout`.
        identity: a digest of a set whose content can change while its settings stay the same, such as a folder's;
            None if the settings identify the set.
    """

    train: Table | Files
    holdout: Table | Files | None
    identity: str | None = None


class Source(Protocol):
    """A data set: it is cheap to construct, `prepare` downloads it, and `load` reads it."""

    @property
    def spec(self) -> SampleSpec:
        """Shape, range and classes, known without loading the data (a folder may look at its images)."""
        ...

    def prepare(self) -> None:
        """Make sure that the data is on this machine; download it if possible.

        Raises:
            UserError: the data is missing and cannot be downloaded; the message says which files to put where.
        """
        ...

    def load(self) -> Split:
        """Read the data, keep the wanted classes, resize, and split off the held-out share."""
        ...


def split_of(source: Source) -> Split:
    """Read a source, which may be the user's own class, and check the result against its spec.

    Raises:
        SettingError: `load` returns no `Split`, or samples of another shape or type.
    """
    split: object = source.load()
    words = _complaint(split, source.spec)
    if words:
        raise SettingError("/data", f"{type(source).__module__}.{type(source).__qualname__}", words)
    assert isinstance(split, Split)
    return split


def _complaint(split: object, spec: SampleSpec) -> str | None:
    if not isinstance(split, Split):
        return f"load() gives a {type(split).__name__}; must give a gan_cli.data.base.Split"
    parts: list[object] = [split.train] if split.holdout is None else [split.train, split.holdout]
    for data in parts:
        if isinstance(data, Tensor) or not hasattr(data, "take") or not hasattr(data, "__len__"):
            return f"load() gives samples as a {type(data).__name__}; must be a gan_cli.data.base.Table, or like Files"
        if isinstance(data, Table) and (words := _mismatch(data.samples, spec)):
            return f"load() gives {words}"
    return None


def _mismatch(samples: object, spec: SampleSpec) -> str | None:
    if not isinstance(samples, Tensor):
        return f"a {type(samples).__name__} as samples; must be a tensor"
    shape = spec.spatial if spec.kind == "text" and samples.dtype == torch.int32 else spec.shape
    if tuple(samples.shape[1:]) != shape:
        return f"samples of shape {tuple(samples.shape[1:])}; its spec says {shape}"
    if shape != spec.shape:
        return None
    allowed = (torch.uint8, torch.float32, *[torch.int16] * (spec.kind == "audio"))
    if samples.dtype not in allowed:
        return f"samples of type {samples.dtype}; must be uint8 in 0..255, int16 for audio, or float32 for points"
    return None


Fetched = tuple[Tensor, ...]
"""The tensors on the device from which a feed makes a batch; their number, shapes and types never change."""


class Feed(Protocol):
    """An endless stream of training batches on the device, which can be resumed bit for bit."""

    @property
    def failure(self) -> str:
        """Why the run should stop after this step, such as a killed worker; empty while everything works."""
        ...

    def next(self) -> Batch:
        """Return the next batch on the device: float32 samples in the spec's value range, and labels if any."""
        ...

    def fetch(self) -> Fetched:
        """Return the tensors of the next batch. This part of `next` depends on the position and on files."""
        ...

    def batch(self, fetched: Fetched) -> Batch:
        """Return the batch of these tensors, by operations on the device that are the same for every batch."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return the position in the stream."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue exactly after the last batch of the saved position."""
        ...

    def close(self) -> None:
        """Stop the workers in the background, when the feed is no longer needed."""
        ...


def shares_of(data: Table | Files, num_classes: int) -> Tensor:
    """Return the share of each class among the samples, float32 (K,); equal shares if the labels are not known."""
    labels = data.labels if isinstance(data, Table) else labels_at(data, list(range(len(data))))
    if labels is None:
        return torch.full((num_classes,), 1.0 / num_classes)
    counts = torch.bincount(labels, minlength=num_classes).float()
    return counts / counts.sum()


def spread_samples(data: Table | Files, count: int, spec: SampleSpec) -> Batch:
    """Return `count` samples (all of a smaller set) with their labels, the same at every call, normalised to float32.

    They are drawn at random, because the order of a set may be periodic: evenly spaced points may share a mode.
    """
    return samples_at(data, np.random.RandomState(1).permutation(len(data))[:count].tolist(), spec)


def samples_at(data: Table | Files, rows: list[int], spec: SampleSpec) -> Batch:
    """Return the samples of these rows with their labels, normalised to float32."""
    samples = data.samples[rows] if isinstance(data, Table) else torch.stack([data[row] for row in rows])
    return Batch(normalise(samples, spec), labels_at(data, rows))


def labels_at(data: Table | Files, rows: list[int]) -> Tensor | None:
    """Return the labels (N,) of samples that were just read; None if there are none."""
    ask: Callable[[list[int]], Tensor | None] | None = getattr(data, "labels_at", None)  # a user's class may lack it
    return None if ask is None else ask(rows)
