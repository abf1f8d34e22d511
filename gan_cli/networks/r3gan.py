"""The networks of R3GAN: grouped residual blocks without norm, the same ones in both networks."""

from __future__ import annotations

import math
from typing import Annotated, TypeVar

import torch
from annotated_types import Ge, Le
from torch import Tensor, nn

from gan_cli.networks import nd
from gan_cli.networks.base import Latent, LatentKind
from gan_cli.networks.blocks import Residual, ending
from gan_cli.networks.geometry import Pyramid, doubling_widths
from gan_cli.networks.kinds import require_spatial
from gan_cli.networks.options import Channels, Depth, DropoutRate, KernelSize, build_activation, build_dropout
from gan_cli.networks.upsampling import Linear
from gan_cli.spec import SampleSpec

Layer = TypeVar("Layer", bound=nn.Module)
Blocks = Annotated[int, Ge(1), Le(16)]
Expansion = Annotated[int, Ge(1), Le(16)]

_STRIDE = 2
_GAIN = math.sqrt(2.0 / (1.0 + 0.2**2))
"""By which LeakyReLU(0.2) shrinks the standard deviation of its input; weights make up for it."""


class Basis(nn.Module):
    """One map per channel, each multiplied by a number that depends on the latent: (N, latent) -> (N, C, *size)."""

    def __init__(self, latent_dim: int, channels: int, size: tuple[int, ...]) -> None:
        super().__init__()
        self.linear = _scaled(nn.Linear(latent_dim, channels, bias=False))
        self.maps = nn.Parameter(torch.randn(channels, *size))

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> the first map (N, C, *size)."""
        shares: Tensor = self.linear(latents)
        return shares.reshape(*shares.shape, *(1 for _ in self.maps.shape[1:])) * self.maps


class Halve(nn.Module):
    """Bilinear downsampling, (N, C, *size) -> (N, C, *(size / 2)): each axis is weighted by (1, 3, 3, 1) / 8."""

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, *size) -> (N, C, *(size / 2)); sizes are even."""
        for axis in range(2, maps.ndim):
            here = (slice(None),) * axis
            left, right = maps[(*here, slice(0, None, 2))], maps[(*here, slice(1, None, 2))]
            last = left.shape[axis] - 1
            before = torch.cat([left.narrow(axis, 0, 1), right.narrow(axis, 0, last)], axis)
            after = torch.cat([left.narrow(axis, 1, last), right.narrow(axis, last, 1)], axis)
            maps = (left + right) * 0.375 + (before + after) * 0.125
        return maps


