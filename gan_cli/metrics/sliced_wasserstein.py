"""Sliced Wasserstein distance in data space: any domain, no labels, no network."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.metrics.base import Metric, MetricInputs, alike


class SlicedWasserstein(Metric):
    """`sliced_wasserstein`: sqrt of the mean over random directions of the squared Wasserstein-2 distance along each.

    In data units (values of an image lie in [-1, 1]), times sqrt(F) so that a shift by a vector s gives about ||s||,
    >= 0. Along a line W2^2 is the mean squared difference of the sorted values. Bonneel et al. (2015), "Sliced and
    Radon Wasserstein barycenters of measures", J. Math. Imaging Vis. 51.

    Args:
        directions: how many, drawn from a fixed seed: the same for every run.
    """

    results = {"sliced_wasserstein": "low"}

    def __init__(self, *, directions: Annotated[int, Ge(1)] = 256) -> None:
        self._directions = directions

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        """One number."""
        fake, real = alike(*inputs.views)
        return {"sliced_wasserstein": sliced_wasserstein(fake, real, self._directions).item()}


def sliced_wasserstein(fake: Tensor, real: Tensor, directions: int) -> Tensor:
    """Two sets (N, F) of equal size -> 0-d distance."""
    width = fake.shape[1]
    rng = torch.Generator().manual_seed(0)
    lines = torch.nn.functional.normalize(torch.randn(width, directions, generator=rng), dim=0).to(fake.device)
    ways = (fake @ lines).sort(dim=0).values - (real @ lines).sort(dim=0).values
    return (ways.square().mean() * width).sqrt()
