"""Latent vectors for pictures: one seeded stream, truncated on demand, and walks between them. Knows no networks."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from gan_cli.errors import SettingError
from gan_cli.networks.base import Latent, LatentKind

_OTHER_STREAM = 0x5EED0FF
_NEARLY_PARALLEL = 1e-4


class Stream:
    """Latent vectors one after another from one seed.

    Without truncation the first `next(count)` is `latent.draw_seeded(count, seed)`.

    Args:
        latent: the distribution.
        seed: of the stream.
        truncation: psi, as in `truncate`; None leaves the distribution as it was in training.

    Raises:
        SettingError: psi above 1 for uniform latents, which have nothing there.
    """

    def __init__(self, latent: Latent, seed: int, truncation: float | None = None) -> None:
        if truncation is not None and latent.kind == "uniform" and truncation > 1.0:
            raise SettingError("truncation", truncation, "must be <= 1, for the latents of this run lie in (-1, 1)")
        self._latent, self._truncation = latent, truncation
        self._generator = torch.Generator().manual_seed(seed)
        # a stream of its own, so that truncation leaves all other components as they are
        self._spare = torch.Generator().manual_seed((seed ^ _OTHER_STREAM) % 2**32)

    def next(self, count: int) -> Tensor:
        """The next latent vectors, float32 (count, dim) on the CPU."""
        z = self._latent.draw(count, device="cpu", generator=self._generator)
        if self._truncation is None:
            return z
        return truncate(z, self._truncation, self._latent.kind, self._spare)


def truncate(z: Tensor, psi: float, kind: LatentKind, generator: torch.Generator) -> Tensor:
    """Latents (N, dim) nearer to the middle: more alike, and where the generator was made for it, better.

    Normal latents of many dimensions all lie about sqrt(dim) from the middle in training, truncated ones much nearer,
    where an ordinary generator has learnt nothing: below psi = 1 its samples go pale or clot (see `shortened`).
    Normal: components beyond psi standard deviations are drawn again from the part that lies within (Brock et al. 2019,
    arXiv:1809.11096, section 3.1); here by the inverse of its distribution function, so that one draw suffices.
    Uniform: scaled from (-1, 1) to (-psi, psi).

    Args:
        z: latents; they are not changed.
        psi: > 0, in standard deviations; at most 1 for uniform latents.
        kind: their distribution.
        generator: on the CPU; gives N * dim numbers, whether needed or not.
    """
    if kind == "uniform":
        return z * psi
    inside = math.erf(psi / math.sqrt(2.0))
    quantiles = torch.rand(z.shape, generator=generator, dtype=torch.float64) * 2.0 - 1.0
    again = (torch.erfinv(quantiles * inside) * math.sqrt(2.0)).clamp(-psi, psi)
    return torch.where(z.abs() > psi, again.to(z.dtype), z).clamp(-psi, psi)


def shortened(psi: float, kind: LatentKind) -> float:
    """How long truncated latents are, as a share of what they are in training: the root of their mean squares.

    Normal: sqrt(1 - 2 psi phi(psi) / (2 Phi(psi) - 1)), the standard deviation of the truncated distribution.
    """
    if kind == "uniform":
        return min(psi, 1.0)
    density = math.exp(-psi * psi / 2.0) / math.sqrt(2.0 * math.pi)
    return math.sqrt(max(1.0 - 2.0 * psi * density / math.erf(psi / math.sqrt(2.0)), 0.0))


def slerp(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """sin((1 - t) w) / sin w * a + sin(t w) / sin w * b, w the angle between a and b (Shoemake 1985).

    A straight line would pass nearer to the origin than normal latents ever lie. Where a and b are parallel,
    opposite or zero, the angle tells no way, and the line is straight.

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
    """A round trip: (N, dim) -> (N, steps, dim), where row i leaves end i for the next one, the last for the first.

    Normal latents are joined by arcs, uniform ones by straight lines. A row begins at its end and stops one step short
    of the next, so that the rows follow each other without a halt.
    """
    share = (torch.arange(steps) / steps)[None, :, None]
    start, end = ends[:, None], ends.roll(-1, dims=0)[:, None]
    return slerp(start, end, share) if kind == "normal" else torch.lerp(start, end, share.expand(len(ends), -1, 1))
