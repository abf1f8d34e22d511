"""Which modules are nonlinearities, for code that looks for hidden layers in any network."""

from __future__ import annotations

from torch import nn

_KINDS = (nn.LeakyReLU, nn.ReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid)


def is_nonlinear(module: nn.Module) -> bool:
    """Whether a module is one of torch's nonlinearities or has `nonlinear = True`, as maxout has."""
    return isinstance(module, _KINDS) or getattr(module, "nonlinear", False) is True
