"""Compute how much of a sample each map of a network depends on, from kernels, strides, paddings and dilations alone.

A field has, for each position of a map and each axis, the first and the last position of the data that it depends on.
Norms are assumed to act on each position separately, as they do after training. Where branches join, the field covers
all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn

from gan_cli.game import Batch
from gan_cli.networks.initialise import CONVOLUTIONS, TRANSPOSED
from gan_cli.networks.nd import POOLS, Crop, Pad
from gan_cli.networks.trace import belongs_to_weight, is_leaf, shadow_of
from gan_cli.networks.upsampling import Linear

_Interval = tuple[int, int]
_Axis = list[_Interval]
"""The first and the last position of the data that each position of a map sees, along one axis."""
_Field = list[_Axis]

_SPREADING = (*TRANSPOSED, Linear)
_SLIDING = (*CONVOLUTIONS, *_SPREADING, *POOLS)

_BLIND: _Interval = (2**62, -1)
"""The interval of a position that sees nothing, because it is padding."""


@dataclass(frozen=True)
class ReceptiveField:
    """The largest receptive field of all positions in one module's output.

    Attributes:
        name: dotted name of the module; empty for the network itself.
        map_size: spatial extent of the output; empty if it has no positions any more.
        positions: size of the receptive field per axis of the data; never more than the data have.
    """

    name: str
    map_size: tuple[int, ...]
    positions: tuple[int, ...]


def receptive_fields(network: nn.Module, shown: Batch) -> list[ReceptiveField]:
    """Return one field per module, in the order in which the modules finish.

    `shown` are samples (N, C, *spatial) on any device.
    """
    shown = shown.to("meta")
    trail = _Trail(shown.x)
    found: list[ReceptiveField] = []
    shadow = shadow_of(network)
    for name, module in shadow.named_modules():
        if not belongs_to_weight(name):
            module.register_forward_hook(partial(_follow, trail, found, name))
    shown.given_to(shadow)
    return found


class _Trail:
    """The fields of all tensors so far, and which of these tensors no module has read yet."""

    def __init__(self, inputs: Tensor) -> None:
        self._ndim = inputs.ndim
        self._known: dict[int, tuple[Tensor, _Field]] = {}
        self._unread: dict[int, _Field] = {}
        self.put(inputs, [[(at, at) for at in range(extent)] for extent in inputs.shape[2:]])

    def put(self, tensor: Tensor, field: _Field) -> None:
        self._known[id(tensor)] = (tensor, field)  # the tensor is kept so that no other tensor gets its id
        self._unread[id(tensor)] = field

    def knows(self, tensor: Tensor) -> bool:
        return id(tensor) in self._known

    def read(self, tensor: Tensor) -> _Field:
        """Return the field of a module's input; if no module made this tensor, the union of all unread fields."""
        if not self.knows(tensor):
            self.put(tensor, self.joined(tensor))
        self._unread.pop(id(tensor), None)
        return self._known[id(tensor)][1]

    def joined(self, tensor: Tensor) -> _Field:
        """Return the union of all unread fields, on the positions of `tensor`."""
        size = self.size(tensor)
        fields = list(self._unread.values()) or [field for _, field in list(self._known.values())[-1:]]
        self._unread.clear()
        return [
            [_union(seen) for seen in zip(*axes, strict=True)]
            for axes in zip(*(_on(field, size) for field in fields), strict=True)
        ]

    def size(self, tensor: Tensor) -> tuple[int, ...]:
        return tuple(tensor.shape[2:]) if tensor.ndim == self._ndim else ()


def _follow(
    trail: _Trail, found: list[ReceptiveField], name: str, module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor
) -> None:
    if is_leaf(module):
        size, field = trail.size(inputs[0]), trail.read(inputs[0])
        if output is not inputs[0]:
            field = _through(module, field, size, trail.size(output))
        trail.put(output, field)
    elif not trail.knows(output):
        trail.put(output, trail.joined(output))
    field = trail.read(output)
    trail.put(output, field)
    positions = tuple(last - first + 1 for first, last in map(_widest, field))
    found.append(ReceptiveField(name, trail.size(output), positions))


def _through(module: nn.Module, field: _Field, size: tuple[int, ...], target: tuple[int, ...]) -> _Field:
    """Return the field after a module that turns a map of `size` into one of `target`; () means no positions."""
    if size == target and not isinstance(module, _SLIDING):
        return field
    if not size or not target:
        return _on(field, target)
    reads = _reads(module, size, target)
    return [
        [_union(axis[at] for at in where if 0 <= at < len(axis)) for where in map(reads[index], range(target[index]))]
        for index, axis in enumerate(field)
    ]


Reads = Callable[[int], Iterable[int]]
"""Output position -> the input positions that it reads, along one axis; some of them may be outside the map."""


def _reads(module: nn.Module, size: Sequence[int], target: Sequence[int]) -> list[Reads]:
    if isinstance(module, (Pad, Crop)):
        sign = 1 if isinstance(module, Crop) else -1
        return [partial(_shifted, sign * before) for before, _ in module.margins]
    if isinstance(module, _SLIDING):
        slide = _gathered if isinstance(module, _SPREADING) else _window
        return [partial(slide, *numbers) for numbers in _geometry(module, len(size))]
    return [partial(_share, extent, wanted) for extent, wanted in zip(size, target, strict=True)]


def _geometry(module: Any, ndim: int) -> list[tuple[int, int, int, int]]:
    """Return kernel, stride, padding at the start and dilation, per axis."""
    kernel, stride = _per_axis(module.kernel_size, ndim), _per_axis(module.stride, ndim)
    dilation = _per_axis(getattr(module, "dilation", 1), ndim)
    if module.padding == "same":
        padding = [spread * (width - 1) // 2 for spread, width in zip(dilation, kernel, strict=True)]
    else:
        padding = _per_axis(0 if module.padding == "valid" else module.padding, ndim)
    return list(zip(kernel, stride, padding, dilation, strict=True))


def _per_axis(value: int | Sequence[int], ndim: int) -> list[int]:
    return [value] * ndim if isinstance(value, int) else list(value)


def _window(kernel: int, stride: int, padding: int, dilation: int, at: int) -> Iterable[int]:
    start = at * stride - padding
    return range(start, start + kernel * dilation, dilation)


def _gathered(kernel: int, stride: int, padding: int, dilation: int, at: int) -> Iterable[int]:
    """Return the input positions of one output position of a transposed convolution.

    The convolution writes input p to p * stride - padding + tap * dilation.
    """
    written = (at + padding - tap * dilation for tap in range(kernel))
    return (place // stride for place in written if place % stride == 0)


def _shifted(offset: int, at: int) -> Iterable[int]:
    return (at + offset,)


def _share(size: int, target: int, at: int) -> Iterable[int]:
    """Return the inputs of one output of nearest upsampling or adaptive pooling."""
    return range(at * size // target, math.ceil((at + 1) * size / target))


def _on(field: _Field, size: tuple[int, ...]) -> _Field:
    """Return a field on a map of another size. If positions do not correspond, each gets the union of the axis."""
    wanted = size or (1,) * len(field)
    return [
        axis if len(axis) == extent else [_union(axis)] * extent for axis, extent in zip(field, wanted, strict=True)
    ]


def _union(seen: Iterable[_Interval]) -> _Interval:
    first, last = _BLIND
    for low, high in seen:
        first, last = min(first, low), max(last, high)
    return first, last


def _widest(axis: _Axis) -> _Interval:
    return max(axis, key=lambda seen: seen[1] - seen[0])
