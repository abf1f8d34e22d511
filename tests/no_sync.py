"""A trap for everything that would make the host wait for the device, sprung on the CPU too."""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

_PYTHON = {
    torch.Tensor.item,
    torch.Tensor.tolist,
    torch.Tensor.cpu,
    torch.Tensor.numpy,
    torch.Tensor.nonzero,
    torch.Tensor.__bool__,
    torch.Tensor.__float__,
    torch.Tensor.__int__,
    torch.Tensor.__index__,
    torch.nonzero,
    torch.equal,
    torch.allclose,
    torch.masked_select,
}
_ATEN = {"aten::_local_scalar_dense", "aten::nonzero", "aten::equal", "aten::masked_select", "aten::is_nonzero"}


class HostSyncError(AssertionError):
    """The host asked for a value."""


class _PythonTrap(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in _PYTHON:
            raise HostSyncError(getattr(func, "__name__", str(func)))
        waits = not (kwargs or {}).get("non_blocking", False)  # as fused optimizers ask for the gates' answer
        if func is torch.Tensor.to and waits and any(str(v) == "cpu" for v in (*args[1:], *(kwargs or {}).values())):
            raise HostSyncError("to('cpu')")
        return func(*args, **(kwargs or {}))


class _AtenTrap(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func._schema.name in _ATEN:
            raise HostSyncError(func._schema.name)
        return func(*args, **(kwargs or {}))


class NoHostSync:
    """Inside it, reading a tensor's value raises HostSyncError, in the forward and the backward pass."""

    def __enter__(self) -> None:
        self._modes = (_PythonTrap(), _AtenTrap())
        for mode in self._modes:
            mode.__enter__()

    def __exit__(self, *error: Any) -> None:
        for mode in reversed(self._modes):
            mode.__exit__(*error)
