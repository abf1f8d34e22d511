"""What weights are before the first step: their distribution, and the constraint that spectral norm puts on them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

Init = Literal["default", "normal", "xavier", "kaiming", "orthogonal"]

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
WEIGHT_LAYERS = (nn.Linear, *CONVOLUTIONS, *TRANSPOSED)


def initialise(network: nn.Module, init: Init) -> None:
    """Draw every weight of the network anew and clear the biases.

    - `default`: as torch draws them, biases included.
    - `normal`: N(0, 0.02), gains of norms N(1, 0.02); Radford et al. (2016), arXiv:1511.06434, section 4.
    - `xavier`: U(-a, a), a^2 = 6 / (fan_in + fan_out); Glorot & Bengio (2010).
    - `kaiming`: N(0, 2 / fan_in); He et al. (2015), arXiv:1502.01852, eq. 10. The fan of a transposed convolution
      counts the inputs that meet in one output.
    - `orthogonal`: rows or columns orthonormal; Saxe et al. (2014), arXiv:1312.6120.
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
    """Divide every weight by its largest singular value, followed by one power iteration per forward in training.

    Miyato et al. (2018), arXiv:1802.05957, algorithm 1. Call it after `initialise`: the singular vectors start there.
    """
    for layer in list(network.modules()):
        if isinstance(layer, WEIGHT_LAYERS):
            spectral_norm(layer, n_power_iterations=1)


def _fan_in(layer: nn.Module, weight: Tensor) -> float:
    """Inputs that one output is a sum of."""
    if isinstance(layer, TRANSPOSED):
        return weight[:, 0].numel() / math.prod(layer.stride)
    return float(weight[0].numel())


_WEIGHTS: dict[Init, Callable[[Tensor, float], object]] = {
    "normal": lambda weight, _: nn.init.normal_(weight, 0.0, 0.02),
    "xavier": lambda weight, _: nn.init.xavier_uniform_(weight),
    "kaiming": lambda weight, fan_in: nn.init.normal_(weight, 0.0, math.sqrt(2.0 / fan_in)),
    "orthogonal": lambda weight, _: nn.init.orthogonal_(weight),
}
