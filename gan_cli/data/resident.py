"""A feed whose data set lives on the device and is batched by index, without work or waiting on the host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from gan_cli.data.base import Table
from gan_cli.data.order import Order
from gan_cli.data.position import Position
from gan_cli.game import Batch
from gan_cli.spec import SampleSpec, normalise


class ResidentFeed:
    """Batches gathered from a table on the device; the table stays uint8, a quarter of the floats it becomes.

    Args:
        table: the data set, on any device.
        spec: kind of sample.
        batch_size: samples per batch; may exceed the size of the set.
        device: where the table is put and the batches are.
        seed: of the order of the samples.
        memory_format: of the batches; None keeps them contiguous.
    """

    lost = ""  # there are no workers

    def __init__(
        self,
        table: Table,
        spec: SampleSpec,
        *,
        batch_size: int,
        device: torch.device,
        seed: int,
        memory_format: torch.memory_format | None = None,
    ) -> None:
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
        """The next batch: float32 samples and their labels."""
        rows = self._order.rows(self._position.drawn, self._batch_size)
        self._position = self._position.after(self._batch_size)
        samples = normalise(self._samples.index_select(0, rows), self._spec, memory_format=self._memory_format)
        return Batch(samples, None if self._labels is None else self._labels.index_select(0, rows))

    def state_dict(self) -> dict[str, Any]:
        """The place in the stream."""
        return self._position.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on exactly after the last batch of the saved place."""
        self._at(self._position.restored(state))

    def close(self) -> None:
        """Nothing to end: there are no workers."""
