"""Maxout: a unit that is the largest of several linear maps."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Le
from torch import Tensor, nn

Pieces = Annotated[int, Ge(2), Le(64)]


class Maxout(nn.Module):
    """The largest of each `pieces` neighbours: (N, units * pieces) -> (N, units).

    Goodfellow et al. (2013), arXiv:1302.4389: behind a linear layer it is both the layer's sum and its nonlinearity.

    Attributes:
        nonlinear: that what comes out is a hidden layer's activations, for whoever looks for them.
    """

    nonlinear = True

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, values: Tensor) -> Tensor:
        """(N, units * pieces) -> (N, units)."""
        return values.reshape(len(values), -1, self.pieces).amax(dim=2)

    def extra_repr(self) -> str:
        """What print shows."""
        return f"pieces={self.pieces}"
