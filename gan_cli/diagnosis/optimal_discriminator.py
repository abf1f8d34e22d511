"""The best discriminator that there is against a generator, estimated from samples of both: what D is held against."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

_BANDWIDTHS = 9
_AS_GOOD = 0.01
# points worked on at a time, which bounds the memory of all pairs
_ROWS = 4096
# exp(-80) is still a normal number of float32, and -1e37 still differs from -inf
_FAINT = 80.0
_FURTHEST = 1e37


class OptimalDiscriminator:
    """D*(x) = p_data(x) / (p_data(x) + p_g(x)), the answer that no discriminator can better while G stands still.

    Goodfellow et al. (2014), arXiv:1406.2661, prop. 1. Both densities are sums of Gaussians, one around each sample,
    of one and the same bandwidth h, so that neither side looks wider than it is and the kernel's norm cancels:
    log D*/(1 - D*) = log mean_i exp(-|x - r_i|^2 / 2 h^2) - log mean_j exp(-|x - g_j|^2 / 2 h^2), both sums relative to
    their common largest term, so that D* is right where the densities themselves are too small for a float.

    h is chosen by V(D*, G) = E log D*(r) + E log(1 - D*(g)), which D* maximises by its definition, each sample being
    judged by the others alone (leave one out): of nine that halve from the spread of the real samples on, the widest
    within 0.01 of the best value. So h follows the modes where they are thin, and grows where both sets agree.

    Where the nearest sample is further than h (sqrt(F) + 2), which a Gaussian in F dimensions hardly reaches, neither
    density has mass and D* is undefined.

    Args:
        real: samples of the data (N, *shape); fewer than two tell nothing, but do no harm.
        fake: generated samples (M, *shape), on the same device.
    """

    @torch.no_grad()
    def __init__(self, real: Tensor, fake: Tensor) -> None:
        samples = torch.cat([real.detach().flatten(1), fake.detach().flatten(1)]).float()
        self._samples = samples
        self._num_real, self._num_fake = len(real), len(fake)
        falloff = _falloff(samples, samples).fill_diagonal_(-torch.inf)
        of_real = samples[: len(real)].var(dim=0, correction=min(1, len(real) - 1)).sum()
        candidates = of_real.sqrt().clamp_min(1e-12) * 0.5 ** torch.arange(_BANDWIDTHS, device=samples.device)
        logits = torch.stack([self._logits(falloff, bandwidth, left_out=True) for bandwidth in candidates])
        value = self._value(logits)
        best = (value >= value.amax() - _AS_GOOD).float().argmax().view(1)
        # picked by tensors, so that the host does not wait
        self.bandwidth = candidates.index_select(0, best)[0]
        """h, 0-d, in data units."""
        self._at_samples = logits.index_select(0, best)[0].sigmoid()
        self._near_samples = self._is_near(falloff)

    @torch.no_grad()
    def __call__(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Points (P, *shape) -> D* (P,) in [0, 1], and whether it is defined there (P,)."""
        answers, near = [], []
        for some in torch.split(points.flatten(1).float(), _ROWS):
            falloff = _falloff(some, self._samples)
            answers.append(self._logits(falloff, self.bandwidth).sigmoid())
            near.append(self._is_near(falloff))
        return torch.cat(answers), torch.cat(near)

    @torch.no_grad()
    def gap(self, on_real: Tensor, on_fake: Tensor) -> Tensor:
        """How far a discriminator is from the best one: mean |D(x) - D*(x)| over real and fake samples, half each.

        In [0, 1], 0-d: 0 where D gives the best answer to this G, right or wrong about single samples; about 0.5 where
        D is sure of what nobody can know, or guesses where all could be known. D* is taken from the other samples, and
        a sample with no other one near is left out. With 256 of each, a D that answers 1/2 to a perfect G reads about
        0.02. Where D is asked for another answer the gap does not end at 0: under a label smoothing of s it is
        (1 - s) D*, under hinge the logits +-1 and no ratio, for packs of m samples a ratio of p^m.

        Args:
            on_real: D's probability (N,) that each real sample is real.
            on_fake: the same (M,) of the fake ones.
        """
        wrong = (torch.cat([on_real, on_fake]).float() - self._at_samples).abs()
        weights = self._near_samples.float()
        for side in (weights[: self._num_real], weights[self._num_real :]):
            side /= side.sum().clamp_min(1.0)
        return (wrong * weights).sum() / weights.sum().clamp_min(1.0)

    def _logits(self, falloff: Tensor, bandwidth: Tensor, *, left_out: bool = False) -> Tensor:
        """Falloff (P, N + M) -> log p_data - log p_g (P,); `left_out` where point i is sample i, at -inf."""
        nearest = falloff.amax(dim=1, keepdim=True)
        # numbers that a float can hold: below, the exponential would be 0, and ten times as slow
        kernels = (falloff - nearest).div_(bandwidth.square()).clamp_(min=-_FAINT).exp_()
        p_data, p_g = kernels[:, : self._num_real].mean(dim=1), kernels[:, self._num_real :].mean(dim=1)
        logits = p_data.log() - p_g.log()
        if left_out:  # one sample fewer on its own side
            logits[: self._num_real] += _one_fewer(self._num_real)
            logits[self._num_real :] -= _one_fewer(self._num_fake)
        return logits

    def _value(self, logits: Tensor) -> Tensor:
        """V(D*, G) for each row (N + M,) of logits."""
        on_real, on_fake = logits[:, : self._num_real], logits[:, self._num_real :]
        return F.logsigmoid(on_real).mean(dim=1) + F.logsigmoid(-on_fake).mean(dim=1)

    def _is_near(self, falloff: Tensor) -> Tensor:
        reach = self.bandwidth * (math.sqrt(self._samples.shape[1]) + 2.0)
        return falloff.amax(dim=1) >= -0.5 * reach.square()


def _one_fewer(count: int) -> float:
    return math.log(count / max(count - 1, 1))


def _falloff(points: Tensor, samples: Tensor) -> Tensor:
    """-|x - y|^2 / 2 for all pairs."""
    # without the matrix product, which loses the digits of near points and turns far ones into nan
    apart = torch.cdist(points, samples, compute_mode="donot_use_mm_for_euclid_dist")
    return apart.square_().mul_(-0.5).clamp_(min=-_FURTHEST)
