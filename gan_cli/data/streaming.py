"""A feed for sets that do not fit on the device: worker processes decode ahead, pinned memory carries over."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from gan_cli.data.base import Files, Table, normalise
from gan_cli.data.order import Order
from gan_cli.data.position import Position

_AHEAD = 4  # batches that each worker decodes ahead


class StreamingFeed:
    """Batches decoded by workers ahead of their use, in the same order for any number of workers.

    Workers start with the first batch and end with `close`, or with this object.

    Args:
        data: files, or a table too large for the device.
        batch_size: samples per batch; may exceed the size of the set.
        device: where the batches are put.
        seed: of the order of the samples.
        memory_format: of the batches; None keeps them contiguous.
        workers: decoding processes, at most one per CPU core; 0 decodes in this process.
    """

    def __init__(
        self,
        data: Table | Files,
        *,
        batch_size: int,
        device: torch.device,
        seed: int,
        memory_format: torch.memory_format | None = None,
        workers: int = 2,
    ) -> None:
        self._batches = _Batches(data)
        self._batch_size = batch_size
        self._device = device
        self._memory_format = memory_format
        self._workers = min(workers, os.cpu_count() or 1)
        self._position = Position(len(data), seed)
        self._stream: Iterator[Tensor] | None = None

    def next(self) -> Tensor:
        """The next batch, float32 (batch_size, *shape)."""
        if self._stream is None:
            self._stream = self._open()
        samples = next(self._stream).to(self._device, non_blocking=True)
        self._position = self._position.after(self._batch_size)
        return normalise(samples, memory_format=self._memory_format)

    def state_dict(self) -> dict[str, Any]:
        """The place in the stream: of the batches handed out, not of those decoded ahead."""
        return self._position.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on exactly after the last batch of the saved place."""
        self._position = self._position.restored(state)
        self.close()

    def close(self) -> None:
        """End the workers; `next` would start new ones at the same place."""
        self._stream = None  # the loader's iterator ends its workers when its last reference goes

    def _open(self) -> Iterator[Tensor]:
        loader = DataLoader(
            self._batches,
            batch_size=None,  # an item of _Batches is a whole batch already
            sampler=_rows(self._position, self._batch_size),
            num_workers=self._workers,
            prefetch_factor=_AHEAD if self._workers else None,
            pin_memory=self._device.type == "cuda",
            worker_init_fn=_leave_interrupts_to_the_parent,
            # the loader draws a seed when it starts; from its own generator, so that a resume leaves torch's alone
            generator=torch.Generator(),
        )
        return iter(loader)


class _Batches(Dataset[Tensor]):
    """Whole batches by their rows, as uint8 (or points) on the CPU."""

    def __init__(self, data: Table | Files) -> None:
        self._data = data

    def __getitem__(self, rows: list[int]) -> Tensor:
        if isinstance(self._data, Table):
            return self._data.samples[rows]
        return torch.stack([self._data[row] for row in rows])


def _rows(position: Position, batch_size: int) -> Iterator[list[int]]:
    """Rows of each batch from a place on; never ends, so the same workers serve all epochs."""
    order = Order(position.length, seed=position.seed, device=torch.device("cpu"))
    while True:
        yield order.rows(position.drawn, batch_size).tolist()
        position = position.after(batch_size)


def _leave_interrupts_to_the_parent(_worker: int) -> None:
    """Ctrl-C reaches the workers too; were they to die of it, the trainer could not finish its step and save."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
