"""The networks for text: residual convolutions that keep every position, Gulrajani's generator and discriminator."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from annotated_types import Gt
from torch import Tensor, nn
from torch.nn import functional as F

from gan_cli.networks import nd
from gan_cli.networks.base import Latent, LatentKind
from gan_cli.networks.initialise import Init, constrain_spectral_norm, initialise
from gan_cli.networks.kinds import require_kind
from gan_cli.networks.options import (
    Activation,
    Channels,
    Depth,
    DiscriminatorNorm,
    DropoutRate,
    KernelSize,
    Norm,
    build_activation,
    build_dropout,
    build_norm,
    carries_bias,
)
from gan_cli.spec import SampleSpec, one_token

_SHARE = 0.3
"""The weight of a block's convolutions beside what passes them by."""

Shares = Literal["softmax", "gumbel"]


class Block(nn.Module):
    """y = x + 0.3 conv(a(n(conv(a(n(x)))))), with as many channels and positions as x.

    Args:
        channels: number of channels.
        kernel_size: kernel size of both convolutions.
        norm: n.
        activation: a.
        dropout: share of channels that is dropped after each activation in training.
    """

    def __init__(
        self, channels: int, kernel_size: int, norm: DiscriminatorNorm, activation: Activation, dropout: float
    ) -> None:
        super().__init__()
        parts = {}
        for place in (1, 2):
            parts[f"norm{place}"] = build_norm(norm, channels, 1)
            # the map in front of the first one is needed again, for the sum
            parts[f"activation{place}"] = build_activation(activation, inplace=parts[f"norm{place}"] is not None)
            parts[f"dropout{place}"] = build_dropout(dropout, 1)
            bias = place == 2 or carries_bias(norm, 1)
            parts[f"conv{place}"] = nd.conv_same(1, channels, channels, kernel_size, bias=bias)
        self.main = nd.chain(**parts)
        self._description = f"Residual {channels}→{channels}, {kernel_size}"

    def describe(self) -> str:
        """The text of the block in a table of layers."""
        return self._description

    def forward(self, maps: Tensor) -> Tensor:
        """(N, channels, length) -> (N, channels, length)."""
        total: Tensor = maps + _SHARE * self.main(maps)
        return total


class GumbelShares(nn.Module):
    """Draws a token at each position, with the gradient of a softmax (straight-through).

    In training, one_hot(argmax(logits + g)) forwards and softmax((logits + g) / temperature) backwards, with Gumbel
    noise g: Jang et al. (2017), arXiv:1611.01144, eq. 1 and section 2.2. Otherwise the likeliest token, without noise.

    Args:
        temperature: of the softmax; less lets less gradient pass.
    """

    nonlinear = True

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, logits: Tensor) -> Tensor:
        """(N, tokens, length) -> (N, tokens, length), 1 for one token at each position, else 0."""
        if self.training:
            uniform = torch.rand_like(logits, dtype=torch.float32).clamp_(1e-7, 1.0 - 1e-7)
            logits = logits - (-uniform.log()).log()
        soft = F.softmax(logits / self.temperature, dim=1)
        hard = one_token(soft, None)
        return hard - soft.detach() + soft

    def extra_repr(self) -> str:
        return f"temperature={self.temperature}"


