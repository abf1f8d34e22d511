"""Selects a part of any data set: some classes, another image size, a held-out share, a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import torch
from annotated_types import Ge, Lt
from torch import Tensor
from torch.nn import functional as F

from gan_cli.data.base import Files, Split, Table
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

Side = Annotated[int, Ge(4)]
Extent = Side | tuple[Side, Side]
"""Pixels per side, or [height, width]."""

Holdout = Annotated[float, Ge(0), Lt(1)]
Limit = Annotated[int, Ge(2)] | None


@dataclass(frozen=True)
class Selection:
    """The shared settings of labelled sets, applied in this order: classes, size (of images), holdout, limit.

    Args:
        classes: class numbers to keep; their labels become 0..k-1 in the order given. None keeps all.
        size: pixels per side after resizing, or [height, width]. None keeps the original size.
        holdout: share in [0, 1) that is held out of training.
        limit: number of the remaining images to train on; None uses all.
    """

    classes: Sequence[int] | None
    size: int | Sequence[int] | None
    holdout: float
    limit: int | None = None

    def spec(self, native: SampleSpec) -> SampleSpec:
        """Return the spec after the selection."""
        spatial = native.spatial if self.size is None else extent_of(self.size)
        num_classes = native.num_classes if self.classes is None else len(self.classes)
        names = native.class_names
        if self.classes is not None:
            names = tuple(str(number) if names is None else names[number] for number in self.classes)
        return replace(native, shape=(native.channels, *spatial), num_classes=num_classes, class_names=names)

    def apply(self, table: Table) -> Split:
        """Return the wanted part of a whole data set."""
        if self.classes is not None:
            table = keep_classes(table, self.classes)
        if self.size is not None:
            table = Table(resize(table.samples, self.size), table.labels)
        return split_holdout(table, self.holdout, self.limit)


def check_classes(classes: Sequence[int] | None, num_classes: int) -> None:
    """Raise an error for class numbers that the data set does not have.

    Raises:
        SettingError: the list is empty, or a number is out of range or named twice.
    """
    if classes is None:
        return
    valid = f"class numbers are 0 to {num_classes - 1}"
    if not classes:
        raise SettingError("classes", classes, f"names no class; {valid}, null keeps all")
    unknown = [number for number in classes if not 0 <= number < num_classes]
    if unknown:
        raise SettingError("classes", classes, f"there is no class {', '.join(map(str, unknown))}; {valid}")
    if len(set(classes)) < len(classes):
        raise SettingError("classes", classes, f"names a class twice; {valid}")


def class_rows(labels: Tensor, classes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return the rows of the wanted classes in their old order, and new labels 0..k-1 in the order of `classes`."""
    matches = labels[:, None] == torch.tensor(list(classes))
    return matches.any(dim=1).nonzero().flatten(), matches.int().argmax(dim=1)[matches.any(dim=1)]


def keep_classes(table: Table, classes: Sequence[int]) -> Table:
    """Return the samples of some classes, with labels 0..k-1."""
    if table.labels is None:
        raise ValueError("a table without labels has no classes to keep")
    rows, labels = class_rows(table.labels, classes)
    return Table(table.samples[rows], labels)


def extent_of(size: int | Sequence[int]) -> tuple[int, int]:
    """Return height and width in pixels."""
    height, width = (size, size) if isinstance(size, int) else size
    return height, width


def resize(images: Tensor, size: int | Sequence[int] | None) -> Tensor:
    """Images uint8 (N, C, H, W) -> uint8 (N, C, *sides), bilinear with antialiasing; None changes nothing.

    The aspect ratio is kept: images are scaled until they cover the size, and cropped at the centre.
    """
    if size is None or tuple(images.shape[-2:]) == extent_of(size):
        return images
    height, width = extent_of(size)
    factor = max(height / images.shape[-2], width / images.shape[-1])
    cover = [max(height, round(factor * images.shape[-2])), max(width, round(factor * images.shape[-1]))]
    if tuple(images.shape[-2:]) != tuple(cover):
        images = F.interpolate(images, size=cover, mode="bilinear", antialias=True)
    top, left = (cover[0] - height) // 2, (cover[1] - width) // 2
    return images[..., top : top + height, left : left + width].contiguous()


def split_holdout(data: Table | Files, holdout: float, limit: int | None = None) -> Split:
    """Split a set into held-out and training samples: the same samples in every run, on every machine.

    Args:
        data: the whole set.
        holdout: share in [0, 1) that is held out of training; a share above 0 holds out at least one sample.
        limit: number of the remaining samples to train on, drawn at random; None uses all.

    Raises:
        SettingError: no sample would be left to train on.
    """
    if holdout == 0.0 and limit is None:
        return Split(data, None)
    train, held = split_rows(len(data), holdout, limit)
    return Split(data.take(train), data.take(held) if len(held) else None)


def split_rows(total: int, holdout: float, limit: int | None = None) -> tuple[Tensor, Tensor]:
    """Return the rows to train on and the held-out ones, each sorted, as in `split_holdout`.

    Raises:
        SettingError: no row would be left to train on.
    """
    count = max(1, round(total * holdout)) if holdout else 0
    if count >= total:
        raise SettingError(
            "/data.holdout", holdout, f"leaves none of {total} samples to train on; use a smaller share, or 0"
        )
    # RandomState's stream never changes. Torch's may change with its version, and held-out samples would be trained on.
    rows = torch.from_numpy(np.random.RandomState(0).permutation(total))
    kept = rows[count:] if limit is None else rows[count : count + limit]
    return kept.sort().values, rows[:count].sort().values
