"""Convolutions on a CPU in another order of operations, where it is faster than that of the library of convolutions.

Three cases are slow there. The gradient of weights takes 1.3 to 7 times as long as a copy of all windows and one matrix
product, if there are few windows or the processor has tiles for bfloat16 (AMX). So does the convolution itself, 1.2 to
2.8 times, if there are few windows for its channels. And a transposed convolution takes as long for one output channel
as for sixteen, as does the gradient of a convolution's input: an equal convolution to stride^n times the channels,
which are then laid out as positions, takes half to a fifth of that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_MOST_VALUES = 2**24
"""Values of all windows up to which they stay in the caches."""

_MOST_WINDOWS = 16
"""Windows of one map up to which their copy and a product are faster without tiles too."""

_CHANNELS_PER_WINDOW = 16
"""Channels for each window of one map from which on the product is faster for the convolution itself, too."""

_FEWEST_CHANNELS = 16
"""Channels from which on the copy of the windows reads whole lines of memory."""

_BLOCK = 16
"""Channels that the library computes at once, also if there are fewer."""


class _Layer(nn.modules.conv._ConvNd):
    """A convolution that takes the faster way."""

    def forward(self, input: Tensor, *size: Any) -> Tensor:
        """(N, inputs, *spatial) -> (N, outputs, *spatial'); `size` as torch's transposed convolutions have it."""
        if _is_gradient_unsafe(self, input):
            with torch.autocast("cpu", enabled=False):
                precise: Tensor = super().forward(input.float(), *size)
            return precise
        way = None if size else _way(self, input)
        if way is None:
            torchs: Tensor = super().forward(input, *size)
            return torchs
        dtype = _dtype_for(input)
        given = (tensor if tensor is None else tensor.to(dtype) for tensor in (input, self.weight, self.bias))
        convolved: Tensor = _Convolution.apply(*given, way)
        return convolved


class Conv1d(_Layer, nn.Conv1d):
    """`torch.nn.Conv1d` in the faster way."""


class Conv2d(_Layer, nn.Conv2d):
    """`torch.nn.Conv2d` in the faster way."""


class Conv3d(_Layer, nn.Conv3d):
    """`torch.nn.Conv3d` in the faster way."""


class ConvTranspose1d(_Layer, nn.ConvTranspose1d):
    """`torch.nn.ConvTranspose1d` in the faster way."""


class ConvTranspose2d(_Layer, nn.ConvTranspose2d):
    """`torch.nn.ConvTranspose2d` in the faster way."""


class ConvTranspose3d(_Layer, nn.ConvTranspose3d):
    """`torch.nn.ConvTranspose3d` in the faster way."""


@dataclass(frozen=True)
class _Geometry:
    """What a convolution is besides its weights; each tuple has a value per axis."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    output_padding: tuple[int, ...] | None

    def sizes(self, maps: Tensor) -> tuple[list[int], list[int]]:
        """Return the spatial sizes of the smaller and the larger maps of a convolution that has `maps` as input."""
        given = list(maps.shape[2:])
        axes = zip(given, self.kernel, self.stride, self.padding, strict=True)
        if self.output_padding is None:
            return [(size + 2 * padding - kernel) // stride + 1 for size, kernel, stride, padding in axes], given
        enlarged = [(size - 1) * stride - 2 * padding + kernel for size, kernel, stride, padding in axes]
        return given, [size + more for size, more in zip(enlarged, self.output_padding, strict=True)]

    @property
    def transposed(self) -> bool:
        """Whether the step is from the smaller to the larger maps."""
        return self.output_padding is not None

    @property
    def reach(self) -> tuple[int, ...]:
        """Per axis: how many positions away values of the smaller maps are that one of the larger maps depends on."""
        axes = zip(self.kernel, self.stride, self.padding, strict=True)
        return tuple(
            max((stride - 1 + padding) // stride, (kernel - 1 - padding) // stride) for kernel, stride, padding in axes
        )

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments that torch's convolution and its gradients share, from the stride on."""
        none = (0,) * len(self.kernel)
        return self.stride, self.padding, (1,) * len(self.kernel), self.transposed, self.output_padding or none, 1


class _Way(NamedTuple):
    """How a convolution is computed.

    Attributes:
        geometry: of the convolution.
        enlarges: the step from the smaller to the larger maps is that of `_enlarged`.
        reduces: the step from the larger to the smaller maps is that of `_reduced`.
        multiplies: the gradient of the weights is that of `_weights`.
    """

    geometry: _Geometry
    enlarges: bool
    reduces: bool
    multiplies: bool


def _is_gradient_unsafe(layer: nn.modules.conv._ConvNd, maps: Tensor) -> bool:
    """Whether oneDNN may leave a part of the weights' gradient unwritten, with whatever the memory held before.

    It does so in bfloat16 for many kernels that are larger than the map that they slide over: on 2^3 voxels with a
    kernel of 3 the whole gradient is noise (seen with torch 2.14 on a processor with AVX512-BF16). float32 is right.
    """
    lowered = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") is torch.bfloat16
    if maps.device.type != "cpu" or not lowered:
        return False
    large = list(maps.shape[2:])
    if layer.transposed and not isinstance(layer.padding, str):
        up = _Geometry(layer.kernel_size, layer.stride, layer.padding, layer.output_padding)
        _, large = up.sizes(maps)
    return any(size < kernel for size, kernel in zip(large, layer.kernel_size, strict=False))


def _way(layer: nn.modules.conv._ConvNd, maps: Tensor) -> _Way | None:
    """Return how a layer is computed; None for torch's own way.

    The weight itself is not looked at: under spectral norm, each look is a step of its power iteration.
    """
    if maps.device.type != "cpu" or (geometry := _geometry(layer)) is None or maps.dim() != len(geometry.kernel) + 2:
        return None
    channels = layer.out_channels if layer.transposed else layer.in_channels  # of the larger maps
    reduces, multiplies = _products_pay(layer, maps, geometry, channels)
    way = _Way(geometry, _enlarging_pays(layer, maps, geometry, channels), reduces, multiplies)
    return way if way.enlarges or reduces or multiplies else None


def _geometry(layer: nn.modules.conv._ConvNd) -> _Geometry | None:
    """Return the geometry of a layer, or None for one with groups, holes or padding of another kind."""
    if layer.groups > 1 or max(layer.dilation) > 1 or layer.padding_mode != "zeros" or isinstance(layer.padding, str):
        return None
    up = layer.output_padding if layer.transposed else None
    return _Geometry(layer.kernel_size, layer.stride, layer.padding, up)


def _enlarging_pays(layer: nn.modules.conv._ConvNd, maps: Tensor, geometry: _Geometry, channels: int) -> bool:
    """Whether a layer enlarges maps, forward or in its gradient, by its stride exactly, to a few channels."""
    together = math.prod(geometry.stride)
    if together == 1 or channels * together > _BLOCK:
        return False
    if not layer.transposed and not (torch.is_grad_enabled() and maps.requires_grad):
        return False
    small, large = geometry.sizes(maps)
    return large == [size * stride for size, stride in zip(small, geometry.stride, strict=True)]


def _products_pay(
    layer: nn.modules.conv._ConvNd, maps: Tensor, geometry: _Geometry, channels: int
) -> tuple[bool, bool]:
    """Whether products are faster than torch's way from larger to smaller maps, and than its gradient of the weights.

    The first is the convolution itself, or the gradient of a transposed one's input. What will not be is not faster.
    """
    if len(geometry.kernel) != 2 or channels < _FEWEST_CHANNELS or _dtype_for(maps) is not torch.bfloat16:
        return False, False
    windows = math.prod(geometry.sizes(maps)[0])
    if len(maps) * windows * channels * math.prod(geometry.kernel) > _MOST_VALUES:
        return False, False
    learns = torch.is_grad_enabled() and any(parameter.requires_grad for parameter in layer.parameters())
    happens = not layer.transposed or (torch.is_grad_enabled() and maps.requires_grad)
    return (
        happens and windows * _CHANNELS_PER_WINDOW <= channels,
        learns and (windows <= _MOST_WINDOWS or multiplies_tiles()),
    )


def _dtype_for(maps: Tensor) -> torch.dtype:
    """Return the dtype in which a layer computes with these maps."""
    return torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else maps.dtype


@cache
def multiplies_tiles() -> bool:
    """Whether the processor has tiles for products in bfloat16 (AMX)."""
    return bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())


class _Convolution(torch.autograd.Function):
    """A convolution with gradients of all orders."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor | None, way: _Way) -> Tensor:
        """(N, inputs, *spatial) -> (N, outputs, *spatial'); layers behind it may write into what is no view."""
        ctx.way, geometry, windows = way, way.geometry, None
        if geometry.transposed and way.enlarges:
            made = _enlarged(maps, weight, geometry, bias).clone()
        elif not geometry.transposed and way.reduces:
            size = geometry.sizes(maps)[0]
            windows = _windows(maps, size, geometry)
            made = _reduced(windows, weight, size, bias).clone()
        else:
            made = torch.convolution(maps, weight, bias, *geometry.arguments)
        ctx.save_for_backward(maps, weight, windows if way.multiplies and ctx.needs_input_grad[1] else None)
        return made

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        """Return the gradients of the maps, the weight and the bias."""
        maps, weight, windows = ctx.saved_tensors
        way, geometry = ctx.way, ctx.way.geometry
        of_maps, of_weights, of_bias = (_is_wanted(ctx, place) for place in range(3))
        enlarges = of_maps and way.enlarges and not geometry.transposed
        reduces = of_maps and way.reduces and geometry.transposed
        multiplies = of_weights and way.multiplies
        above, beside, _ = torch.ops.aten.convolution_backward(
            *(gradient, maps, weight, None, *geometry.arguments),
            (of_maps and not enlarges and not reduces, of_weights and not multiplies, False),
        )
        small, large = (maps, gradient) if geometry.transposed else (gradient, maps)
        if (reduces or multiplies) and (windows is None or torch.is_grad_enabled()):
            windows = _windows(large, small.shape[2:], geometry)  # the kept ones have no graph
        if enlarges:
            above = _enlarged(small, weight, geometry)
        if reduces:
            above = _reduced(windows, weight, small.shape[2:])
        if multiplies:
            beside = _weights(windows, small, geometry).to(weight.dtype)
        return above, beside, gradient.sum((0, *range(2, gradient.dim()))) if of_bias else None, None


def _is_wanted(ctx: Any, place: int) -> bool:
    """Whether the gradient of an argument is wanted in this pass.

    Gradient penalties ask for that of the maps alone. torch tells its own functions so, but others only if they ask.
    """
    will_run = getattr(torch._C, "_will_engine_execute_node", lambda node: True)
    try:
        return ctx.needs_input_grad[place] and will_run(ctx.next_functions[place][0])
    except RuntimeError:  # a weight whose gradient was asked for by name
        return True


def _windows(large: Tensor, size: Sequence[int], geometry: _Geometry) -> Tensor:
    """Return a copy of all windows that a convolution reads or writes, a row each: (N H' W', kernel C).

    Args:
        large: the larger maps (N, C, H, W).
        size: the size of the smaller maps (H', W'), which have a position for each window.
        geometry: of the convolution.
    """
    (high, wide), (down, across) = geometry.kernel, geometry.stride
    tall, broad = geometry.padding
    padded = F.pad(large.movedim(1, -1), (0, 0, broad, broad, tall, tall))
    windows = padded.unfold(1, high, down).unfold(2, wide, across)  # (N, H'', W'', C, high, wide)
    return windows[:, : size[0], : size[1]].movedim(3, -1).flatten(0, 2).flatten(1)


def _reduced(windows: Tensor, weight: Tensor, size: Sequence[int], bias: Tensor | None = None) -> Tensor:
    """Return the smaller maps (N, C', H', W') of `size` (H', W'): the products of all windows with weights."""
    kernels = weight.movedim(1, -1).flatten(1)
    rows = windows @ kernels.mT if bias is None else torch.addmm(bias, windows, kernels.mT)
    return rows.view(-1, *size, len(weight)).movedim(-1, 1)


def _weights(windows: Tensor, small: Tensor, geometry: _Geometry) -> Tensor:
    """Return the gradient of the weights (C', C, *kernel): the product of the smaller maps with all windows."""
    product = small.movedim(1, -1).flatten(0, 2).mT @ windows
    return product.view(small.shape[1], *geometry.kernel, -1).movedim(-1, 1)


def _enlarged(maps: Tensor, weight: Tensor, geometry: _Geometry, bias: Tensor | None = None) -> Tensor:
    """Return what the transposed convolution of maps is, larger by the stride: (N, C', *size) -> (N, C, *stride size).

    Shi et al. (2016), arXiv:1609.07009, "Is the deconvolution layer the same as a convolutional layer?": a convolution
    makes all values of a cell of stride^n positions at once, as channels, which are then put in their places.

    Args:
        maps: the smaller maps.
        weight: (C', C, *kernel).
        geometry: of the convolution.
        bias: (C,).
    """
    stride, reach = geometry.stride, geometry.reach
    axes, (inner, channels), together = len(stride), weight.shape[:2], math.prod(stride)
    by_tap = F.pad(weight.flatten(2), (0, 1)).index_select(2, _taps(geometry))
    kernels = by_tap.view(inner, channels, together, *(2 * each + 1 for each in reach))
    wide = kernels.movedim((2, 1), (0, 1)).flatten(0, 1)  # (stride^n C, C', *)
    convolution = _Geometry(wide.shape[2:], (1,) * axes, reach, None)
    cells = torch.convolution(maps, wide, None if bias is None else bias.repeat(together), *convolution.arguments)
    cells = cells.movedim(1, -1)
    split = cells.reshape(*cells.shape[:-1], *stride, channels)  # (N, *size, *stride, C)
    places = [place for axis in range(1, axes + 1) for place in (axis, axis + axes)]
    sizes = (size * by for size, by in zip(maps.shape[2:], stride, strict=True))
    return split.permute(0, *places, 2 * axes + 1).reshape(len(maps), *sizes, channels).movedim(-1, 1)


@lru_cache(maxsize=64)
def _taps(geometry: _Geometry) -> Tensor:
    """Return which tap of the kernel is at each place of the kernels of `_enlarged`, (stride^n (2 reach + 1)^n,).

    Position s y + r of the larger maps gets x[y + m] w[t] for each tap t = r + p - s m. The place behind the last tap
    stands for none.
    """
    shifts = [range(-each, each + 1) for each in geometry.reach]
    places = {tap: place for place, tap in enumerate(product(*map(range, geometry.kernel)))}
    taps = []
    for offset, shift in product(product(*map(range, geometry.stride)), product(*shifts)):
        axes = zip(offset, shift, geometry.stride, geometry.padding, strict=True)
        taps.append(places.get(tuple(r + p - s * m for r, m, s, p in axes), len(places)))
    return torch.tensor(taps, device="cpu")
