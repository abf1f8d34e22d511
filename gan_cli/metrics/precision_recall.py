"""Precision and recall: whether the samples are realistic, and whether they cover the data."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.metrics.base import FeatureMetric, MetricInputs


class PrecisionRecall(FeatureMetric):
    """`precision`: share of fakes inside the real manifold; `recall`: share of real samples inside the fake one.

    A manifold is the union of balls around the samples of a set, in classifier features. The radius of a ball is the
    distance to the k-th nearest other sample of the set. Kynkaanniemi et al. (2019), arXiv:1904.06991, k = 3.

    Args:
        neighbours: the number k: a ball reaches to the k-th nearest other sample of its set.
    """

    results = {"precision": "high", "recall": "high"}
    fewest = 20

    def __init__(self, *, neighbours: Annotated[int, Ge(1)] = 3) -> None:
        self._neighbours = neighbours

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        fake, real = inputs.classifier_outputs[0], inputs.reference.classifier_outputs[0]
        return {
            "precision": inside(fake, real, self._neighbours),
            "recall": inside(real, fake, self._neighbours),
        }


def radii(samples: Tensor, neighbours: int) -> Tensor:
    """Samples (N, F) -> distance of each to its k-th nearest other sample (N,)."""
    # the nearest sample is the sample itself
    return torch.cdist(samples, samples).kthvalue(min(neighbours + 1, len(samples)), dim=1).values


def inside(samples: Tensor, manifold: Tensor, neighbours: int) -> float:
    """Share of samples (N, F) that are inside a ball around one of the samples (M, F) of a manifold."""
    within = torch.cdist(samples, manifold) <= radii(manifold, neighbours)
    return within.any(dim=1).double().mean().item()
