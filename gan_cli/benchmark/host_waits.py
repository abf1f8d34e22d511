"""Notice every operation that makes the host wait for the device.

On a CPU nothing waits, but the operations are the same as on a GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Self

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

FUNCTIONS = frozenset(
    {
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
)
"""Functions of torch that return values, or a shape that depends on values, to the host."""

OPERATIONS = frozenset(
    {"aten::_local_scalar_dense", "aten::nonzero", "aten::equal", "aten::masked_select", "aten::is_nonzero"}
)
"""The same as operations of torch's library, which the backward pass and functions in C++ call."""

INDEXING = frozenset({"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"})
"""Operations whose result has a shape that depends on values if they are given a mask."""


class HostWaits:
    """A context that calls a function whenever the host waits for the device, in forward and backward passes.

    A function of torch that waits counts once, although it may consist of several operations that wait.

    Args:
        tell: receives the name of what waits.
        device: only values on this device count; None counts all.
    """

    def __init__(self, tell: Callable[[str], None], device: torch.device | None = None) -> None:
        self._tell = tell
        self._kind = None if device is None else device.type
        self._depth = 0

    def waits(self, name: str, value: object, call: Callable[[], Any]) -> Any:
        """Report a wait for a value and do the call, inside of which nothing more is reported."""
        here = isinstance(value, torch.Tensor) and self._kind in (None, value.device.type)
        if here and self._depth == 0:
            self._tell(name)
        self._depth += 1
        try:
            return call()
        finally:
            self._depth -= 1

    def __enter__(self) -> Self:
        self._modes = ExitStack()
        self._modes.enter_context(_Functions(self))
        self._modes.enter_context(_Operations(self))
        return self

    def __exit__(self, *error: object) -> None:
        self._modes.close()


def count_waits(work: Callable[[], object], device: torch.device) -> int:
    """Return how often the host waits for the device while `work` is done."""
    told: list[str] = []
    with HostWaits(told.append, device):
        work()
    return len(told)


class _Functions(TorchFunctionMode):
    """Notices the functions that are called from Python."""

    def __init__(self, waits: HostWaits) -> None:
        super().__init__()
        self._waits = waits

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        if func in FUNCTIONS:
            return self._waits.waits(getattr(func, "__name__", str(func)), args[0], lambda: func(*args, **given))
        if func is torch.Tensor.to and _to_the_host(args[1:], given):
            return self._waits.waits("to('cpu')", args[0], lambda: func(*args, **given))
        return func(*args, **given)


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notices the operations that reach the device."""

    def __init__(self, waits: HostWaits) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._waits = waits

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        name = func._schema.name
        if name in OPERATIONS or (name in INDEXING and any(map(_is_mask, args[1]))):
            return self._waits.waits(name, args[0], lambda: func(*args, **given))
        return func(*args, **given)


def _is_mask(index: object) -> bool:
    return isinstance(index, torch.Tensor) and index.dtype in (torch.bool, torch.uint8)


def _to_the_host(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether arguments of `Tensor.to` ask for a copy on the host that is complete when it returns.

    Fused optimizers ask for one that need not be.
    """
    return not kwargs.get("non_blocking", False) and any(str(each) == "cpu" for each in (*args, *kwargs.values()))
