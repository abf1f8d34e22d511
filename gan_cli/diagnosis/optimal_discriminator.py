"""An estimate of the best discriminator against a generator, from real and fake samples; D is compared with it."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

_BANDWIDTHS = 9
_AS_GOOD = 0.01
# points computed at a time, which limits the memory for all pairs
_ROWS = 4096
# exp(-80) is still a normal number of float32, and -1e37 still differs from -inf
_FAINT = 80.0
_FURTHEST = 1e37


class OptimalDiscriminator:
    """D*(x) = p_data(x) / (p_data(x) + p_g(x)), the best possible discriminator while G does not change.

    Goodfellow et al. (2014), arXiv:1406.2661, prop. 1. Both densities are sums of Gaussians, one around each sample.
    All have the same bandwidth h, so that neither side looks wider than it is and the kernel's norm cancels:
    log D*/(1 - D*) = log mean_i exp(-|x - r_i|^2 / 2 h^2) - log mean_j exp(-|x - g_j|^2 / 2 h^2). Both sums are divided
    by their common largest term, so that D* is right even where the densities are too small for a float.

    h is chosen by V(D*, G) = E log D*(r) + E log(1 - D*(g)), which D* maximises by its definition. D* at a sample is
    computed from the other samples alone (leave one out). The nine candidates for h start at the spread of the real
    samples and halve each time. The widest one within 0.01 of the best value is used. So h is small for thin modes, and
    large where both sets agree.

    If the nearest sample is further away than h (sqrt(F) + 2), neither density has mass and D* is undefined. A Gaussian
    in F dimensions hardly reaches that far.

    Args:
        real: samples of the data (N, *shape); fewer than two give no information, but are allowed.
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
        # selected by tensors, so that the host does not wait
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
        """Return the distance of a discriminator from the best one, 0-d in [0, 1].

        It is the mean |D(x) - D*(x)|, with half of the weight on the real and half on the fake samples. It is 0 if D
        gives the best answer to this G, right or wrong about single samples. It is about 0.5 if D is certain although
        real and fake are the same, or guesses although they are easy to separate. D* is computed from the other
        samples, and a sample with no other one near is left out. With 256 samples of each, a D that answers 1/2 to a
        perfect G has a gap of about 0.02. If the loss asks D for another answer, the gap does not reach 0: label
        smoothing s asks for (1 - s) D*, hinge for the logits +-1 and no ratio, packs of m samples for a ratio of p^m.

        Args:
            on_real: D's probability (N,) that each real sample is real.
            on_fake: D's probability (M,) that each fake sample is real.
        """
        wrong = (torch.cat([on_real, on_fake]).float() - self._at_samples).abs()
        weights = self._near_samples.float()
        for side in (weights[: self._num_real], weights[self._num_real :]):
            side /= side.sum().clamp_min(1.0)
        return (wrong * weights).sum() / weights.sum().clamp_min(1.0)

    def _logits(self, falloff: Tensor, bandwidth: Tensor, *, left_out: bool = False) -> Tensor:
        """Falloff (P, S), 0-d bandwidth -> log p_data - log p_g (P,); `left_out` if point i is sample i, with -inf."""
        nearest = falloff.amax(dim=1, keepdim=True)
        # clamped to what a float can hold: below, the exponential would be 0 and ten times as slow
        kernels = (falloff - nearest).div_(bandwidth.square()).clamp_(min=-_FAINT).exp_()
        p_data, p_g = kernels[:, : self._num_real].mean(dim=1), kernels[:, self._num_real :].mean(dim=1)
        logits = p_data.log() - p_g.log()
        if left_out:  # a sample's own side has one sample fewer
            logits[: self._num_real] += _one_fewer(self._num_real)
            logits[self._num_real :] -= _one_fewer(self._num_fake)
        return logits

    def _value(self, logits: Tensor) -> Tensor:
        """Logits (B, S), a row per bandwidth -> V(D*, G) of each row (B,)."""
        on_real, on_fake = logits[:, : self._num_real], logits[:, self._num_real :]
        return F.logsigmoid(on_real).mean(dim=1) + F.logsigmoid(-on_fake).mean(dim=1)

    def _is_near(self, falloff: Tensor) -> Tensor:
        reach = self.bandwidth * (math.sqrt(self._samples.shape[1]) + 2.0)
        return falloff.amax(dim=1) >= -0.5 * reach.square()


def _one_fewer(count: int) -> float:
    return math.log(count / max(count - 1, 1))


def _falloff(points: Tensor, samples: Tensor) -> Tensor:
    """Return -|x - y|^2 / 2 for all pairs."""
    # without the matrix product, which loses digits for near points and gives nan for far ones
    apart = torch.cdist(points, samples, compute_mode="donot_use_mm_for_euclid_dist")
    return apart.square_().mul_(-0.5).clamp_(min=-_FURTHEST)
