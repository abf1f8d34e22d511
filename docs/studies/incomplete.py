"""Generators that cannot make some of the data, or make nothing like them, for `causes.py` and `causes_of_kinds.py`.

Each is a network of ours under a class that changes its latents or its samples. Those whose samples do not depend on
their parameters still have a gradient, of zero.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_cli.networks.conv import ConvGenerator
from gan_cli.networks.mlp import MLPGenerator
from gan_cli.networks.oscillators import OscillatorGenerator
from gan_cli.networks.text import TextGenerator

_BITS = 4
_NOISE = 0.7
"""Standard deviation of the noise on samples in [-1, 1]."""
_PALE = 0.3
_FAINT = 1e-3
"""Loudness of silence: -60 dB."""
_BALL = 0.6
"""Radius of the blob, of half of a side."""


class _OneOutput(nn.Module):
    """Does not look at its latents: every sample of a batch is the same."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, *shape)."""
        samples: Tensor = super().forward(torch.zeros_like(latents))
        return samples


class _Noisy(nn.Module):
    """Adds noise to samples."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, *shape)."""
        samples: Tensor = super().forward(latents)
        return samples + _NOISE * torch.randn_like(samples)


class _Half(nn.Module):
    """Leaves the second half of the first axis empty, -1."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, *spatial)."""
        samples: Tensor = super().forward(latents)
        half = samples.shape[2] // 2
        return torch.cat([samples[:, :, :half], torch.full_like(samples[:, :, half:], -1.0)], dim=2)


# of images and points


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


class OneOutput(_OneOutput, ConvGenerator):
    """Of images or voxels."""


class HalfOfTheGrid(_Half, ConvGenerator):
    """Of images whose lower half is black, or voxels of which one half is empty."""


class NoisyImages(_Noisy, ConvGenerator):
    """Of images or voxels."""


class NoisyPoints(_Noisy, MLPGenerator):
    """Of points."""


class OneColour(ConvGenerator):
    """A generator of images of one colour each."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, H, W)."""
        samples = super().forward(latents)
        return samples.mean(dim=(2, 3), keepdim=True).expand_as(samples)


class Stripes(ConvGenerator):
    """A generator of images every second row of which is gray."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, H, W)."""
        samples = super().forward(latents)
        rows = torch.arange(samples.shape[2], device=samples.device) % 2
        return samples * rows[:, None]


class OnALine(MLPGenerator):
    """A generator of points whose second coordinate is always the same."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, 2)."""
        samples = super().forward(latents)
        return torch.cat([samples[:, :1], 0.0 * samples[:, 1:]], dim=1)


class Blurred(ConvGenerator):
    """A generator of images whose pixels are the mean of nine."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, H, W)."""
        samples = F.pad(super().forward(latents), (1, 1, 1, 1), mode="replicate")
        return F.avg_pool2d(samples, 3, stride=1)


class BlackAndWhite(ConvGenerator):
    """A generator of images whose values are -1 and 1; gradients pass as if they were not rounded."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, H, W)."""
        samples = super().forward(latents)
        return samples + (samples.detach().sign() - samples.detach())


class Pale(ConvGenerator):
    """A generator of images of little contrast."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, H, W)."""
        return _PALE * super().forward(latents)


class Mirrored(ConvGenerator):
    """A generator of images whose right half mirrors the left one; of an even width."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, H, W)."""
        left = super().forward(latents).chunk(2, dim=3)[0]
        return torch.cat([left, left.flip(3)], dim=3)


class Bars(ConvGenerator):
    """A generator of images whose rows are all the same."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, H, W)."""
        samples = super().forward(latents)
        return samples.mean(dim=2, keepdim=True).expand_as(samples)


class OneQuadrant(MLPGenerator):
    """A generator of points without negative coordinates."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, 2)."""
        return super().forward(latents).abs()


class InnerSquare(MLPGenerator):
    """A generator of points in a square of side 1 around the origin."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, 2)."""
        return super().forward(latents).tanh() / 2


class Blocks(ConvGenerator):
    """A generator of images of squares of one colour, a fourth of the image wide; gradients reach their means."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, H, W); H and W are multiples of 4."""
        samples = super().forward(latents)
        size = samples.shape[2] // 4
        return F.interpolate(F.avg_pool2d(samples, size), scale_factor=float(size), mode="nearest")


class OnACircle(MLPGenerator):
    """A generator of points on a circle of radius 1 around the origin."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, 2)."""
        return F.normalize(super().forward(latents), dim=1)


class OnALattice(MLPGenerator):
    """A generator of points with whole coordinates; gradients pass as if they were not rounded."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, 2)."""
        samples = super().forward(latents)
        return samples + (samples.detach().round() - samples.detach())


# of voxels


class Blob(ConvGenerator):
    """One ball, the mean of all solids, with next to nothing on it."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, D, H, W)."""
        samples = super().forward(latents)
        places = [torch.linspace(-1.0, 1.0, size, device=samples.device) for size in samples.shape[2:]]
        squares = [place.square() for place in places]
        ball = squares[0][:, None, None] + squares[1][:, None] + squares[2] <= _BALL**2
        return ball.to(samples.dtype) * 2.0 - 1.0 + _FAINT * samples


class EmptyGrid(ConvGenerator):
    """Voxels in which next to nothing is filled."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, D, H, W)."""
        return _FAINT * super().forward(latents) - 1.0


# of sounds


class OneClip(_OneOutput, OscillatorGenerator):
    """Of sound."""


class NoisyClips(_Noisy, OscillatorGenerator):
    """Of sound."""


class SilentClips(OscillatorGenerator):
    """Of sound that nobody hears."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> clips (N, C, length)."""
        return _FAINT * super().forward(latents)


class OnlyNoise(OscillatorGenerator):
    """Of noise as loud as sounds are."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> clips (N, C, length)."""
        clips = super().forward(latents)
        return 0.0 * clips + 0.3 * torch.randn_like(clips)


# of texts


class OneText(_OneOutput, TextGenerator):
    """Of text."""


class IndependentTokens(TextGenerator):
    """Of text whose tokens are each taken from another sample of the batch, so that none fits its neighbours."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> shares of the tokens (N, tokens, length)."""
        texts = super().forward(latents)
        places = range(texts.shape[2])
        return torch.stack([texts[:, :, place].roll(place + 1, dims=0) for place in places], dim=2)


class RandomTokens(TextGenerator):
    """Of text whose tokens are drawn with equal probability."""

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> shares of the tokens (N, tokens, length)."""
        texts = super().forward(latents)
        drawn = torch.randint(texts.shape[1], (len(texts), texts.shape[2]), device=texts.device)
        return 0.0 * texts + F.one_hot(drawn, texts.shape[1]).transpose(1, 2).to(texts.dtype)
