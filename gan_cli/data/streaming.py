"""A feed for sets that do not fit on the device: worker processes decode batches before they are needed."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from gan_cli.accidents import summary
from gan_cli.data.base import Fetched, Files, Table, labels_at
from gan_cli.data.image.files import ImageFiles
from gan_cli.data.order import Order, Position
from gan_cli.game import Batch
from gan_cli.spec import SampleSpec, normalise
from gan_cli.world import ALONE, World

_AHEAD = 4  # batches that each worker decodes in advance

_Decoded = tuple[Tensor, Tensor | None, dict[str, str]]
"""Samples as they are stored and labels, both on the CPU, and the files that were just found broken."""


class StreamingFeed:
    """A feed whose workers decode batches in advance, in the same order for any number of workers.

    Workers start with the first batch and end with `close`, or with this object. If one of them dies, this process
    decodes instead, so that the current step can be finished.

    Args:
        data: files, or a table that is too large for the device.
        spec: kind of sample.
        batch_size: samples per batch; may exceed the size of the set.
        device: device of the batches.
        seed: seed of the order of the samples.
        memory_format: memory format of the batches; None keeps them contiguous.
        workers: decoding processes, at most one per CPU core; 0 decodes in this process.
        world: the processes that train together; each one gets its part of every batch.

    Attributes:
        failure: why a worker ended; empty while everything works.
    """

    def __init__(
        self,
        data: Table | Files,
        spec: SampleSpec,
        *,
        batch_size: int,
        device: torch.device,
        seed: int,
        memory_format: torch.memory_format | None = None,
        workers: int = 2,
        world: World = ALONE,
    ) -> None:
        self._world = world
        self._batches = _Batches(data)
        self._spec = spec
        self._batch_size = batch_size
        self._device = device
        self._memory_format = memory_format
        self._workers = min(workers, os.cpu_count() or 1)
        self._position = Position(len(data), seed)
        self._data = data
        self._stream: Iterator[_Decoded] | None = None
        self.failure = ""

    def next(self) -> Batch:
        """Return the next batch: float32 samples and their labels."""
        return self.batch(self.fetch())

    def fetch(self) -> Fetched:
        """Return the samples of the next batch as they are stored, and its labels if there are any."""
        samples, labels, broken = self._decoded()
        if broken and isinstance(self._data, ImageFiles):
            self._data.broken.add(broken)
        self._position = self._position.after(self._batch_size)
        return tuple(part.to(self._device, non_blocking=True) for part in (samples, labels) if part is not None)

    def batch(self, fetched: Fetched) -> Batch:
        """Return the normalised samples and their labels."""
        samples, *labels = fetched
        return Batch(normalise(samples, self._spec, memory_format=self._memory_format), *labels)

    def _decoded(self) -> _Decoded:
        """Return the next batch from the workers, or from this process after a worker ended; errors here are raised."""
        if self._stream is None:
            self._stream = self._open()
        try:
            return next(self._stream)
        except Exception as error:
            if self._workers == 0:
                raise
            self.failure = _loss(error)
        self.close()
        self._workers = 0
        return self._decoded()

    def state_dict(self) -> dict[str, Any]:
        """Return the position after the last returned batch; batches decoded in advance do not count."""
        return self._position.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue exactly after the last batch of the saved position."""
        self._position = self._position.restored(state)
        self.close()

    def close(self) -> None:
        """End the workers; `next` would start new ones at the same position."""
        workers = getattr(self._stream, "_workers", ())
        self._stream = None
        for worker in workers:  # they hold no resources, and ignore the SIGTERM that torch would send
            worker.kill()

    def _open(self) -> Iterator[_Decoded]:
        loader = DataLoader(
            self._batches,
            batch_size=None,  # an item of _Batches is a whole batch already
            sampler=_rows(self._position, self._batch_size, self._world),
            num_workers=self._workers,
            prefetch_factor=_AHEAD if self._workers else None,
            pin_memory=self._device.type == "cuda",
            worker_init_fn=_leave_signals_to_the_parent,
            # the loader draws a seed at its start; with its own generator, a resume does not change torch's
            generator=torch.Generator(),
        )
        with _own_handler(signal.SIGCHLD):
            return iter(loader)


class _Batches(Dataset[_Decoded]):
    """A data set whose items are whole batches, indexed by the list of their rows."""

    def __init__(self, data: Table | Files) -> None:
        self._data = data

    def __getitem__(self, rows: list[int]) -> _Decoded:
        if isinstance(self._data, Table):
            return self._data.samples[rows], labels_at(self._data, rows), {}
        samples = torch.stack([self._data[row] for row in rows])
        broken = self._data.broken.fresh() if isinstance(self._data, ImageFiles) else {}
        return samples, labels_at(self._data, rows), broken


def _rows(position: Position, batch_size: int, world: World) -> Iterator[list[int]]:
    """Yield the rows of each batch from a position on, without end, so that the same workers serve all epochs."""
    order = Order(position.length, seed=position.seed, device=torch.device("cpu"))
    while True:
        yield world.share(order.rows(position.drawn, batch_size)).tolist()
        position = position.after(batch_size)


def _loss(error: Exception) -> str:
    """Return a message that says why a worker ended.

    Torch's message starts with "Caught" for an error in a worker, and contains "DataLoader worker" if a worker died. If
    a worker dies while it sends a batch, the socket raises an OSError or EOFError instead.
    """
    caught = str(error).startswith("Caught")
    died = not caught and ("DataLoader worker" in str(error) or isinstance(error, (OSError, EOFError)))
    return "a process that reads the data was killed; out of memory?" if died else summary(error)


def _leave_signals_to_the_parent(_worker: int) -> None:
    """Ignore signals to the whole process group: if they ended the workers, no step could be finished."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def _own_handler(number: signal.Signals) -> Iterator[None]:
    """Keep the handler of a signal, although torch installs its own in this block.

    When a worker dies, torch's handler raises an error anywhere in this process, even in the middle of an update.
    Without that handler, the next batch raises the error, some seconds later.
    """
    before = signal.getsignal(number)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(number, before)
