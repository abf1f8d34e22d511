"""The data sets of the plain loop: each item is one sample, loaded and normalised alone, as scripts usually do."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler
from torchvision import transforms

from gan_cli.data.base import Files, Table
from gan_cli.spec import SampleSpec, normalise


class Pictures(Dataset[Tensor]):
    """Gray or coloured images in memory, which pass PIL and torchvision's transforms, as in usual image data sets.

    Args:
        table: images, uint8 (N, C, H, W).
        spec: kind of sample.
    """

    def __init__(self, table: Table, spec: SampleSpec) -> None:
        self._images = table.samples.permute(0, 2, 3, 1).numpy()
        low, high = spec.value_range or (-1.0, 1.0)
        mean, deviation = -low / (high - low), 1.0 / (high - low)
        normalised = transforms.Normalize((mean,) * spec.channels, (deviation,) * spec.channels)
        self._transform = transforms.Compose([transforms.ToTensor(), normalised])

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Tensor:
        pixels = self._images[index]
        image: Tensor = self._transform(Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels))
        return image


class Rows(Dataset[Tensor]):
    """Samples of any kind: rows of a table in memory, or files that are decoded when they are needed.

    Args:
        data: the samples.
        spec: kind of sample.
    """

    def __init__(self, data: Table | Files, spec: SampleSpec) -> None:
        self._samples = data.samples if isinstance(data, Table) else data
        self._spec = spec

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Tensor:
        return normalise(self._samples[index][None], self._spec)[0]


def plain_dataset(data: Table | Files, spec: SampleSpec) -> Pictures | Rows:
    """Return the data set for this kind of sample."""
    in_bytes = isinstance(data, Table) and data.samples.dtype == torch.uint8
    return Pictures(data, spec) if isinstance(data, Table) and in_bytes and spec.is_picture else Rows(data, spec)


def endless_batches(dataset: Pictures | Rows, batch_size: int, *, workers: int, pin_memory: bool) -> Iterator[Tensor]:
    """Yield float32 batches (batch_size, *shape) of a shuffled set without end, through a DataLoader.

    Args:
        dataset: the samples; a set that is smaller than a batch is drawn from with replacement.
        batch_size: samples per batch.
        workers: worker processes of the DataLoader.
        pin_memory: whether batches are put into memory that a GPU can copy from.
    """
    small = len(dataset) < batch_size
    loader = DataLoader(
        dataset,
        batch_size,
        sampler=RandomSampler(dataset, replacement=small, num_samples=batch_size if small else None),
        drop_last=True,
        num_workers=workers,
        persistent_workers=workers > 0,
        pin_memory=pin_memory,
    )
    while True:
        yield from loader
