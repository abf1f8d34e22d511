"""Precision and recall: whether the samples are realistic, and whether they cover the data."""

from __future__ import annotations

from typing import Annotated, Any

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.metrics.neighbourhoods import NeighbourhoodMetric, in_each_feature_space, radii


class PrecisionRecall(NeighbourhoodMetric):
    """`precision`: share of fakes inside the real manifold; `recall`: share of real samples inside the fake one.

    A manifold is the union of balls around the samples of a set, in classifier features. The radius of a ball is the
    distance to the k-th nearest other sample of the set. Kynkaanniemi et al. (2019), arXiv:1904.06991, k = 3.
    `precision_view` and `recall_view` are the same in the view of the samples, `precision_raw` and so on of raw values.

    Args:
        neighbours: the number k: a ball reaches to the k-th nearest other sample of its set.
        shared: settings of `NeighbourhoodMetric`.
    """

    names = ("precision", "recall")
    results = in_each_feature_space({"precision": "high", "recall": "high"})

    def __init__(self, *, neighbours: Annotated[int, Ge(1)] = 3, **shared: Any) -> None:
        super().__init__(neighbours=neighbours, **shared)

    def compare(self, fake: Tensor, real: Tensor) -> dict[str, float]:
        return {
            "precision": inside(fake, real, self._neighbours),
            "recall": inside(real, fake, self._neighbours),
        }


def inside(samples: Tensor, manifold: Tensor, neighbours: int) -> float:
    """Share of samples (N, F) that are inside a ball around one of the samples (M, F) of a manifold."""
    within = torch.cdist(samples, manifold) <= radii(manifold, neighbours)
    return within.any(dim=1).double().mean().item()
