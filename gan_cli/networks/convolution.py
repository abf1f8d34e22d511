"""Convolutions of images whose weights get their gradient from one matrix product where that is faster.

On processors with tiles for bfloat16 (AMX) the library of convolutions computes these gradients 1.5 to 7 times more
slowly than a copy of all windows and a product do, as long as the copy stays in the caches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_MOST_VALUES = 2**24
"""Values of all windows up to which they stay in the caches."""

_FEWEST_CHANNELS = 16
"""Channels from which on the copy of the windows reads whole lines of memory."""


class Conv2d(nn.Conv2d):
    """`torch.nn.Conv2d` whose weights get their gradient in the faster way."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H', W')."""
        geometry = _geometry(self) if _is_candidate(input) else None
        if geometry is None or not _pays(self, input, geometry.windows_of(input)):
            return super().forward(input)
        return _convolve(input, self.weight, self.bias, geometry)


class ConvTranspose2d(nn.ConvTranspose2d):
    """`torch.nn.ConvTranspose2d` whose weights get their gradient in the faster way."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H', W')."""
        geometry = _geometry(self) if output_size is None and _is_candidate(input) else None
        if geometry is None or not _pays(self, input, input.shape[-2:].numel()):
            return super().forward(input, output_size)
        return _convolve(input, self.weight, self.bias, geometry)


@dataclass(frozen=True)
class _Geometry:
    """What a convolution is besides its weights; pairs are of height and width."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    output_padding: tuple[int, int] | None

    def windows_of(self, maps: Tensor) -> int:
        """Return the number of windows of one map."""
        high, wide = (
            (size + 2 * padding - kernel) // stride + 1
            for size, kernel, stride, padding in zip(
                maps.shape[-2:], self.kernel, self.stride, self.padding, strict=True
            )
        )
        return high * wide

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments that torch's convolution and its gradients share, from the stride on."""
        transposed = self.output_padding is not None
        return self.stride, self.padding, (1, 1), transposed, self.output_padding or (0, 0), 1


def _geometry(layer: nn.Conv2d | nn.ConvTranspose2d) -> _Geometry | None:
    """Return the geometry of a layer, or None for one with groups, holes or padding of another kind."""
    if layer.groups > 1 or layer.dilation != (1, 1) or layer.padding_mode != "zeros" or isinstance(layer.padding, str):
        return None
    up = layer.output_padding if layer.transposed else None
    return _Geometry(layer.kernel_size, layer.stride, layer.padding, up)  # type: ignore[arg-type]


def _is_candidate(maps: Tensor) -> bool:
    """Whether the product may be faster than torch's gradient; asked first, because this costs the others nothing."""
    return maps.device.type == "cpu" and torch.is_grad_enabled() and _in_bfloat16(maps) and multiplies_tiles()


def _pays(layer: nn.Conv2d | nn.ConvTranspose2d, maps: Tensor, windows: int) -> bool:
    """Whether the product is faster than torch's gradient of a candidate, if there will be one.

    The weight itself is not looked at: under spectral norm, each look is a step of its power iteration.
    """
    unfolded = layer.out_channels if layer.transposed else layer.in_channels  # channels of the larger maps
    values = len(maps) * windows * unfolded * layer.kernel_size[0] * layer.kernel_size[1]
    return (
        unfolded >= _FEWEST_CHANNELS
        and values <= _MOST_VALUES
        and any(parameter.requires_grad for parameter in layer.parameters())
    )


def _in_bfloat16(maps: Tensor) -> bool:
    if torch.is_autocast_enabled("cpu"):
        return torch.get_autocast_dtype("cpu") is torch.bfloat16
    return maps.dtype is torch.bfloat16


@cache
def multiplies_tiles() -> bool:
    """Whether the processor has tiles for products in bfloat16 (AMX)."""
    return bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())


def _convolve(maps: Tensor, weight: Tensor, bias: Tensor | None, geometry: _Geometry) -> Tensor:
    low = (tensor if tensor is None else tensor.to(torch.bfloat16) for tensor in (maps, weight, bias))
    convolved: Tensor = _Convolution.apply(*low, geometry)
    return convolved


class _Convolution(torch.autograd.Function):
    """A convolution with gradients of all orders, of which that of the weights is a product."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor | None, geometry: _Geometry) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H', W')."""
        ctx.save_for_backward(maps, weight)
        ctx.geometry = geometry
        return torch.convolution(maps, weight, bias, *geometry.arguments)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        """Return the gradients of the maps, the weight and the bias."""
        maps, weight = ctx.saved_tensors
        geometry: _Geometry = ctx.geometry
        of_maps, of_weights, of_bias, _ = ctx.needs_input_grad
        above = torch.ops.aten.convolution_backward(
            gradient, maps, weight, None, *geometry.arguments, (of_maps, False, False)
        )
        down, up = (gradient, maps) if geometry.output_padding is not None else (maps, gradient)
        return (
            above[0],
            _weights(down, up, geometry).to(weight.dtype) if of_weights else None,
            gradient.sum((0, 2, 3)) if of_bias else None,
            None,
        )


def _weights(unfolded: Tensor, other: Tensor, geometry: _Geometry) -> Tensor:
    """Return the gradient of the weights (C', C, *kernel).

    Args:
        unfolded: the larger maps (N, C, H, W), of which the convolution reads or writes windows.
        other: the maps (N, C', H', W') with a position for each window.
        geometry: of the convolution.
    """
    (high, wide), (down, across) = geometry.kernel, geometry.stride
    tall, broad = geometry.padding
    padded = F.pad(unfolded.movedim(1, -1), (0, 0, broad, broad, tall, tall))
    windows = padded.unfold(1, high, down).unfold(2, wide, across)  # (N, H'', W'', C, high, wide)
    rows = other.movedim(1, -1).flatten(0, 2)
    windows = windows[:, : other.shape[2], : other.shape[3]].movedim(3, -1).flatten(0, 2)
    product = rows.mT @ windows.flatten(1)
    return product.view(-1, high, wide, unfolded.shape[1]).movedim(-1, 1)
