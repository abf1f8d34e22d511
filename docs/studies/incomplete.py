"""Generators that cannot make some of the data, for `causes.py`."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from gan_cli.networks.conv import ConvGenerator
from gan_cli.networks.mlp import MLPGenerator

_BITS = 4
_NOISE = 0.7
"""Standard deviation of the noise on samples in [-1, 1]."""


class SixteenLatents(ConvGenerator):
    """A generator that makes sixteen different samples: of a latent it uses the signs of the first four values."""

    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        table = torch.randn(2**_BITS, self.latent.dim, generator=torch.Generator().manual_seed(0))
        self.register_buffer("table", table)

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, *spatial)."""
        places = 2 ** torch.arange(_BITS, device=latents.device)
        rows = ((latents[:, :_BITS] > 0) * places).sum(dim=1)
        table: Tensor = self.get_buffer("table")
        return super().forward(table.index_select(0, rows))


class HalfOfThePlane(MLPGenerator):
    """A generator of points that never makes one with a negative first coordinate."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, 2)."""
        samples = super().forward(latents)
        return torch.cat([samples[:, :1].abs(), samples[:, 1:]], dim=1)


class OneLatent(ConvGenerator):
    """A generator that does not look at its latents: every sample of a batch is the same."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, *spatial)."""
        return super().forward(torch.zeros_like(latents))


class UpperHalf(ConvGenerator):
    """A generator of images whose lower half is black."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, H, W)."""
        samples = super().forward(latents)
        half = samples.shape[2] // 2
        return torch.cat([samples[:, :, :half], torch.full_like(samples[:, :, half:], -1.0)], dim=2)


class NoisyImages(ConvGenerator):
    """A generator of images with noise on them."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, H, W)."""
        samples = super().forward(latents)
        return samples + _NOISE * torch.randn_like(samples)


class NoisyPoints(MLPGenerator):
    """A generator of points with noise on them."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, 2)."""
        samples = super().forward(latents)
        return samples + _NOISE * torch.randn_like(samples)
