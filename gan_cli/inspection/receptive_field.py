"""How much of a sample each map of a network depends on, computed from kernels, strides, paddings and dilations alone.

For each position of a map, and per axis, the first and the last position of the data that it sees. Norms are taken to
act position by position, as they do once training is over; where branches meet, the longest path counts.
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

_Interval = tuple[int, int]
_Axis = list[_Interval]
"""What each position of a map sees along one axis: the first and the last position of the data."""
_Field = list[_Axis]

_BLIND: _Interval = (2**62, -1)
"""A position that sees nothing: padding."""


@dataclass(frozen=True)
class ReceptiveField:
    """What the best placed position of one module's output sees.

    Attributes:
        name: dotted name of the module; empty for the network's own output.
        map_size: spatial extent of that output; empty where the positions are gone.
        positions: extent of what is seen, per axis of the data; never more than the data have.
    """

    name: str
    map_size: tuple[int, ...]
    positions: tuple[int, ...]


def receptive_fields(network: nn.Module, shown: Batch) -> list[ReceptiveField]:
    """One per module, in the order in which they finish; `shown` are samples (N, C, *spatial) on any device."""
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
    """The field of every tensor met so far, and which of them nothing has read yet."""

    def __init__(self, inputs: Tensor) -> None:
        self._ndim = inputs.ndim
        self._known: dict[int, tuple[Tensor, _Field]] = {}
        self._unread: dict[int, _Field] = {}
        self.put(inputs, [[(at, at) for at in range(extent)] for extent in inputs.shape[2:]])

    def put(self, tensor: Tensor, field: _Field) -> None:
        self._known[id(tensor)] = (tensor, field)  # the tensor is kept so that its id stays its own
        self._unread[id(tensor)] = field

    def knows(self, tensor: Tensor) -> bool:
        return id(tensor) in self._known

    def read(self, tensor: Tensor) -> _Field:
        """The field of what a module is given; one that no module made is made of all that was not read yet."""
        if not self.knows(tensor):
            self.put(tensor, self.joined(tensor))
        self._unread.pop(id(tensor), None)
        return self._known[id(tensor)][1]

    def joined(self, tensor: Tensor) -> _Field:
        """Everything unread together, on the positions of `tensor`."""
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
    """The field behind a module that turns a map of `size` into one of `target`; () stands for no positions."""
    if size == target and not isinstance(module, (*CONVOLUTIONS, *TRANSPOSED, *POOLS)):
        return field
    if not size or not target:
        return _on(field, target)
    reads = _reads(module, size, target)
    return [
        [_union(axis[at] for at in where if 0 <= at < len(axis)) for where in map(reads[index], range(target[index]))]
        for index, axis in enumerate(field)
    ]


Reads = Callable[[int], Iterable[int]]
"""The positions of a module's input that one position of its output reads, along one axis; some may not exist."""


def _reads(module: nn.Module, size: Sequence[int], target: Sequence[int]) -> list[Reads]:
    if isinstance(module, (Pad, Crop)):
        sign = 1 if isinstance(module, Crop) else -1
        return [partial(_shifted, sign * before) for before, _ in module.margins]
    if isinstance(module, (*CONVOLUTIONS, *TRANSPOSED, *POOLS)):
        slide = _gathered if isinstance(module, TRANSPOSED) else _window
        return [partial(slide, *numbers) for numbers in _geometry(module, len(size))]
    return [partial(_share, extent, wanted) for extent, wanted in zip(size, target, strict=True)]


def _geometry(module: Any, ndim: int) -> list[tuple[int, int, int, int]]:
    """Kernel, stride, padding in front and dilation, per axis."""
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
    """A transposed convolution writes input p to p * stride - padding + tap * dilation."""
    written = (at + padding - tap * dilation for tap in range(kernel))
    return (place // stride for place in written if place % stride == 0)


def _shifted(offset: int, at: int) -> Iterable[int]:
    return (at + offset,)


def _share(size: int, target: int, at: int) -> Iterable[int]:
    """Upsampling to the nearest and adaptive pooling."""
    return range(at * size // target, math.ceil((at + 1) * size / target))


def _on(field: _Field, size: tuple[int, ...]) -> _Field:
    """A field on a map of another size: where positions do not correspond, each sees what all saw together."""
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
