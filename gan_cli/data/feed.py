"""Endless batches of a data set on the device: the set is kept there if it fits, else it is streamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from gan_cli.data.base import Fetched, Files, Table
from gan_cli.data.order import Order, Position
from gan_cli.data.streaming import StreamingFeed
from gan_cli.game import Batch
from gan_cli.spec import SampleSpec, normalise
from gan_cli.world import ALONE, World


class ResidentFeed:
    """A feed from a table on the device. The table stays as it is stored; uint8 takes a quarter of float32's memory.

    Args:
        table: the data set, on any device.
        spec: kind of sample.
        batch_size: samples per batch; may exceed the size of the set.
        device: device of the table and of the batches.
        seed: seed of the order of the samples.
        memory_format: memory format of the batches; None keeps them contiguous.
        world: the processes that train together; each one gets its part of every batch.
    """

    failure = ""  # there are no workers

    def __init__(
        self,
        table: Table,
        spec: SampleSpec,
        *,
        batch_size: int,
        device: torch.device,
        seed: int,
        memory_format: torch.memory_format | None = None,
        world: World = ALONE,
    ) -> None:
        self._world = world
        self._samples = table.samples.to(device)
        self._labels = None if table.labels is None else table.labels.to(device)
        self._spec = spec
        self._batch_size = batch_size
        self._device = device
        self._memory_format = memory_format
        self._at(Position(len(table), seed))

    def _at(self, position: Position) -> None:
        self._position = position
        self._order = Order(position.length, seed=position.seed, device=self._device)

    def next(self) -> Batch:
        """Return the next batch: float32 samples and their labels."""
        return self.batch(self.fetch())

    def fetch(self) -> Fetched:
        """Return the rows of the next batch."""
        rows = self._world.share(self._order.rows(self._position.drawn, self._batch_size))
        self._position = self._position.after(self._batch_size)
        return (rows,)

    def batch(self, fetched: Fetched) -> Batch:
        """Return the samples of these rows and their labels."""
        (rows,) = fetched
        samples = normalise(self._samples.index_select(0, rows), self._spec, memory_format=self._memory_format)
        return Batch(samples, None if self._labels is None else self._labels.index_select(0, rows))

    def state_dict(self) -> dict[str, Any]:
        """Return the position in the stream."""
        return self._position.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue exactly after the last batch of the saved position."""
        self._at(self._position.restored(state))

    def close(self) -> None:
        """Do nothing: there are no workers."""


def open_feed(
    data: Table | Files,
    spec: SampleSpec,
    *,
    batch_size: int,
    device: torch.device,
    seed: int,
    memory_format: torch.memory_format | None = None,
    workers: int = 2,
    resident_bytes: int | None = None,
    world: World = ALONE,
) -> ResidentFeed | StreamingFeed:
    """Return the fastest feed that the device has memory for.

    Args:
        data: the training samples.
        spec: kind of sample.
        batch_size: samples per batch, at least 1; may exceed the size of the set.
        device: device of the batches.
        seed: seed of the order of the samples.
        memory_format: memory format of the batches, such as torch.channels_last for images; None keeps them contiguous.
        workers: processes that decode a streamed set; 0 decodes in this process. A set on the device needs none.
        resident_bytes: size of the largest table that is kept on the device. None: a quarter of the free memory of a
            CUDA device, and no limit on other devices.
        world: the processes that train together; each one gets its part of every batch.

    Raises:
        ValueError: the set is empty or the batch size below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size}: must be at least 1")
    if isinstance(data, Table) and fits(data, device, resident_bytes):
        return ResidentFeed(
            data, spec, batch_size=batch_size, device=device, seed=seed, memory_format=memory_format, world=world
        )
    return StreamingFeed(
        data,
        spec,
        batch_size=batch_size,
        device=device,
        seed=seed,
        memory_format=memory_format,
        workers=workers,
        world=world,
    )


def fits(table: Table, device: torch.device, resident_bytes: int | None) -> bool:
    """Whether a table is small enough to be kept on the device."""
    if resident_bytes is not None:
        return table.samples.nbytes <= resident_bytes
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return table.samples.nbytes <= free // 4
