"""Precision and recall: whether the samples are good, and whether they cover the data."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.metrics.base import FeatureMetric, MetricInputs


class PrecisionRecall(FeatureMetric):
    """`precision`: share of fakes inside the real manifold; `recall`: share of real samples inside the fake one.

    A manifold is the union of balls around the samples of a set, each as wide as the way to its k-th nearest neighbour
    in that set, in classifier features. Kynkaanniemi et al. (2019), arXiv:1904.06991, k = 3.

    Args:
        neighbours: how many of a sample's nearest others its ball reaches to, the paper's k.
    """

    results = {"precision": "high", "recall": "high"}
    fewest = 20

    def __init__(self, *, neighbours: Annotated[int, Ge(1)] = 3) -> None:
        self._neighbours = neighbours

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        """Both shares."""
        fake, real = inputs.seen[0], inputs.reference.seen[0]
        return {
            "precision": inside(fake, real, self._neighbours),
            "recall": inside(real, fake, self._neighbours),
        }


def radii(samples: Tensor, neighbours: int) -> Tensor:
    """Distance (N,) from each sample (N, F) to its k-th nearest other one."""
    # the nearest of all is the sample itself
    return torch.cdist(samples, samples).kthvalue(min(neighbours + 1, len(samples)), dim=1).values


def inside(samples: Tensor, manifold: Tensor, neighbours: int) -> float:
    """Share of samples (N, F) within the balls around the samples (M, F) of a manifold."""
    within = torch.cdist(samples, manifold) <= radii(manifold, neighbours)
    return within.any(dim=1).double().mean().item()
