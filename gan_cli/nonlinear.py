"""Which modules are nonlinearities: for whoever looks for hidden layers, in whatever network."""

from __future__ import annotations

from torch import nn

_KINDS = (nn.LeakyReLU, nn.ReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid)


def is_nonlinear(module: nn.Module) -> bool:
    """Whether it is one of torch's nonlinearities, or says so by `nonlinear = True`, as maxout does."""
    return isinstance(module, _KINDS) or getattr(module, "nonlinear", False) is True
