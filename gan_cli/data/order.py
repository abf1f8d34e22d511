"""The order of the samples in a feed, as a pure function of seed and position.

Therefore a resumed run continues exactly, and the saved state of a feed is three integers.
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
    """An endless sequence of random permutations of a data set.

    The permutation of epoch e depends only on (seed, e), so any position is available without those before it.

    Args:
        length: number of samples, at least 1.
        seed: seed of the permutations.
        device: device on which the permutations are drawn and kept; those of CPU and CUDA differ.
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
        """Return the rows at positions start .. start + count - 1, int64 (count,) on the device."""
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
            # SeedSequence makes neighbouring seeds and epochs independent, also of other uses of the run's seed
            mixed = np.random.SeedSequence((self._seed % 2**64, epoch)).generate_state(1, np.uint64)
            self._generator.manual_seed(int(mixed[0]))
            device = self._generator.device
            self._permutation = torch.randperm(self._length, generator=self._generator, device=device)
            self._epoch = epoch
        return self._permutation


@dataclass(frozen=True)
class Position:
    """A position in the endless stream of a data set.

    Attributes:
        length: number of samples in the set.
        seed: seed of their order.
        drawn: number of samples returned so far.
    """

    length: int
    seed: int
    drawn: int = 0

    def after(self, count: int) -> Position:
        """Return the position `count` samples later."""
        return replace(self, drawn=self.drawn + count)

    def state_dict(self) -> dict[str, Any]:
        """Return the position as plain integers."""
        return asdict(self)

    def restored(self, state: Mapping[str, Any]) -> Position:
        """Return the saved position.

        Raises:
            UserError: it was saved for a set of another size, so the order would differ.
        """
        saved = Position(**state)
        if saved.length != self.length:
            raise UserError(
                f"the run was saved with {saved.length} training samples, and now there are {self.length}: "
                "it cannot go on exactly.\nRestore the data set as it was, or begin a new run."
            )
        return saved
