"""Layers by number of spatial dimensions: 1 to 3, or 0 for points; and convolutions that scale sizes exactly.

This module depends on shapes only, not on particular networks or norms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_cli.networks import convolution

Layers = dict[int, Callable[..., nn.Module]]
"""The classes of one layer, by the number of spatial dimensions."""

CONV: Layers = {1: convolution.Conv1d, 2: convolution.Conv2d, 3: convolution.Conv3d}
CONV_TRANSPOSE: Layers = {
    1: convolution.ConvTranspose1d,
    2: convolution.ConvTranspose2d,
    3: convolution.ConvTranspose3d,
}
BATCH_NORM: Layers = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
INSTANCE_NORM: Layers = {1: nn.InstanceNorm1d, 2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
AVERAGE_POOL: Layers = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
DROPOUT: Layers = {0: nn.Dropout, 1: nn.Dropout1d, 2: nn.Dropout2d, 3: nn.Dropout3d}

POOLS: tuple[type[nn.Module], ...] = (
    *(nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d),
    *(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d),
)
"""Pooling layers, whose windows slide like those of convolutions."""

Margins = tuple[tuple[int, int], ...]
"""Per axis: positions before and after the data."""


class Pad(nn.Module):
    """Pad the data with zeros: (N, C, *size) -> (N, C, *(size + margins))."""

    def __init__(self, margins: Margins) -> None:
        super().__init__()
        self.margins = margins
        self._flat = [width for pair in reversed(margins) for width in pair]

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, *spatial) -> (N, C, *wider)."""
        return F.pad(maps, self._flat)


class Crop(nn.Module):
    """The inverse of `Pad`: (N, C, *(size + margins)) -> (N, C, *size); the result is a view."""

    def __init__(self, margins: Margins) -> None:
        super().__init__()
        self.margins = margins

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, *spatial) -> (N, C, *narrower)."""
        for axis, (before, after) in enumerate(self.margins, start=2):
            maps = maps.narrow(axis, before, maps.shape[axis] - before - after)
        return maps


class Shrink(nn.Module):
    """Adaptive average pooling, (N, C, *before) -> (N, C, *after), as a product with a matrix along each axis.

    torch's own has no deterministic backward pass on a GPU.

    Args:
        before: size of the maps.
        after: their size afterwards, per axis at most the size before.
    """

    def __init__(self, before: Sequence[int], after: Sequence[int]) -> None:
        super().__init__()
        for axis, (wide, narrow) in enumerate(zip(before, after, strict=True)):
            self.register_buffer(f"shares_{axis}", _shares(wide, narrow) if wide > narrow else None, persistent=False)
        self._axes = len(before)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, *before) -> (N, C, *after)."""
        for axis in range(self._axes):
            shares: Tensor | None = getattr(self, f"shares_{axis}")
            if shares is not None:
                maps = (maps.transpose(2 + axis, -1) @ shares.to(maps.dtype)).transpose(2 + axis, -1)
        return maps


def _shares(wide: int, narrow: int) -> Tensor:
    """Return the share of each of the old positions in the mean at each new one, (wide, narrow)."""
    place = torch.arange(narrow)
    first, end = place * wide // narrow, -((place + 1) * -wide // narrow)
    old = torch.arange(wide)[:, None]
    inside = (old >= first) & (old < end)
    return inside / inside.sum(dim=0)


def chain(**layers: nn.Module | None) -> nn.Sequential:
    """Named layers in sequence. Layers that are None are left out, and the names of the others do not change."""
    row = nn.Sequential()
    for name, layer in layers.items():
        if layer is not None:
            row.add_module(name, layer)
    return row


class _WholeMap(nn.modules.conv._ConvNd):
    """A convolution whose kernel is as large as the map, computed as the matrix product that it is.

    Libraries of convolutions treat this case badly: with one output channel the product is five times as fast on a CPU.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """(N, inputs, *size) -> (N, outputs, 1, ...)."""
        weight, in_order = self.weight, maps
        if not maps.is_contiguous():  # channels last
            weight, in_order = weight.movedim(1, -1), maps.movedim(1, -1)
        product = F.linear(in_order.flatten(1), weight.flatten(1), self.bias)
        return product.reshape(*product.shape, *(1 for _ in self.kernel_size))


class WholeMap1d(_WholeMap, nn.Conv1d):
    """`_WholeMap` in one dimension."""


class WholeMap2d(_WholeMap, nn.Conv2d):
    """`_WholeMap` in two dimensions."""


class WholeMap3d(_WholeMap, nn.Conv3d):
    """`_WholeMap` in three dimensions."""


WHOLE_MAP: Layers = {1: WholeMap1d, 2: WholeMap2d, 3: WholeMap3d}


def conv_same(ndim: int, inputs: int, outputs: int, kernel_size: int, *, bias: bool) -> nn.Module:
    """A convolution that keeps the size. An even kernel reaches one position further forward than backward."""
    if kernel_size % 2:
        return CONV[ndim](inputs, outputs, kernel_size, padding=kernel_size // 2, bias=bias)
    pad = Pad(((kernel_size // 2 - 1, kernel_size // 2),) * ndim)
    return chain(pad=pad, conv=CONV[ndim](inputs, outputs, kernel_size, bias=bias))


def conv_down(ndim: int, inputs: int, outputs: int, kernel_size: int, stride: int, *, bias: bool) -> nn.Module:
    """A convolution that divides each extent by `stride`; needs multiples of the stride and kernel_size >= stride."""
    if stride == 1:
        return conv_same(ndim, inputs, outputs, kernel_size, bias=bias)
    padding, _ = exact_padding(kernel_size, stride)
    return CONV[ndim](inputs, outputs, kernel_size, stride=stride, padding=padding, bias=bias)


def conv_up(ndim: int, inputs: int, outputs: int, kernel_size: int, stride: int, *, bias: bool) -> nn.Module:
    """A transposed convolution that multiplies each extent by `stride` exactly; a plain convolution for stride 1."""
    if stride == 1:
        return conv_same(ndim, inputs, outputs, kernel_size, bias=bias)
    padding, output_padding = exact_padding(kernel_size, stride)
    return CONV_TRANSPOSE[ndim](
        inputs, outputs, kernel_size, stride=stride, padding=padding, output_padding=output_padding, bias=bias
    )


def exact_padding(kernel_size: int, stride: int) -> tuple[int, int]:
    """Return the padding and output padding that scale exactly by `stride` >= 2, for every kernel_size >= stride.

    With p = ceil((k - s) / 2), downsampling gives floor((s n + 2p - k) / s) + 1 = n. Upsampling, with the output
    padding 2p - (k - s), gives (n - 1) s - 2p + k + 2p - (k - s) = s n.
    """
    padding = -((stride - kernel_size) // 2)
    return padding, 2 * padding - (kernel_size - stride)
