"""The order in which a feed shows a data set, and the place in it: pure functions of seed and position.

So a resume is exact, and neither kind of feed keeps more than three integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_cli.errors import UserError


class Order:
    """One random permutation of a data set after another, without end.

    Epoch e is a permutation drawn from (seed, e) alone, so any position can be visited without the ones before it.

    Args:
        length: number of samples, at least 1.
        seed: of the permutations.
        device: where the permutations are drawn and live; those of CPU and CUDA differ.
    """

    def __init__(self, length: int, *, seed: int, device: torch.device) -> None:
        if length < 1:
            raise ValueError("an empty data set has no order")
        self._length = length
        self._seed = seed
        self._generator = torch.Generator(device)
        self._epoch = -1
        self._permutation = torch.empty(0, dtype=torch.int64, device=device)

    def rows(self, start: int, count: int) -> Tensor:
        """The rows at positions start .. start + count - 1, int64 (count,) on the device."""
        pieces = []
        while count > 0:
            epoch, offset = divmod(start, self._length)
            piece = self._of(epoch)[offset : offset + count]
            pieces.append(piece)
            start += len(piece)
            count -= len(piece)
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def _of(self, epoch: int) -> Tensor:
        if epoch != self._epoch:
            # SeedSequence keeps neighbouring seeds and epochs apart, and all of them from other users of the run's seed
            mixed = np.random.SeedSequence((self._seed % 2**64, epoch)).generate_state(1, np.uint64)
            self._generator.manual_seed(int(mixed[0]))
            device = self._generator.device
            self._permutation = torch.randperm(self._length, generator=self._generator, device=device)
            self._epoch = epoch
        return self._permutation


@dataclass(frozen=True)
class Position:
    """A place in the endless stream of a data set.

    Attributes:
        length: number of samples in the set.
        seed: of their order.
        drawn: samples handed out so far.
    """

    length: int
    seed: int
    drawn: int = 0

    def after(self, count: int) -> Position:
        """The place `count` samples on."""
        return replace(self, drawn=self.drawn + count)

    def state_dict(self) -> dict[str, Any]:
        """Plain integers."""
        return asdict(self)

    def restored(self, state: Mapping[str, Any]) -> Position:
        """The saved place.

        Raises:
            UserError: it was saved over a set of another size, so the order would differ.
        """
        saved = Position(**state)
        if saved.length != self.length:
            raise UserError(
                f"the run was saved with {saved.length} training samples, and now there are {self.length}: "
                "it cannot go on exactly.\nRestore the data set as it was, or begin a new run."
            )
        return saved
