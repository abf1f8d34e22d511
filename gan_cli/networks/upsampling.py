"""Layers that enlarge maps: repetition, interpolation, and the convolutions that go with them."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_cli.memory_format import CHANNELS_LAST
from gan_cli.networks import nd

Upsampling = Literal["transposed", "nearest", "linear"]


def _is_torchs_faster(maps: Tensor) -> bool:
    """Whether these are images or voxels on a CPU.

    torch enlarges them 4 to 30 times as fast as our operations do if channels are last in memory. Its backward passes
    are not deterministic on a GPU.
    """
    return maps.device.type == "cpu" and maps.ndim > 3


def _channels_last(maps: Tensor) -> Tensor:
    return maps.contiguous(memory_format=CHANNELS_LAST[maps.ndim])


class Nearest(nn.Module):
    """Repeats each value, (N, C, *size) -> (N, C, *(size * factor)).

    Args:
        factor: how often each value is repeated along each axis.
    """

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, *size) -> (N, C, *(size * factor))."""
        if _is_torchs_faster(maps):
            return F.interpolate(_channels_last(maps), scale_factor=float(self.factor), mode="nearest")
        for axis in range(2, maps.ndim):
            maps = maps.repeat_interleave(self.factor, axis, output_size=maps.shape[axis] * self.factor)
        return maps

    def extra_repr(self) -> str:
        return f"factor={self.factor}"


class Linear(nn.Module):
    """Interpolates linearly along each axis, (N, C, *size) -> (N, C, *(size * factor)).

    It equals `torch.nn.functional.interpolate` with `align_corners=False`. Each axis alone is a transposed convolution
    with a triangle, whose numbers are the attributes.

    Args:
        factor: how many values are made of each along each axis.

    Attributes:
        kernel_size: the width of the triangle.
        stride: the same as `factor`.
        padding: how far the triangle reaches beyond the `factor` values that are made of one.
    """

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.stride = factor
        self.kernel_size = 2 * factor - factor % 2
        self.padding = factor // 2
        self._places = [(2 * place + 1 - factor) / (2 * factor) for place in range(factor)]

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, *size) -> (N, C, *(size * factor))."""
        if _is_torchs_faster(maps):
            mode = {4: "bilinear", 5: "trilinear"}[maps.ndim]
            return F.interpolate(_channels_last(maps), scale_factor=float(self.stride), mode=mode, align_corners=False)
        for axis in range(2, maps.ndim):
            last = maps.shape[axis] - 1
            before = torch.cat([maps.narrow(axis, 0, 1), maps.narrow(axis, 0, last)], axis)
            after = torch.cat([maps.narrow(axis, 1, last), maps.narrow(axis, last, 1)], axis)
            parts = [torch.lerp(maps, before if place < 0.0 else after, abs(place)) for place in self._places]
            maps = torch.stack(parts, axis + 1).flatten(axis, axis + 1)
        return maps

    def extra_repr(self) -> str:
        return f"factor={self.stride}"


def conv_up(
    kind: Upsampling, ndim: int, inputs: int, outputs: int, kernel_size: int, stride: int, *, bias: bool
) -> nn.Module:
    """Layers that multiply each extent by `stride`: (N, inputs, *size) -> (N, outputs, *(size * stride)).

    `transposed` is one transposed convolution. Where its kernel is no multiple of the stride, outputs are sums of
    different numbers of inputs, and untrained ones show a comb in sound and a checkerboard in images. `nearest` and
    `linear` enlarge first and convolve then; Odena et al. (2016), https://doi.org/10.23915/distill.00003.
    """
    if kind == "transposed" or stride == 1:
        return nd.conv_up(ndim, inputs, outputs, kernel_size, stride, bias=bias)
    enlarge = Nearest(stride) if kind == "nearest" else Linear(stride)
    return nd.chain(enlarge=enlarge, conv=nd.conv_same(ndim, inputs, outputs, kernel_size, bias=bias))
