"""Lends a tensor of the batch, such as its labels, to layers deep inside a network while the network is called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor


class Slot:
    """Holds what a network is called with beside its samples; layers of the network share it.

    A copy of a network gets a slot of its own, because layers and slot are copied together.
    """

    def __init__(self) -> None:
        self._lent: Tensor | None = None

    @property
    def lent(self) -> Tensor:
        """The tensor of the present call, with one row per sample.

        Raises:
            RuntimeError: the network is not called through the module that has it.
        """
        if self._lent is None:
            raise RuntimeError("a layer needs labels or codes, but its network was called without")
        return self._lent

    @contextmanager
    def lend(self, rows: Tensor) -> Iterator[None]:
        """Lend a tensor with one row per sample inside the block."""
        self._lent = rows
        try:
            yield
        finally:
            self._lent = None
