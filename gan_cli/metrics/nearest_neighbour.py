"""Nearest neighbours between two sets: whether they can be told apart, and whether each finds its like in the other."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_cli.metrics.base import Metric, MetricInputs, equal_sized
from gan_cli.spec import SOLID, SampleSpec, occupancies


class NearestNeighbour(Metric):
    """`nearest_neighbour`: accuracy of a 1-nearest-neighbour classifier that tells fakes from real samples.

    Each sample of both sets gets the kind of its nearest other sample: 0.5 if the sets cannot be told apart, 1 if they
    can, less than 0.5 if the fakes are copies. Lopez-Paz & Oquab (2017), arXiv:1610.06545. Beside it, as for point
    clouds by Yang et al. (2019), PointFlow, arXiv:1906.12320, section 5.1: `matching_distance` is the mean distance of
    real samples to their nearest fake (MMD there), `matched` the share of real samples that are the nearest one of some
    fake (COV there). Distances are Euclidean in the view of the samples; those of voxels are 1 - IoU, the share of the
    voxels in either solid that are not in both.
    """

    results = {"nearest_neighbour": "real", "matching_distance": "low", "matched": "high"}

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        spec = inputs.reference.spec
        fake, real = equal_sized(*_vectors(inputs, spec))
        apart = unlike if spec.kind == "voxels" else torch.cdist
        return scores(apart(fake, fake), apart(fake, real), apart(real, real))


def _vectors(inputs: MetricInputs, spec: SampleSpec) -> tuple[Tensor, Tensor]:
    """Return fakes (N, F) and real samples (M, F) as vectors; voxels as 1 where they are solid."""
    if spec.kind != "voxels":
        return inputs.vectors("view")
    both = (inputs.fake.x, inputs.reference.real.x)
    fake, real = ((occupancies(samples, spec.value_range) >= SOLID).flatten(1).float() for samples in both)
    return fake, real


def unlike(first: Tensor, second: Tensor) -> Tensor:
    """Solids (N, F), (M, F) of zeros and ones -> 1 - IoU of each pair (N, M); two empty solids are equal."""
    both = first @ second.T
    either = first.sum(dim=1)[:, None] + second.sum(dim=1) - both
    return torch.where(either > 0, 1.0 - both / either.clamp_min(1.0), torch.zeros_like(both))


def scores(fakes: Tensor, across: Tensor, reals: Tensor) -> dict[str, float]:
    """Return all three results.

    Args:
        fakes: distances among the fakes, (N, N).
        across: distances from fakes to real samples, (N, N).
        reals: distances among the real samples, (N, N).
    """
    count = len(fakes)
    alone = torch.full((count,), torch.inf, device=fakes.device)
    own_fake, own_real = (own.clone().diagonal_scatter(alone).amin(dim=1) for own in (fakes, reals))
    to_real, to_fake = across.amin(dim=1), across.amin(dim=0)
    # a tie decides for neither
    right = _share_below(own_fake, to_real) + _share_below(own_real, to_fake)
    return {
        "nearest_neighbour": right / 2,
        "matching_distance": to_fake.mean().item(),
        "matched": len(torch.unique(across.argmin(dim=1))) / count,
    }


def _share_below(first: Tensor, second: Tensor) -> float:
    """Share of values (N,) that are below the others (N,); equal ones count by half."""
    return ((first < second).double() + 0.5 * (first == second).double()).mean().item()
