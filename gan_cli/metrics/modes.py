"""Modes of a Gaussian mixture: how many the samples cover, how precisely and how evenly."""

from __future__ import annotations

from typing import Annotated

import torch
from annotated_types import Gt
from torch import Tensor

from gan_cli.metrics.base import Metric, MetricInputs, Mixture


class Modes(Metric):
    """`modes`: modes with a high-quality sample; `high_quality`: share of these samples; `reverse_kl`: unevenness.

    A sample has high quality if it is within `within` standard deviations of the nearest centre. `reverse_kl` is
    KL(fake || real) in nats between the histograms of nearest modes, where the real histogram is uniform. It is 0 if
    all modes are equally frequent, and log K if one mode has all samples. Protocol of Lin et al. (2018), "PacGAN",
    arXiv:1712.04086, section 4.1, with 2,500 samples. All three results depend on the number of samples.

    Args:
        within: largest distance of a high-quality sample from the nearest centre, in standard deviations.
    """

    results = {"modes": "high", "high_quality": "high", "reverse_kl": "low"}

    def __init__(self, *, within: Annotated[float, Gt(0)] = 3.0) -> None:
        self._within = within

    def lacks(self, inputs: MetricInputs) -> str | None:
        """The metric needs a data set whose modes are known."""
        return "needs data made of modes, such as data=ring" if inputs.reference.mixture is None else None

    def measure(self, inputs: MetricInputs) -> dict[str, float]:
        assert inputs.reference.mixture is not None
        return mode_scores(inputs.fake.x, inputs.reference.mixture, self._within)


def mode_scores(fake: Tensor, mixture: Mixture, within: float) -> dict[str, float]:
    """Return all three results for points (N, F) and the modes of a mixture."""
    distance, mode = torch.cdist(fake.double(), mixture.centres.double().to(fake.device)).min(dim=1)
    good = distance <= within * mixture.sigma
    count = len(mixture.centres)
    return {
        "modes": float((torch.bincount(mode[good], minlength=count) > 0).sum()),
        "high_quality": good.double().mean().item(),
        "reverse_kl": divergence(torch.bincount(mode, minlength=count).double(), torch.ones(count)),
    }


def divergence(fake: Tensor, real: Tensor) -> float:
    """Counts (K,), (K,) -> KL(fake || real) in nats; infinite if a class occurs among the fakes only."""
    p, q = (histogram.double().cpu() / histogram.sum().cpu() for histogram in (fake, real))
    return torch.where(p > 0, p * (p.clamp_min(1e-300).log() - q.log()), torch.zeros_like(p)).sum().item()
