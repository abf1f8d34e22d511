"""Distances between two sets of samples, as pure functions for gauges and metrics."""

from __future__ import annotations

import torch
from torch import Tensor

_FLAT = 16


def pairwise(first: Tensor, second: Tensor) -> Tensor:
    """Distances of all pairs of (N, F) and (M, F), (N, M)."""
    # matrix products are fast, but not precise enough for the small distances between points
    exact = "donot_use_mm_for_euclid_dist" if first.shape[1] <= _FLAT else "use_mm_for_euclid_dist"
    return torch.cdist(first, second, compute_mode=exact)


def energy_distance(fake: Tensor, real: Tensor) -> Tensor:
    """Energy distance between two sets of samples, relative to the mean distance among the real samples.

    (2 E||x - y|| - E||x - x'|| - E||y - y'||) / E||x - x'||, x real and y fake, over pairs of different samples. So it
    is unbiased up to the division: about 0 for equal distributions, and sometimes slightly negative.
    Szekely & Rizzo (2013), "Energy statistics", J. Stat. Plan. Inference 143.
    """
    fake, real = fake.flatten(1), real.flatten(1)
    among_real, among_fake = (_mean_distance(samples) for samples in (real, fake))
    return (2.0 * torch.cdist(real, fake).mean() - among_real - among_fake) / among_real.clamp_min(1e-12)


def _mean_distance(samples: Tensor) -> Tensor:
    count = len(samples)
    return torch.cdist(samples, samples).sum() / max(count * (count - 1), 1)