class TextGenerator(nn.Module):
    """A linear layer to a vector for each position, residual blocks, and a share for each token at each position.

    Gulrajani et al. (2017), arXiv:1704.00028, appendix C ("character-level language model"): five blocks of 512
    channels, kernel 5, no norm, softmax.

    Args:
        spec: length and alphabet of the texts.
        latent_dim: size of the latent vector (aliases: nz, z_dim).
        latent: `normal` for N(0, I), `uniform` for U(-1, 1).
        depth: number of residual blocks, 1 to 16.
        base_channels: channels of all blocks (aliases: ngf, dim).
        kernel_size: kernel size of the convolutions (alias: filter size).
        norm: normalisation before each activation.
        activation: nonlinearity.
        dropout: share of channels that is dropped inside each block in training, [0, 1).
        shares: `softmax` gives a share of each token, `gumbel` draws a token and learns through its share.
        temperature: of the shares of `gumbel`, > 0.
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.

    Raises:
        SettingError: the data are no text.
    """

    def __init__(
        self,
        spec: SampleSpec,
        *,
        latent_dim: Channels = 128,
        latent: LatentKind = "normal",
        depth: Depth = 5,
        base_channels: Channels = 64,
        kernel_size: KernelSize = 5,
        norm: Norm = "none",
        activation: Activation = "relu",
        dropout: DropoutRate = 0.0,
        shares: Shares = "softmax",
        temperature: Annotated[float, Gt(0)] = 1.0,
        init: Init = "default",
    ) -> None:
        super().__init__()
        require_kind(spec, "text", side="generator", choice="text")
        self.spec = spec
        self.latent = Latent(latent_dim, latent)
        self.depth = depth
        self.widths = [base_channels] * depth
        (length,) = spec.spatial
        self.start = nd.chain(
            linear=nn.Linear(latent_dim, base_channels * length), reshape=nn.Unflatten(1, (base_channels, length))
        )
        self.blocks = _blocks(depth, base_channels, kernel_size, norm, activation, dropout)
        self.out = nd.chain(
            conv=nn.Conv1d(base_channels, spec.channels, 1),
            shares=GumbelShares(temperature) if shares == "gumbel" else nn.Softmax(dim=1),
        )
        initialise(self, init)

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> shares of the tokens (N, tokens, length)."""
        samples: Tensor = self.out(self.blocks(self.start(latents)))
        return samples


class TextDiscriminator(nn.Module):
    """A convolution of each position's tokens, residual blocks, and Linear to one logit.

    Gulrajani et al. (2017), arXiv:1704.00028, appendix C.

    Args:
        spec: length and alphabet of the texts.
        depth: number of residual blocks, 1 to 16.
        base_channels: channels of all blocks (aliases: ndf, dim).
        kernel_size: kernel size of the convolutions (alias: filter size).
        norm: normalisation before each activation; `spectral` acts on all layers.
        activation: nonlinearity.
        dropout: share of channels that is dropped inside each block in training, [0, 1).
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.

    Raises:
        SettingError: the data are no text.
    """

    def __init__(
        self,
        spec: SampleSpec,
        *,
        depth: Depth = 5,
        base_channels: Channels = 64,
        kernel_size: KernelSize = 5,
        norm: DiscriminatorNorm = "none",
        activation: Activation = "relu",
        dropout: DropoutRate = 0.0,
        init: Init = "default",
    ) -> None:
        super().__init__()
        require_kind(spec, "text", side="discriminator", choice="text")
        self.spec = spec
        self.depth = depth
        self.widths = [base_channels] * depth
        self.embed = nn.Conv1d(spec.channels, base_channels, 1)
        self.blocks = _blocks(depth, base_channels, kernel_size, norm, activation, dropout)
        self.head = nn.Linear(base_channels * spec.spatial[0], 1)
        initialise(self, init)
        if norm == "spectral":
            constrain_spectral_norm(self)

    def features(self, samples: Tensor) -> Tensor:
        """Shares (N, tokens, length) -> the last map (N, base_channels * length)."""
        maps: Tensor = self.blocks(self.embed(samples))
        return maps.flatten(1)

    def forward(self, samples: Tensor) -> Tensor:
        """Shares (N, tokens, length) -> logits (N,)."""
        logits: Tensor = self.head(self.features(samples))
        return logits.flatten()


def _blocks(
    depth: int, channels: int, kernel_size: int, norm: DiscriminatorNorm, activation: Activation, dropout: float
) -> nn.Sequential:
    return nn.Sequential(*(Block(channels, kernel_size, norm, activation, dropout) for _ in range(depth)))
