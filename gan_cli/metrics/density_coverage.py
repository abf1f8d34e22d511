"""Density and coverage: precision and recall that are robust to outliers."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from gan_cli.metrics.base import FeatureMetric, MetricInputs
from gan_cli.metrics.precision_recall import radii


class DensityCoverage(FeatureMetric):
    """`density`: mean number of real balls that contain a fake, over k; `coverage`: share of real balls with a fake.

    Balls are drawn around real samples only, in classifier features. The radius is the distance to the k-th nearest
    other real sample. `density` is about 1 for equal distributions.
    Naeem et al. (2020), "Reliable fidelity and diversity metrics", arXiv:2002.09797, k = 5.

    Args:
        neighbours: the number k: a ball reaches to the k-th nearest other real sample.
    """

    results = {"coverage": "high", "density": "real"}
    fewest = 20

    def __init__(self, *, neighbours: Annotated[int, Ge(1)] = 5) -> None:
        self._neighbours = neighbours

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        return density_coverage(inputs.classifier_outputs[0], inputs.reference.classifier_outputs[0], self._neighbours)


def density_coverage(fake: Tensor, real: Tensor, neighbours: int) -> dict[str, float]:
    """Return both results from the features (N, F) of fakes and (M, F) of real samples."""
    within = torch.cdist(fake, real) <= radii(real, neighbours)
    return {
        "coverage": within.any(dim=0).double().mean().item(),
        "density": within.sum(dim=1).double().mean().item() / neighbours,
    }
