"""The convolutional networks for audio, images and voxels: DCGAN's generator and discriminator, and variants."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from gan_cli.networks import nd
from gan_cli.networks.base import Latent, LatentKind
from gan_cli.networks.blocks import Style, down_block, ending, start_map, up_block
from gan_cli.networks.geometry import Pyramid, doubling_widths, require_overlap, require_positions
from gan_cli.networks.initialise import Init, constrain_spectral_norm, initialise
from gan_cli.networks.kinds import require_sound, require_spatial
from gan_cli.networks.options import (
    Activation,
    Channels,
    Depth,
    DiscriminatorNorm,
    DropoutRate,
    KernelSize,
    Norm,
    Shift,
    Stride,
    Taps,
)
from gan_cli.networks.phase_shuffle import require_phases
from gan_cli.networks.upsampling import Upsampling
from gan_cli.spec import SampleSpec


class ConvGenerator(nn.Module):
    """A linear layer to a first map, then transposed convolutions up to the size of the data, then tanh.

    Radford et al. (2016), arXiv:1511.06434, section 3, in 1, 2 or 3 dimensions. It has no pooling, batch norm
    everywhere but at the output, and no fully connected hidden layer. The defaults give the paper's 64x64 network:
    3,600,256 parameters.

    Args:
        spec: kind, shape and value range of one sample.
        latent_dim: size of the latent vector (aliases: nz, z_dim).
        latent: `normal` for N(0, I), `uniform` for U(-1, 1).
        depth: number of upsampling layers, 1 to 16; None: start at 4 to 6 positions per side, at least 2 layers from
            size 8.
        base_channels: channels of the map next to the data, doubled in each layer further from it (aliases: ngf, f).
        max_channels: upper limit of the channels when they are doubled.
        widths: channels of each map from the latent to the data; replaces depth and base_channels.
        kernel_size: kernel size of every transposed convolution, at least the stride (alias: filter size).
        stride: upsampling factor per layer.
        upsampling: `transposed` for transposed convolutions; `nearest` or `linear` enlarge first and convolve then.
        smoothing: length of a filter behind the output that is learned with the rest, for sound; 0 for none.
        norm: normalisation after every layer but the last.
        activation: nonlinearity of every layer but the last.
        dropout: share of channels that is dropped after each hidden layer in training, [0, 1).
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
        kernel_size: KernelSize = 4,
        stride: Stride = 2,
        upsampling: Upsampling = "transposed",
        smoothing: Taps = 0,
        norm: Norm = "batch",
        activation: Activation = "relu",
        dropout: DropoutRate = 0.0,
        init: Init = "normal",
    ) -> None:
        super().__init__()
        require_spatial(spec, side="generator", choice="conv")
        if upsampling == "transposed":
            require_overlap(kernel_size, stride)
        require_sound(spec, setting="smoothing", value=smoothing, does="filters")
        pyramid = Pyramid.over(spec.spatial, stride=stride, depth=depth, widths=widths)
        require_positions(norm, pyramid.start)
        inward = doubling_widths(pyramid.depth, base_channels=base_channels, max_channels=max_channels)
        style = Style(spec.ndim, kernel_size, stride, norm, activation, dropout, upsampling)

        self.spec = spec
        self.latent = Latent(latent_dim, latent)
        self.depth = pyramid.depth
        self.widths = list(widths or reversed(inward))
        self.start = start_map(style, latent_dim, self.widths[0], pyramid.start)
        self.up = nn.Sequential(*(up_block(style, wide, narrow) for wide, narrow in pairwise(self.widths)))
        self.out = nd.chain(
            conv=style.conv_up(self.widths[-1], spec.channels),
            crop=None if pyramid.fits else nd.Crop(pyramid.margins),
            range=ending(spec),
            smooth=nd.conv_same(1, spec.channels, spec.channels, smoothing, bias=False) if smoothing else None,
        )
        initialise(self, init)

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, *spatial)."""
        samples: Tensor = self.out(self.up(self.start(latents)))
        return samples


class ConvDiscriminator(nn.Module):
    """Strided convolutions down to the size of the generator's first map, then one filter of that size for the logit.

    Radford et al. (2016), arXiv:1511.06434, section 3, in 1, 2 or 3 dimensions. It has LeakyReLU(0.2), batch norm after
    all but the first layer, and no fully connected hidden layer. The defaults give the paper's 64x64 network: 2,765,568
    parameters. `norm=spectral` gives SN-DCGAN: biases instead of batch norm, and every weight is divided by its largest
    singular value.

    Args:
        spec: kind, shape and value range of one sample.
        depth: number of downsampling layers, 1 to 16; None: down to 4 to 6 positions per side, at least 2 layers from
            size 8.
        base_channels: channels of the map next to the data, doubled in each layer further from it (aliases: ndf, f).
        max_channels: upper limit of the channels when they are doubled.
        widths: channels of each map from the data to the logit; replaces depth and base_channels.
        kernel_size: kernel size of every strided convolution, at least the stride (alias: filter size).
        stride: downsampling factor per layer.
        phase_shuffle: largest random shift, in positions, of the maps of sound between layers in training; 0 for none.
        norm: normalisation after every layer but the first; `spectral` acts on all layers.
        activation: nonlinearity.
        dropout: share of channels that is dropped after each layer in training, [0, 1).
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
        kernel_size: KernelSize = 4,
        stride: Stride = 2,
        phase_shuffle: Shift = 0,
        norm: DiscriminatorNorm = "batch",
        activation: Activation = "leaky_relu",
        dropout: DropoutRate = 0.0,
        init: Init = "normal",
    ) -> None:
        super().__init__()
        require_spatial(spec, side="discriminator", choice="conv")
        require_overlap(kernel_size, stride)
        pyramid = Pyramid.over(spec.spatial, stride=stride, depth=depth, widths=widths)
        require_positions(norm, pyramid.start)
        inward = doubling_widths(pyramid.depth, base_channels=base_channels, max_channels=max_channels)
        style = Style(spec.ndim, kernel_size, stride, norm, activation, dropout)

        self.spec = spec
        self.depth = pyramid.depth
        self.widths = list(widths or inward)
        self.pad = nn.Identity() if pyramid.fits else nd.Pad(pyramid.margins)
        steps = list(enumerate(pairwise([spec.channels, *self.widths]), start=1))
        require_phases(phase_shuffle, spec, pyramid.start[0] * stride)
        self.down = nn.Sequential(
            *(
                down_block(
                    style, inputs, outputs, normed=step > 1, phase_shuffle=phase_shuffle if step < len(steps) else 0
                )
                for step, (inputs, outputs) in steps
            )
        )
        self.head = nd.WHOLE_MAP[spec.ndim](self.widths[-1], 1, pyramid.start, bias=style.bias)
        initialise(self, init)
        if norm == "spectral":
            constrain_spectral_norm(self)

    def features(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> the flattened last map (N, widths[-1] * positions)."""
        return self._last_map(samples).flatten(1)

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> logits (N,)."""
        logits: Tensor = self.head(self._last_map(samples))
        return logits.flatten()

    def _last_map(self, samples: Tensor) -> Tensor:
        maps: Tensor = self.down(self.pad(samples))
        return maps
