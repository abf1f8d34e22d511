"""The building blocks of the convolutional networks, and the output layer of every generator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor, nn

from gan_cli.networks import nd
from gan_cli.networks.options import (
    Activation,
    DiscriminatorNorm,
    build_activation,
    build_dropout,
    build_norm,
    carries_bias,
)
from gan_cli.networks.phase_shuffle import PhaseShuffle
from gan_cli.networks.upsampling import Upsampling, conv_up
from gan_cli.spec import SampleSpec


@dataclass(frozen=True)
class Style:
    """The settings that all blocks of one network share.

    Attributes:
        ndim: spatial dimensions, 1 to 3.
        kernel_size: kernel size of the convolutions.
        stride: factor of each upsampling or downsampling.
        norm: normalisation of the maps.
        activation: nonlinearity.
        dropout: dropout rate in [0, 1).
        upsampling: how convolutions enlarge maps.
    """

    ndim: int
    kernel_size: int
    stride: int
    norm: DiscriminatorNorm
    activation: Activation
    dropout: float
    upsampling: Upsampling = "transposed"

    @property
    def bias(self) -> bool:
        """Whether convolutions have a bias: not if the norm after them cancels it."""
        return carries_bias(self.norm, self.ndim)

    @property
    def norms(self) -> bool:
        """Whether the maps are normalised."""
        return self.norm not in ("none", "spectral")

    def norm_layer(self, channels: int) -> nn.Module | None:
        """The norm layer for a map of `channels`, or None."""
        return build_norm(self.norm, channels, self.ndim)

    def activation_layer(self, *, inplace: bool = True) -> nn.Module:
        """The nonlinearity; set `inplace` to False if another branch reads the same map."""
        return build_activation(self.activation, inplace=inplace)

    def dropout_layer(self) -> nn.Module | None:
        """The dropout layer, or None for a rate of 0."""
        return build_dropout(self.dropout, self.ndim)

    def conv_up(self, inputs: int, outputs: int) -> nn.Module:
        """The layers that enlarge a map by the stride: (N, inputs, *size) -> (N, outputs, *(size * stride))."""
        size, factor = self.kernel_size, self.stride
        return conv_up(self.upsampling, self.ndim, inputs, outputs, size, factor, bias=self.bias)


def start_map(
    style: Style, latent_dim: int, channels: int, size: Sequence[int], *, activated: bool = True
) -> nn.Sequential:
    """Latent (N, latent_dim) -> the first map (N, channels, *size): Linear and, if `activated`, norm and activation.

    Batch norm acts on each of the channels * positions units, as in DCGAN; the other norms act on the map.
    """
    values = channels * math.prod(size)
    # Batch norm cancels this bias too, but the reference networks have it, and parameter counts should be comparable.
    linear = nn.Linear(latent_dim, values)
    reshape = nn.Unflatten(1, (channels, *size))
    if not activated:
        return nd.chain(linear=linear, reshape=reshape)
    activation, dropout = style.activation_layer(), style.dropout_layer()
    if style.norm in ("none", "batch"):
        norm = build_norm(style.norm, values, 0)
        return nd.chain(linear=linear, norm=norm, activation=activation, reshape=reshape, dropout=dropout)
    norm = style.norm_layer(channels)
    return nd.chain(linear=linear, reshape=reshape, norm=norm, activation=activation, dropout=dropout)


def up_block(style: Style, inputs: int, outputs: int) -> nn.Sequential:
    """Transposed convolution, norm, activation: (N, inputs, *size) -> (N, outputs, *(size * stride))."""
    return nd.chain(
        conv=style.conv_up(inputs, outputs),
        norm=style.norm_layer(outputs),
        activation=style.activation_layer(),
        dropout=style.dropout_layer(),
    )


def down_block(style: Style, inputs: int, outputs: int, *, normed: bool, phase_shuffle: int = 0) -> nn.Sequential:
    """Strided convolution, norm, activation: (N, inputs, *size) -> (N, outputs, *(size / stride))."""
    return nd.chain(
        conv=nd.conv_down(style.ndim, inputs, outputs, style.kernel_size, style.stride, bias=style.bias),
        norm=style.norm_layer(outputs) if normed else None,
        activation=style.activation_layer(),
        dropout=style.dropout_layer(),
        shuffle=PhaseShuffle(phase_shuffle) if phase_shuffle else None,
    )


class Residual(nn.Module):
    """A residual block, y = main(x) + skip(x). Its `describe` method makes it one row of a profile."""

    def __init__(self, main: nn.Module, skip: nn.Module, description: str) -> None:
        super().__init__()
        self.main = main
        self.skip = skip
        self._description = description

    def describe(self) -> str:
        """The text of the block in a table of layers."""
        return self._description

    def forward(self, maps: Tensor) -> Tensor:
        """(N, inputs, *size) -> (N, outputs, *scaled)."""
        total: Tensor = self.main(maps) + self.skip(maps)
        return total


def residual_up(style: Style, inputs: int, outputs: int) -> Residual:
    """A block with nearest-neighbour upsampling: y = conv(a(n(conv(up(a(n(x))))))) + up(conv1x1(x)).

    Here a is the activation and n the norm; Miyato et al. (2018), arXiv:1802.05957, appendix B. The 1x1 convolution
    comes before the upsampling because it is cheaper there; both orders give the same values.
    """
    main = nd.chain(
        norm1=style.norm_layer(inputs),
        activation1=style.activation_layer(inplace=style.norms),
        up=_upsampling(style),
        conv1=nd.conv_same(style.ndim, inputs, outputs, style.kernel_size, bias=style.bias),
        norm2=style.norm_layer(outputs),
        activation2=style.activation_layer(),
        dropout=style.dropout_layer(),
        conv2=nd.conv_same(style.ndim, outputs, outputs, style.kernel_size, bias=style.bias),
    )
    skip = nd.chain(conv=nd.CONV[style.ndim](inputs, outputs, 1, bias=False), up=_upsampling(style))
    return Residual(main, skip, f"Residual {inputs}→{outputs}, {style.kernel_size}, up {style.stride}")


def residual_down(style: Style, inputs: int, outputs: int, *, first: bool) -> Residual:
    """A block with average pooling: y = pool(conv(a(n(conv(a(n(x))))))) + conv1x1(pool(x)).

    Here a is the activation and n the norm; Miyato et al. (2018), arXiv:1802.05957, appendix B. The `first` block reads
    the data, without norm and activation in front of its first convolution; it has no norm at all. The other blocks
    change the number of channels in their second convolution. Blocks of the generator do so in their first one, so that
    both cost the same.
    """
    style = replace(style, norm="none") if first else style
    hidden = outputs if first else inputs
    main = nd.chain(
        norm1=style.norm_layer(inputs),
        activation1=None if first else style.activation_layer(inplace=style.norms),
        conv1=nd.conv_same(style.ndim, inputs, hidden, style.kernel_size, bias=style.bias),
        norm2=style.norm_layer(hidden),
        activation2=style.activation_layer(),
        dropout=style.dropout_layer(),
        conv2=nd.conv_same(style.ndim, hidden, outputs, style.kernel_size, bias=style.bias),
        pool=_pooling(style),
    )
    skip = nd.chain(pool=_pooling(style), conv=nd.CONV[style.ndim](inputs, outputs, 1, bias=False))
    return Residual(main, skip, f"Residual {inputs}→{outputs}, {style.kernel_size}, down {style.stride}")


def _upsampling(style: Style) -> nn.Module | None:
    return nn.Upsample(scale_factor=style.stride, mode="nearest") if style.stride > 1 else None


def _pooling(style: Style) -> nn.Module | None:
    return nd.AVERAGE_POOL[style.ndim](style.stride) if style.stride > 1 else None


class Bounded(nn.Module):
    """A tanh scaled to a range: (low + high) / 2 + (high - low) / 2 * tanh(x)."""

    nonlinear = True

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.middle = (low + high) / 2
        self.reach = (high - low) / 2

    def forward(self, values: Tensor) -> Tensor:
        """Values of any shape -> values of the same shape, within [low, high]."""
        return values.tanh() * self.reach + self.middle


def ending(spec: SampleSpec) -> nn.Module | None:
    """The output layer that keeps a generator inside the range of its data; None for unbounded data."""
    if spec.traits.ending == "shares":
        return nn.Softmax(dim=1)
    if spec.value_range is None:
        return None
    return nn.Tanh() if spec.value_range == (-1.0, 1.0) else Bounded(*spec.value_range)
