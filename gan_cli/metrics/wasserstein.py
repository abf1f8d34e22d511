"""Exact Wasserstein-2 distance between two bounded sets of points."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.metrics.base import Metric, MetricInputs, alike


class Wasserstein(Metric):
    """`wasserstein`: sqrt of the least mean squared distance over all pairings of fakes with real samples, data units.

    Solved exactly by scipy's assignment (Jonker-Volgenant); the bound is there because that takes O(N^3). Between two
    samples of one distribution it is above 0 and falls slowly with N: read it against its floor.

    Args:
        most: samples of each kind; the first ones count.
    """

    results = {"wasserstein": "low"}

    def __init__(self, *, most: Annotated[int, Ge(2)] = 1000) -> None:
        self._most = most

    def lacks(self, inputs: MetricInputs) -> str | None:
        """Between images it says little that pixels do not."""
        return None if inputs.reference.spec.kind == "points" else "is for points; sliced_wasserstein is for everything"

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        """One number."""
        fake, real = alike(inputs.fake.x[: self._most], inputs.reference.real.x)
        return {"wasserstein": wasserstein(fake, real)}


def wasserstein(fake: Tensor, real: Tensor) -> float:
    """Two sets (N, F) of equal size -> W2."""
    from scipy.optimize import linear_sum_assignment  # here: importing it takes a second

    cost = torch.cdist(fake.double(), real.double()).square().cpu().numpy()
    return float(cost[linear_sum_assignment(cost)].mean() ** 0.5)
