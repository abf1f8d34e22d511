"""The residual networks for audio, images and voxels: SNGAN's generator and discriminator."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from gan_cli.networks import nd
from gan_cli.networks.base import Latent, LatentKind
from gan_cli.networks.blocks import Style, ending, residual_down, residual_up, start_map
from gan_cli.networks.geometry import Pyramid, doubling_widths, require_positions
from gan_cli.networks.initialise import Init, constrain_spectral_norm, initialise
from gan_cli.networks.kinds import require_spatial
from gan_cli.networks.options import (
    Activation,
    Channels,
    Depth,
    DiscriminatorNorm,
    DropoutRate,
    KernelSize,
    Norm,
    Stride,
)
from gan_cli.spec import SampleSpec


class ResNetGenerator(nn.Module):
    """A linear layer to a first map, residual blocks that upsample, then norm, activation, convolution and tanh.

    Miyato et al. (2018), arXiv:1802.05957, appendix B, in 1, 2 or 3 dimensions.

    Args:
        spec: kind, shape and value range of one sample.
        latent_dim: size of the latent vector (aliases: nz, z_dim).
        latent: `normal` for N(0, I), `uniform` for U(-1, 1).
        depth: number of residual blocks, 1 to 16; None: start at 4 to 6 positions per side, at least 2 blocks from
            size 8.
        base_channels: channels of the last block, doubled in each block before it (aliases: ngf, f).
        max_channels: upper limit of the channels when they are doubled.
        widths: input channels of each block, from the latent to the data; replaces depth and base_channels. The last
            block keeps its number of channels.
        kernel_size: kernel size of the convolutions, with any stride (alias: filter size).
        stride: upsampling factor per block.
        norm: normalisation before each activation.
        activation: nonlinearity.
        dropout: share of channels that is dropped inside each block in training, [0, 1).
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.

    Raises:
        SettingError: the data are points or too small for the depth or stride, or settings contradict each other.
    """

    def __init__(
        self,
        spec: SampleSpec,
        *,
        latent_dim: Channels = 100,
        latent: LatentKind = "normal",
        depth: Depth | None = None,
        base_channels: Channels = 64,
        max_channels: Channels = 512,
        widths: list[Channels] | None = None,
        kernel_size: KernelSize = 3,
        stride: Stride = 2,
        norm: Norm = "batch",
        activation: Activation = "relu",
        dropout: DropoutRate = 0.0,
        init: Init = "xavier",
    ) -> None:
        super().__init__()
        require_spatial(spec, side="generator", choice="resnet")
        pyramid = Pyramid.over(spec.spatial, stride=stride, depth=depth, widths=widths)
        require_positions(norm, pyramid.start)
        inward = doubling_widths(pyramid.depth, base_channels=base_channels, max_channels=max_channels)
        style = Style(spec.ndim, kernel_size, stride, norm, activation, dropout)

        self.spec = spec
        self.latent = Latent(latent_dim, latent)
        self.depth = pyramid.depth
        self.widths = list(widths or reversed(inward))
        self.start = start_map(style, latent_dim, self.widths[0], pyramid.start, activated=False)
        last = self.widths[-1]
        self.up = nn.Sequential(*(residual_up(style, wide, narrow) for wide, narrow in pairwise([*self.widths, last])))
        self.out = nd.chain(
            norm=style.norm_layer(last),
            activation=style.activation_layer(),
            conv=nd.conv_same(spec.ndim, last, spec.channels, kernel_size, bias=True),
            crop=None if pyramid.fits else nd.Crop(pyramid.margins),
            range=ending(spec),
        )
        initialise(self, init)

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, *spatial)."""
        samples: Tensor = self.out(self.up(self.start(latents)))
        return samples


class ResNetDiscriminator(nn.Module):
    """Residual blocks that downsample, then activation, a sum over positions and Linear to one logit.

    Miyato et al. (2018), arXiv:1802.05957, appendix B, in 1, 2 or 3 dimensions.

    Args:
        spec: kind, shape and value range of one sample.
        depth: number of residual blocks, 1 to 16; None: down to 4 to 6 positions per side, at least 2 blocks from
            size 8.
        base_channels: channels of the first block, doubled in each further block (aliases: ndf, f).
        max_channels: upper limit of the channels when they are doubled.
        widths: output channels of each block, from the data to the logit; replaces depth and base_channels.
        kernel_size: kernel size of the convolutions, with any stride (alias: filter size).
        stride: downsampling factor per block.
        norm: normalisation before each activation inside the blocks after the first; `spectral` acts on all layers.
        activation: nonlinearity.
        dropout: share of channels that is dropped inside each block in training, [0, 1).
        init: distribution of the initial weights; `default` is torch's, `normal` N(0, 0.02), the others as published.

    Raises:
        SettingError: the data are points or too small for the depth or stride, or settings contradict each other.
    """

    def __init__(
        self,
        spec: SampleSpec,
        *,
        depth: Depth | None = None,
        base_channels: Channels = 64,
        max_channels: Channels = 512,
        widths: list[Channels] | None = None,
        kernel_size: KernelSize = 3,
        stride: Stride = 2,
        norm: DiscriminatorNorm = "spectral",
        activation: Activation = "relu",
        dropout: DropoutRate = 0.0,
        init: Init = "xavier",
    ) -> None:
        super().__init__()
        require_spatial(spec, side="discriminator", choice="resnet")
        pyramid = Pyramid.over(spec.spatial, stride=stride, depth=depth, widths=widths)
        inward = doubling_widths(pyramid.depth, base_channels=base_channels, max_channels=max_channels)
        style = Style(spec.ndim, kernel_size, stride, norm, activation, dropout)

        self.spec = spec
        self.depth = pyramid.depth
        self.widths = list(widths or inward)
        self.pad = nn.Identity() if pyramid.fits else nd.Pad(pyramid.margins)
        self.down = nn.Sequential(
            *(
                residual_down(style, inputs, outputs, first=block == 0)
                for block, (inputs, outputs) in enumerate(pairwise([spec.channels, *self.widths]))
            )
        )
        self.activation = style.activation_layer()
        self.head = nn.Linear(self.widths[-1], 1)
        initialise(self, init)
        if norm == "spectral":
            constrain_spectral_norm(self)

    def features(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> the last map summed over its positions: (N, widths[-1])."""
        maps: Tensor = self.activation(self.down(self.pad(samples)))
        return maps.flatten(2).sum(2)

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> logits (N,)."""
        logits: Tensor = self.head(self.features(samples))
        return logits.flatten()
