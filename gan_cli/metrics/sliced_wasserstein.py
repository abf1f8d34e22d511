"""Sliced Wasserstein distance, in the view or of raw values. Needs no labels and no network; works for all data."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.metrics.base import MetricInputs, Space, equal_sized
from gan_cli.metrics.spaces import SpaceMetric, in_each_space


class SlicedWasserstein(SpaceMetric):
    """`sliced_wasserstein`: sqrt of the mean over random directions of the squared Wasserstein-2 distance along each.

    In data units (the values of an image are in [-1, 1]), >= 0. It is multiplied by sqrt(F), so that a shift by a
    vector s gives about ||s||. Along a direction, W2^2 is the mean squared difference of the sorted values.
    `sliced_wasserstein_view` is the same in the view of the samples. Bonneel et al. (2015), "Sliced and Radon
    Wasserstein barycenters of measures", J. Math. Imaging Vis. 51.

    Args:
        directions: number of random directions, drawn from a fixed seed: the same for every run.
        shared: settings of `SpaceMetric`.
    """

    results = in_each_space({"sliced_wasserstein": "low"})

    def __init__(self, *, directions: Annotated[int, Ge(1)] = 256, **shared: Any) -> None:
        super().__init__(**shared)
        self._directions = directions

    def measure_in(self, space: Space, inputs: MetricInputs) -> dict[str, float]:
        fake, real = equal_sized(*inputs.vectors(space))
        return {"sliced_wasserstein": sliced_wasserstein(fake, real, self._directions).item()}


def sliced_wasserstein(fake: Tensor, real: Tensor, directions: int) -> Tensor:
    """Two sets (N, F), (N, F) of equal size -> their 0-d distance."""
    width = fake.shape[1]
    rng = torch.Generator().manual_seed(0)
    lines = torch.nn.functional.normalize(torch.randn(width, directions, generator=rng), dim=0).to(fake.device)
    ways = (fake @ lines).sort(dim=0).values - (real @ lines).sort(dim=0).values
    return (ways.square().mean() * width).sqrt()
