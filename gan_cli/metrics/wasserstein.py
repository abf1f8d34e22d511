"""Exact Wasserstein-2 distance between two sets of points of limited size."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.metrics.base import Metric, MetricInputs, equal_sized


class Wasserstein(Metric):
    """`wasserstein`: sqrt of the least mean squared distance over all pairings of fakes and real samples, data units.

    Solved exactly by scipy's linear assignment (Jonker-Volgenant). The number of samples is limited because the cost is
    O(N^3). It is above 0 even between two samples of one distribution and falls slowly with N, so compare it with its
    floor.

    Args:
        most: largest number of samples of each kind; the first ones are used.
    """

    results = {"wasserstein": "low"}

    def __init__(self, *, most: Annotated[int, Ge(2)] = 1000) -> None:
        self._most = most

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric is for points: between images it measures little more than differences of pixels."""
        return None if inputs.reference.spec.kind == "points" else "is for points; sliced_wasserstein is for everything"

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        fake, real = equal_sized(inputs.fake.x[: self._most], inputs.reference.real.x)
        return {"wasserstein": wasserstein(fake, real)}


def wasserstein(fake: Tensor, real: Tensor) -> float:
    """Two sets (N, F), (N, F) of equal size -> their W2 distance."""
    from scipy.optimize import linear_sum_assignment  # imported here because it takes a second

    cost = torch.cdist(fake.double(), real.double()).square().cpu().numpy()
    return float(cost[linear_sum_assignment(cost)].mean() ** 0.5)
