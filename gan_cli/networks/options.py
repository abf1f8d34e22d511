"""Settings that the networks share: norms, activations, maxout, dropout, and the allowed ranges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from annotated_types import Ge, Le, Lt
from torch import Tensor, nn

from gan_cli.networks import nd

Pieces = Annotated[int, Ge(2), Le(64)]


class Maxout(nn.Module):
    """The largest of each group of `pieces` adjacent values: (N, units * pieces) -> (N, units).

    Goodfellow et al. (2013), arXiv:1302.4389. After a linear layer it serves as the nonlinearity.

    Attributes:
        nonlinear: marks the output as activations of a hidden layer, for code that looks for hidden layers.
    """

    nonlinear = True

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, values: Tensor) -> Tensor:
        """(N, units * pieces) -> (N, units)."""
        return values.reshape(len(values), -1, self.pieces).amax(dim=2)

    def extra_repr(self) -> str:
        return f"pieces={self.pieces}"


Depth = Annotated[int, Ge(1), Le(16)]
Channels = Annotated[int, Ge(1), Le(16384)]
KernelSize = Annotated[int, Ge(1), Le(63)]
Stride = Annotated[int, Ge(1), Le(16)]
Taps = Annotated[int, Ge(0), Le(4096)]
Shift = Annotated[int, Ge(0), Le(64)]
DropoutRate = Annotated[float, Ge(0), Lt(1)]

Norm = Literal["none", "batch", "instance", "layer", "group"]
DiscriminatorNorm = Literal["none", "batch", "instance", "layer", "group", "spectral"]
Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh"]

GROUP_SIZE = 16
"""Channels per group, as in the variant with a fixed group size of Wu & He (2018), arXiv:1803.08494, table 3."""


def build_norm(kind: DiscriminatorNorm, channels: int, ndim: int) -> nn.Module | None:
    """Return the norm after a layer of `channels` outputs, or None. `spectral` gives None because it acts on weights.

    `layer` normalises one sample over channels and positions, `instance` over the positions of one channel. Without
    positions (ndim 0) `instance` normalises one sample over its features and, unlike `layer`, learns no scale.
    """
    return _NORMS[kind](channels, ndim)


def carries_bias(kind: DiscriminatorNorm, ndim: int) -> bool:
    """Whether a layer before this norm needs a bias: a norm that subtracts the mean of each channel cancels it."""
    return kind != "batch" and not (kind == "instance" and ndim > 0)


def build_activation(kind: Activation, *, inplace: bool = True) -> nn.Module:
    """The nonlinearity. `inplace` overwrites the input, for kinds whose backward pass needs only the output."""
    return _ACTIVATIONS[kind](inplace)


def build_dropout(rate: float, ndim: int) -> nn.Module | None:
    """Dropout of whole channels, or of single units if there are no spatial dimensions; None for a rate of 0."""
    return nd.DROPOUT[ndim](rate) if rate > 0.0 else None


def _instance_norm(channels: int, ndim: int) -> nn.Module:
    if ndim == 0:
        return nn.LayerNorm(channels, elementwise_affine=False)
    return nd.INSTANCE_NORM[ndim](channels, affine=True)


def _group_norm(channels: int, ndim: int) -> nn.Module:
    """The smallest groups of at least GROUP_SIZE channels that divide the channels evenly."""
    wanted = min(GROUP_SIZE, channels)
    size = next(size for size in range(wanted, channels + 1) if channels % size == 0)
    return nn.GroupNorm(channels // size, channels)


_NORMS: dict[DiscriminatorNorm, Callable[[int, int], nn.Module | None]] = {
    "none": lambda channels, ndim: None,
    "spectral": lambda channels, ndim: None,
    "batch": lambda channels, ndim: nd.BATCH_NORM[ndim](channels),
    "instance": _instance_norm,
    "layer": lambda channels, ndim: nn.GroupNorm(1, channels),
    "group": _group_norm,
}

_ACTIVATIONS: dict[Activation, Callable[[bool], nn.Module]] = {
    "relu": lambda inplace: nn.ReLU(inplace),
    "leaky_relu": lambda inplace: nn.LeakyReLU(0.2, inplace),
    "elu": lambda inplace: nn.ELU(inplace=inplace),
    "gelu": lambda inplace: nn.GELU(),
    "silu": lambda inplace: nn.SiLU(),
    "tanh": lambda inplace: nn.Tanh(),
}
