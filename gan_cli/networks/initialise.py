"""The initial distribution of weights, and the constraint of spectral norm on them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized

Init = Literal["default", "normal", "xavier", "kaiming", "orthogonal"]

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
WEIGHT_LAYERS = (nn.Linear, *CONVOLUTIONS, *TRANSPOSED)


def initialise(network: nn.Module, init: Init) -> None:
    """Draw new values for every weight of the network and set the biases to zero.

    - `default`: torch's initial values, including the biases.
    - `normal`: N(0, 0.02), gains of norms N(1, 0.02); Radford et al. (2016), arXiv:1511.06434, section 4.
    - `xavier`: U(-a, a), a^2 = 6 / (fan_in + fan_out); Glorot & Bengio (2010).
    - `kaiming`: N(0, 2 / fan_in); He et al. (2015), arXiv:1502.01852, eq. 10. The fan_in of a transposed convolution
      is the number of inputs that are added up in one output.
    - `orthogonal`: orthonormal rows or columns; Saxe et al. (2014), arXiv:1312.6120.
    """
    if init == "default":
        return
    for layer in network.modules():
        weight = getattr(layer, "weight", None)
        if not isinstance(weight, Tensor):
            continue
        if isinstance(layer, WEIGHT_LAYERS):
            _WEIGHTS[init](weight, _fan_in(layer, weight))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif init == "normal":
            nn.init.normal_(weight, 1.0, 0.02)


def constrain_spectral_norm(network: nn.Module) -> None:
    """Divide every weight by its largest singular value, updated by one power iteration per forward in training.

    Miyato et al. (2018), arXiv:1802.05957, algorithm 1. Call it after `initialise`, because the first singular vectors
    are computed from the present weights.
    """
    for layer in list(network.modules()):
        if isinstance(layer, WEIGHT_LAYERS):
            spectral_norm(layer, n_power_iterations=1)


def is_constrained(network: nn.Module) -> bool:
    """Whether the weight of any of its layers has spectral norm."""
    return any(is_parametrized(layer, "weight") for layer in network.modules())


def _fan_in(layer: nn.Module, weight: Tensor) -> float:
    """The number of inputs that are added up in one output."""
    if isinstance(layer, TRANSPOSED):
        return weight[:, 0].numel() / math.prod(layer.stride)
    return float(weight[0].numel())


_WEIGHTS: dict[Init, Callable[[Tensor, float], object]] = {
    "normal": lambda weight, _: nn.init.normal_(weight, 0.0, 0.02),
    "xavier": lambda weight, _: nn.init.xavier_uniform_(weight),
    "kaiming": lambda weight, fan_in: nn.init.normal_(weight, 0.0, math.sqrt(2.0 / fan_in)),
    "orthogonal": lambda weight, _: nn.init.orthogonal_(weight),
}
