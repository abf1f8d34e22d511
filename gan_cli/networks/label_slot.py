"""Lends the labels of a batch to layers deep inside a network while the network is called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor


class LabelSlot:
    """Holds the labels of the batch that a network is called with; layers of the network share it.

    A copy of a network gets a slot of its own, because layers and slot are copied together.
    """

    def __init__(self) -> None:
        self._labels: Tensor | None = None

    @property
    def labels(self) -> Tensor:
        """The labels int64 (N,), or mixtures of classes (N, K), of the present call.

        Raises:
            RuntimeError: the network is not called through the module that has the labels.
        """
        if self._labels is None:
            raise RuntimeError("a layer needs labels, but its network was called without")
        return self._labels

    @contextmanager
    def lend(self, labels: Tensor) -> Iterator[None]:
        """Lend labels int64 (N,), or mixtures of classes (N, K), inside the block."""
        self._labels = labels
        try:
            yield
        finally:
            self._labels = None
