"""Values that change over a run, for strengths, learning rates and probabilities.

Where a setting accepts `float | Ramp`, a number is constant for the whole run. A mapping such as
`{start: 0.1, end: 0.0, steps: 2000}` changes it. Nothing here depends on a technique or an optimizer.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, NotRequired, TypedDict

import torch
from annotated_types import Ge
from torch import Tensor


class Ramp(TypedDict):
    """A value that moves from `start` to `end` and stays there.

    Attributes:
        start: the value up to step `after`.
        end: the value from step `after + steps` on.
        steps: training steps from `start` to `end`, >= 1.
        shape: `linear`, or `cosine` for half a wave, which is slow at both ends. Default linear.
        after: training steps before the value starts to move. Default 0.
    """

    start: float
    end: float
    steps: Annotated[int, Ge(1)]
    shape: NotRequired[Literal["linear", "cosine"]]
    after: NotRequired[Annotated[int, Ge(0)]]


class Schedule:
    """The value of a setting at any step, computed on the device without waiting for the host.

    linear:  start + (end - start) t,  cosine:  start + (end - start) (1 - cos(pi t)) / 2,
    t = clip((step - after) / steps, 0, 1).  Cosine: Loshchilov & Hutter (2017), arXiv:1608.03983, eq. 5.

    Args:
        value: a number, or a ramp.
    """

    def __init__(self, value: float | Ramp) -> None:
        self._ramp = value if isinstance(value, dict) else None
        self.start = float(value["start"] if isinstance(value, dict) else value)
        self.end = float(value["end"] if isinstance(value, dict) else value)

    @property
    def highest(self) -> float:
        """The largest value that it ever has."""
        return max(self.start, self.end)

    @property
    def moves(self) -> bool:
        """Whether the value ever changes."""
        return self._ramp is not None

    def at(self, step: Tensor) -> Tensor:
        """A 0-d number of finished training steps -> the value there, float32 0-d on the same device."""
        if self._ramp is None:
            return torch.full_like(step, self.start, dtype=torch.float32)
        share = ((step - self._ramp.get("after", 0)) / self._ramp["steps"]).clamp(0.0, 1.0)
        if self._ramp.get("shape", "linear") == "cosine":
            share = (1.0 - torch.cos(math.pi * share)) / 2.0
        return self.start + (self.end - self.start) * share
