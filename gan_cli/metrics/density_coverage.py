"""Density and coverage: precision and recall that are robust to outliers."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.metrics.neighbourhoods import NeighbourhoodMetric, in_each_feature_space, radii


class DensityCoverage(NeighbourhoodMetric):
    """`density`: mean number of real balls that contain a fake, over k; `coverage`: share of real balls with a fake.

    Balls are drawn around real samples only, in classifier features. The radius is the distance to the k-th nearest
    other real sample. `density` is about 1 for equal distributions. `density_view` and `coverage_view` are the same in
    the view of the samples, `density_raw` and `coverage_raw` of raw values.
    Naeem et al. (2020), "Reliable fidelity and diversity metrics", arXiv:2002.09797, k = 5.

    Args:
        neighbours: the number k: a ball reaches to the k-th nearest other real sample.
        shared: settings of `NeighbourhoodMetric`.
    """

    names = ("coverage", "density")
    results = in_each_feature_space({"coverage": "high", "density": "real"})

    def __init__(self, *, neighbours: Annotated[int, Ge(1)] = 5, **shared: Any) -> None:
        super().__init__(neighbours=neighbours, **shared)

    def compare(self, fake: Tensor, real: Tensor) -> dict[str, float]:
        return density_coverage(fake, real, self._neighbours)


def density_coverage(fake: Tensor, real: Tensor, neighbours: int) -> dict[str, float]:
    """Return both results from the features (N, F) of fakes and (M, F) of real samples."""
    within = torch.cdist(fake, real) <= radii(real, neighbours)
    return {
        "coverage": within.any(dim=0).double().mean().item(),
        "density": within.sum(dim=1).double().mean().item() / neighbours,
    }
