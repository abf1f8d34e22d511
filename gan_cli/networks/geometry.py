"""The number of layers of a network, their widths and the sizes of their maps; checks the settings about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gan_cli.errors import SettingError
from gan_cli.networks.nd import Margins

SMALLEST_START = 4
"""Automatic depth adds layers as long as the smallest side of the start map keeps at least this many positions."""

FEWEST_STEPS = 2
"""Automatic depth uses at least this many steps, even if the start map then has only 2 positions per side."""

UNSCALED_DEPTH = 3
"""Automatic depth if layers do not change the size: the hidden layers of an MLP, or stride 1."""


@dataclass(frozen=True)
class Pyramid:
    """The sizes between the data and the start map: `depth` steps of `stride`.

    The start map has ceil(size / stride^depth) positions per axis. Scaled up again it may be larger than the data. The
    generator crops this margin; the discriminator pads the data with zeros by the same margin.

    Attributes:
        size: spatial extent of the data.
        stride: factor per step.
        depth: number of steps.
    """

    size: tuple[int, ...]
    stride: int
    depth: int

    @classmethod
    def over(cls, size: tuple[int, ...], *, stride: int, depth: int | None, widths: Sequence[int] | None) -> Pyramid:
        """Return the pyramid of these settings. Without depth and widths, `_automatic` chooses the depth.

        Raises:
            SettingError: the smallest side cannot be divided so often, or the widths contradict the depth.
        """
        smallest = min(size)
        if stride > smallest:
            raise SettingError("stride", stride, f"the data are only {spell_size(size)}; use at most {smallest}")
        steps = resolve_depth(depth, widths)
        if steps is None:
            return cls(size, stride, UNSCALED_DEPTH if stride == 1 else _automatic(smallest, stride))
        if stride**steps > smallest:
            verb = "halved" if stride == 2 else f"divided by {stride}"
            remedy = f"{spell_size(size)} can be {verb} {_times(_most(smallest, stride))} at most"
            if widths is None:
                raise SettingError("depth", steps, f"{remedy}; null chooses for you")
            raise SettingError("widths", list(widths), f"one layer per step: {remedy}")
        return cls(size, stride, steps)

    @property
    def start(self) -> tuple[int, ...]:
        """Size of the smallest map: the generator's first, the discriminator's last."""
        return tuple(-(-extent // self.stride**self.depth) for extent in self.size)

    @property
    def margins(self) -> Margins:
        """Per axis: how many positions the scaled start map has too many before and after the data."""
        surplus = [
            self.stride**self.depth * first - extent for first, extent in zip(self.start, self.size, strict=True)
        ]
        return tuple((extra // 2, extra - extra // 2) for extra in surplus)

    @property
    def fits(self) -> bool:
        """Whether the scaled start map has the size of the data, so that nothing is cropped or padded."""
        return not any(map(any, self.margins))


def resolve_depth(depth: int | None, widths: Sequence[int] | None) -> int | None:
    """Return the number of layers that the user set; None if the network is to choose it.

    Raises:
        SettingError: `widths` is empty, contains a width below 1, or has another length than `depth`.
    """
    if widths is None:
        return depth
    if not widths or min(widths) < 1:
        raise SettingError("widths", list(widths), "list one width of at least 1 per layer, or null")
    if depth not in (None, len(widths)):
        raise SettingError(
            "depth", depth, f"widths already lists {_layers(len(widths))}; set depth=null or widths=null"
        )
    return len(widths)


def doubling_widths(depth: int, *, base_channels: int, max_channels: int) -> list[int]:
    """Widths from the data to the start map: f, 2f, 4f, ..., limited by `max_channels`."""
    return [min(base_channels * 2**step, max_channels) for step in range(depth)]


def require_overlap(kernel_size: int, stride: int) -> None:
    """Refuse kernels that would skip positions.

    Raises:
        SettingError: the kernel is smaller than the stride.
    """
    if kernel_size < stride:
        raise SettingError("kernel_size", kernel_size, f"must be at least the stride, {stride}")


def require_positions(norm: str, start: tuple[int, ...]) -> None:
    """Refuse instance norm over a single value: its output would be zero for every input.

    Raises:
        SettingError: the norm is `instance` and the start map has one position.
    """
    if norm == "instance" and max(start) == 1:
        remedy = f"the smallest map here is {spell_size(start)}, a single value; use less depth or norm=layer"
        raise SettingError("norm", norm, remedy)


def spell_size(size: Sequence[int]) -> str:
    """(28, 28) -> 28x28; (16000,) -> 16000 long."""
    return f"{size[0]} long" if len(size) == 1 else "x".join(map(str, size))


def _automatic(size: int, stride: int) -> int:
    """Most steps that leave 4 positions; but two if these leave 2 positions, because one layer sees too little."""
    # ceil(size / stride^d) >= 4 is the same as size > 3 stride^d
    keeping = _most((size - 1) // (SMALLEST_START - 1), stride)
    return max(1, min(FEWEST_STEPS, _most(size // 2, stride)), keeping)


def _most(extent: int, stride: int) -> int:
    """How often `extent` can be divided by `stride` before it falls below 1."""
    steps = 0
    while extent >= stride:
        extent //= stride
        steps += 1
    return steps


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