class R3GANGenerator(nn.Module):
    """Learned 4x4 maps that the latent mixes, then in turns residual blocks and bilinear upsampling, then tanh.

    Huang et al. (2024), arXiv:2501.05441, section 4, in 1, 2 or 3 dimensions. A block widens its input by a 1x1
    convolution, convolves it in groups of channels, and narrows it again; nothing is normalised, weights are scaled at
    the start so that this does no harm, and the last weights of each block are zero then. With 768 channels everywhere
    it is the paper's network for CIFAR-10: 20.73 million parameters. The tanh is ours.

    Args:
        spec: kind, shape and value range of one sample.
        latent_dim: size of the latent vector (aliases: nz, z_dim).
        latent: `normal` for N(0, I), `uniform` for U(-1, 1).
        depth: number of upsampling layers, 1 to 16; None: start at 4 to 6 positions per side, at least 2 layers from
            size 8.
        base_channels: channels of the map next to the data, doubled in each map further from it (aliases: ngf, f).
        max_channels: upper limit of the channels when they are doubled.
        blocks: residual blocks at each size.
        expansion: factor by which a block widens its input.
        group_channels: channels of one group of the convolutions inside blocks, at least.
        kernel_size: kernel size of these convolutions (alias: filter size).
        dropout: share of channels that is dropped inside each block in training, [0, 1).

    Raises:
        SettingError: the data are points or too small for the depth.
    """

    def __init__(
        self,
        spec: SampleSpec,
        *,
        latent_dim: Channels = 64,
        latent: LatentKind = "normal",
        depth: Depth | None = None,
        base_channels: Channels = 64,
        max_channels: Channels = 512,
        blocks: Blocks = 2,
        expansion: Expansion = 2,
        group_channels: Channels = 16,
        kernel_size: KernelSize = 3,
        dropout: DropoutRate = 0.0,
    ) -> None:
        super().__init__()
        require_spatial(spec, side="generator", choice="r3gan")
        pyramid = Pyramid.over(spec.spatial, stride=_STRIDE, depth=depth, widths=None)
        wide = doubling_widths(pyramid.depth + 1, base_channels=base_channels, max_channels=max_channels)[::-1]
        make = _BlockMaker(spec.ndim, blocks * len(wide), expansion, group_channels, kernel_size, dropout)

        self.spec = spec
        self.latent = Latent(latent_dim, latent)
        self.depth = pyramid.depth
        self.start = Basis(latent_dim, wide[0], pyramid.start)
        self.stages = nn.Sequential(
            *(
                nd.chain(
                    change=None if stage == 0 else _changed(spec.ndim, wide[stage - 1], width),
                    up=None if stage == 0 else Linear(_STRIDE),
                    blocks=make.several(blocks, width),
                )
                for stage, width in enumerate(wide)
            )
        )
        self.out = nd.chain(
            conv=_scaled(nd.CONV[spec.ndim](wide[-1], spec.channels, 1, bias=False)),
            crop=None if pyramid.fits else nd.Crop(pyramid.margins),
            range=ending(spec),
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Latents z (N, latent_dim) -> samples (N, C, *spatial)."""
        samples: Tensor = self.out(self.stages(self.start(latents)))
        return samples


class R3GANDiscriminator(nn.Module):
    """The generator's mirror image: in turns residual blocks and bilinear downsampling, then one filter per channel.

    Huang et al. (2024), arXiv:2501.05441, section 4, in 1, 2 or 3 dimensions. With 768 channels everywhere it is the
    paper's network for CIFAR-10: 20.68 million parameters.

    Args:
        spec: kind, shape and value range of one sample.
        depth: number of downsampling layers, 1 to 16; None: down to 4 to 6 positions per side, at least 2 layers from
            size 8.
        base_channels: channels of the map next to the data, doubled in each map further from it (aliases: ndf, f).
        max_channels: upper limit of the channels when they are doubled.
        blocks: residual blocks at each size.
        expansion: factor by which a block widens its input.
        group_channels: channels of one group of the convolutions inside blocks, at least.
        kernel_size: kernel size of these convolutions (alias: filter size).
        dropout: share of channels that is dropped inside each block in training, [0, 1).

    Raises:
        SettingError: the data are points or too small for the depth.
    """

    def __init__(
        self,
        spec: SampleSpec,
        *,
        depth: Depth | None = None,
        base_channels: Channels = 64,
        max_channels: Channels = 512,
        blocks: Blocks = 2,
        expansion: Expansion = 2,
        group_channels: Channels = 16,
        kernel_size: KernelSize = 3,
        dropout: DropoutRate = 0.0,
    ) -> None:
        super().__init__()
        require_spatial(spec, side="discriminator", choice="r3gan")
        pyramid = Pyramid.over(spec.spatial, stride=_STRIDE, depth=depth, widths=None)
        wide = doubling_widths(pyramid.depth + 1, base_channels=base_channels, max_channels=max_channels)
        make = _BlockMaker(spec.ndim, blocks * len(wide), expansion, group_channels, kernel_size, dropout)
        last = wide[-1]

        self.spec = spec
        self.depth = pyramid.depth
        self.pad = nn.Identity() if pyramid.fits else nd.Pad(pyramid.margins)
        self.read = _scaled(nd.CONV[spec.ndim](spec.channels, wide[0], 1, bias=False))
        self.stages = nn.Sequential(
            *(
                nd.chain(
                    blocks=make.several(blocks, width),
                    down=None if width_after is None else Halve(),
                    change=None if width_after is None else _changed(spec.ndim, width, width_after),
                )
                for width, width_after in zip(wide, [*wide[1:], None], strict=True)
            )
        )
        self.basis = _scaled(nd.CONV[spec.ndim](last, last, pyramid.start, groups=last, bias=False))
        self.head = _scaled(nn.Linear(last, 1, bias=False))

    def features(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> one number per channel of the last map, (N, channels)."""
        maps: Tensor = self.basis(self.stages(self.read(self.pad(samples))))
        return maps.flatten(1)

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (N, C, *spatial) -> logits (N,)."""
        logits: Tensor = self.head(self.features(samples))
        return logits.flatten()


class _BlockMaker:
    """Makes the residual blocks of one network, which share all settings but the number of channels.

    Args:
        ndim: spatial dimensions, 1 to 3.
        total: residual blocks of the network, by which the scale of their weights falls.
        expansion: factor by which a block widens its input.
        group_channels: channels of one group, at least.
        kernel_size: kernel size of the convolution in groups.
        dropout: dropout rate in [0, 1).
    """

    def __init__(
        self, ndim: int, total: int, expansion: int, group_channels: int, kernel_size: int, dropout: float
    ) -> None:
        self._ndim = ndim
        self._gain = _GAIN * total**-0.25
        self._expansion = expansion
        self._group_channels = group_channels
        self._kernel_size = kernel_size
        self._dropout = dropout

    def several(self, count: int, channels: int) -> nn.Sequential:
        """Return blocks in sequence that keep the number of channels."""
        return nn.Sequential(*(self._block(channels) for _ in range(count)))

    def _block(self, channels: int) -> Residual:
        """Return y = x + narrow(a(grouped(a(widen(x))))), with biases in front of the activations a."""
        ndim, size, inner = self._ndim, self._kernel_size, channels * self._expansion
        fewest = min(self._group_channels, inner)
        grouped = next(width for width in range(fewest, inner + 1) if inner % width == 0)
        conv, odd = nd.CONV[ndim], size % 2 == 1
        main = nd.chain(
            widen=_scaled(conv(channels, inner, 1), self._gain),
            activation1=build_activation("leaky_relu"),
            dropout=build_dropout(self._dropout, ndim),
            pad=None if odd else nd.Pad(((size // 2 - 1, size // 2),) * ndim),
            grouped=_scaled(
                conv(inner, inner, size, padding=size // 2 if odd else 0, groups=inner // grouped), self._gain
            ),
            activation2=build_activation("leaky_relu"),
            narrow=_scaled(conv(inner, channels, 1, bias=False), 0.0),
        )
        return Residual(main, nn.Identity(), f"Residual {channels}→{inner}→{channels}, {size} in groups of {grouped}")


def _changed(ndim: int, inputs: int, outputs: int) -> nn.Module | None:
    """Return a 1x1 convolution to another number of channels; None if it stays the same."""
    return None if inputs == outputs else _scaled(nd.CONV[ndim](inputs, outputs, 1, bias=False))


def _scaled(layer: Layer, gain: float = 1.0) -> Layer:
    """Draw weights N(0, gain^2 / fan_in) and set biases to zero; return the layer."""
    weight, bias = layer.weight, layer.bias
    assert isinstance(weight, Tensor)
    nn.init.normal_(weight, 0.0, gain / math.sqrt(weight[0].numel()))
    if isinstance(bias, Tensor):
        nn.init.zeros_(bias)
    return layer
