"""The processes that train one run together. Here there is only one; `processes.py` has several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


class World:
    """A run in one process: nothing is exchanged. Subclasses exchange values between processes.

    All processes must call the same methods in the same order.

    Attributes:
        rank: number of this process, from 0.
        size: number of processes.
    """

    rank = 0
    size = 1

    @property
    def first(self) -> bool:
        """Whether this is the first process, which alone writes files and prints."""
        return self.rank == 0

    def exchange_on(self, device: torch.device) -> None:
        """Prepare for exchanging tensors on this device; call it once, before any of them."""

    def share(self, rows: Tensor) -> Tensor:
        """Rows (size * N, ...) of a whole batch -> the rows (N, ...) of this process."""
        return rows

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its mean over all processes, in place."""

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of a tensor over all processes."""
        return values

    def means(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the means of 0-d tensors over all processes, by the same names."""
        return dict(values)

    def any(self, here: bool) -> bool:
        """Whether `here` is true in at least one process. Waits for all of them."""
        return here

    def any_so_far(self, here: bool) -> bool:
        """Whether `here` was true in any process, as far as all of them know it; does not wait for slower ones.

        With several processes, the answer is that of the call before.
        """
        return here

    def from_first(self, make: Callable[[], T]) -> T:
        """Return what `make` returns in the first process; the others do not call it."""
        return make()

    def gathered(self, value: T) -> list[T]:
        """Return the value of each process, by rank."""
        return [value]


ALONE = World()
"""The world of a run that has only one process."""
