"""Frechet distance in the features of the data set's own classifier."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gan_cli.metrics.base import FeatureMetric, MetricInputs


class FrechetClassifier(FeatureMetric):
    """`frechet_classifier`: Frechet distance of two Gaussians fitted to classifier features, >= 0.

    ||mu_f - mu_r||^2 + tr(S_f + S_r - 2 (S_f S_r)^(1/2)), covariances with N - 1. This is the formula of FID (Heusel et
    al. 2017, arXiv:1706.08500) on another network, so results are not comparable with FID on Inception. The estimate is
    biased upwards, more so for fewer samples. Compare it with its floor, and only at equal N and equal classifier hash.
    """

    results = {"frechet_classifier": "low"}
    fewest = 128

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        return {"frechet_classifier": frechet(inputs.classifier_outputs[0], inputs.reference.classifier_outputs[0])}


def frechet(fake: Tensor, real: Tensor) -> float:
    """Features (N, F) and (M, F), float64 -> the distance between the Gaussians fitted to them; nan if any is."""
    if not (fake.isfinite().all() and real.isfinite().all()):
        return math.nan  # the eigenvalues of such a covariance raise an error
    (mean_f, cov_f), (mean_r, cov_r) = (_moments(features) for features in (fake, real))
    way = (mean_f - mean_r).square().sum()
    return max((way + cov_f.trace() + cov_r.trace() - 2.0 * _root_trace(cov_f, cov_r)).item(), 0.0)


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    return features.mean(dim=0), features.T.cov().reshape(features.shape[1], -1)


def _root_trace(first: Tensor, second: Tensor) -> Tensor:
    """Tr (A B)^(1/2) of two covariances: the sum of the square roots of the eigenvalues of A^(1/2) B A^(1/2).

    Both steps are symmetric eigenvalue problems, so the results are real. Values that rounding makes negative become 0.
    """
    values, vectors = torch.linalg.eigh(first)
    root = vectors * values.clamp_min(0.0).sqrt() @ vectors.T
    shared: Tensor = torch.linalg.eigvalsh(root @ second @ root)
    return shared.clamp_min(0.0).sqrt().sum()
