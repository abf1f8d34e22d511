"""Latent vectors for pictures: a seeded stream, optional truncation, and interpolation. No networks are needed."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gan_cli.errors import SettingError
from gan_cli.networks.base import Latent, LatentKind

_OTHER_STREAM = 0x5EED0FF
_NEARLY_PARALLEL = 1e-4


class Stream:
    """A stream of latent vectors from one seed.

    Without truncation, the first `next(count)` equals `latent.draw_seeded(count, seed)`.

    Args:
        latent: the distribution.
        seed: the seed of the stream.
        truncation: psi, as in `truncate`; None keeps the distribution of the training.

    Raises:
        SettingError: psi is above 1 for uniform latents, whose values are all below 1.
    """

    def __init__(self, latent: Latent, seed: int, truncation: float | None = None) -> None:
        if truncation is not None and latent.kind == "uniform" and truncation > 1.0:
            raise SettingError("truncation", truncation, "must be <= 1, for the latents of this run are in (-1, 1)")
        self._latent, self._truncation = latent, truncation
        self._generator = torch.Generator().manual_seed(seed)
        # a separate generator, so that truncation does not change the components that need no new draw
        self._spare = torch.Generator().manual_seed((seed ^ _OTHER_STREAM) % 2**32)

    def next(self, count: int) -> Tensor:
        """Return the next latent vectors, float32 (count, dim) on the CPU."""
        z = self._latent.draw(count, device="cpu", generator=self._generator)
        if self._truncation is None:
            return z
        return truncate(z, self._truncation, self._latent.kind, self._spare)


def truncate(z: Tensor, psi: float, kind: LatentKind, generator: torch.Generator) -> Tensor:
    """Latents (N, dim) -> latents (N, dim) nearer to 0: samples become more alike.

    They also become better if the generator was made for it. In training, normal latents of many dimensions all have a
    length of about sqrt(dim). Truncated latents are much shorter, where an ordinary generator was not trained. Below
    psi = 1 its samples become pale or shapeless (see `shortened`).

    Normal: components beyond psi standard deviations are drawn again from the part within them (Brock et al. 2019,
    arXiv:1809.11096, section 3.1). The inverse of the distribution function is used, so that one draw is enough.
    Uniform: latents are scaled from (-1, 1) to (-psi, psi).

    Args:
        z: the latents; they are not changed in place.
        psi: > 0, in standard deviations; at most 1 for uniform latents.
        kind: the distribution of the latents.
        generator: a CPU generator, which always draws N * dim numbers for normal latents.
    """
    if kind == "uniform":
        return z * psi
    inside = math.erf(psi / math.sqrt(2.0))
    quantiles = torch.rand(z.shape, generator=generator, dtype=torch.float64) * 2.0 - 1.0
    again = (torch.erfinv(quantiles * inside) * math.sqrt(2.0)).clamp(-psi, psi)
    return torch.where(z.abs() > psi, again.to(z.dtype), z).clamp(-psi, psi)


def shortened(psi: float, kind: LatentKind) -> float:
    """Return the root mean square of truncated latents, as a share of its value in training.

    Normal: sqrt(1 - 2 psi phi(psi) / (2 Phi(psi) - 1)), the standard deviation of the truncated distribution.
    """
    if kind == "uniform":
        return min(psi, 1.0)
    density = math.exp(-psi * psi / 2.0) / math.sqrt(2.0 * math.pi)
    return math.sqrt(max(1.0 - 2.0 * psi * density / math.erf(psi / math.sqrt(2.0)), 0.0))


def slerp(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Return sin((1 - t) w) / sin w * a + sin(t w) / sin w * b, with w the angle between a and b (Shoemake 1985).

    A straight line would pass nearer to the origin than normal latents ever are. If a and b are parallel, opposite or
    zero, the angle defines no path, and the interpolation is linear.

    Args:
        start: a, (..., dim).
        end: b, (..., dim).
        share: t in [0, 1], (..., 1).
    """
    a, b, t = start.double(), end.double(), share.double()
    lengths = a.norm(dim=-1, keepdim=True) * b.norm(dim=-1, keepdim=True)
    cosine = torch.where(lengths > 0.0, (a * b).sum(dim=-1, keepdim=True) / lengths, 1.0)
    w = torch.acos(cosine.clamp(-1.0, 1.0))
    sine = torch.sin(w)
    arc = (torch.sin((1.0 - t) * w) * a + torch.sin(t * w) * b) / sine.clamp_min(1e-12)
    return torch.where(sine < _NEARLY_PARALLEL, torch.lerp(a, b, t), arc).to(start.dtype)


def walk(ends: Tensor, steps: int, kind: LatentKind) -> Tensor:
    """Interpolate in a closed loop: (N, dim) -> (N, steps, dim). Row i goes from end i to the next end.

    The last row goes back to the first end. Normal latents are joined by arcs, uniform latents by straight lines. Each
    row stops one step before the next end, so that no end occurs twice.
    """
    share = (torch.arange(steps) / steps)[None, :, None]
    start, end = ends[:, None], ends.roll(-1, dims=0)[:, None]
    return slerp(start, end, share) if kind == "normal" else torch.lerp(start, end, share.expand(len(ends), -1, 1))
