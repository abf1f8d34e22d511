"""Distances between the samples of two sets, as pure functions for gauges and metrics."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_FLAT = 16


def pairwise(first: Tensor, second: Tensor) -> Tensor:
    """Distances of all pairs of (N, F) and (M, F), (N, M)."""
    # matrix products are fast, but not precise enough for the small distances between points
    exact = "donot_use_mm_for_euclid_dist" if first.shape[1] <= _FLAT else "use_mm_for_euclid_dist"
    return torch.cdist(first, second, compute_mode=exact)


def among(samples: Tensor) -> Tensor:
    """Distances of all pairs of (N, F), (N, N); infinite from a sample to itself, which is no neighbour."""
    return pairwise(samples, samples).fill_diagonal_(torch.inf)


@dataclass(frozen=True)
class PairDistances:
    """The distances between all samples of two sets: N fakes and M real samples.

    Attributes:
        fakes: `among` the fakes, (N, N).
        real: `among` the real samples, (M, M).
        between: from each fake to each real sample, (N, M).
    """

    fakes: Tensor
    real: Tensor
    between: Tensor

    def energy(self, scale: Tensor | None = None) -> Tensor:
        """Energy distance between the two sets, relative to the mean distance among the real samples or a scale, 0-d.

        (2 E||x - y|| - E||x - x'|| - E||y - y'||) / E||x - x'||, x real and y fake, over pairs of different samples. So
        it is unbiased up to the division: about 0 for equal distributions, and sometimes slightly negative.
        Szekely & Rizzo (2013), "Energy statistics", J. Stat. Plan. Inference 143.
        """
        among_real, among_fakes = mean_of_pairs(self.real), mean_of_pairs(self.fakes)
        difference = 2.0 * self.between.mean() - among_real - among_fakes
        return difference / (among_real if scale is None else scale).clamp_min(1e-12)


def energy_distance(fake: Tensor, real: Tensor) -> Tensor:
    """Samples (N, *shape), (M, *shape) -> `PairDistances.energy`, 0-d."""
    fake, real = fake.flatten(1), real.flatten(1)
    return PairDistances(among(fake), among(real), pairwise(fake, real)).energy()


def mean_of_pairs(distances: Tensor) -> Tensor:
    """Distances among samples (N, N) -> the mean distance of different ones, 0-d; 0 for a single one."""
    count = len(distances)
    return distances.clone().fill_diagonal_(0.0).sum() / max(count * (count - 1), 1)
