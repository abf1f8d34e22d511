"""How much a training step computes, how fast this machine multiplies matrices, and how much memory was needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from gan_cli.benchmark.clock import finished
from gan_cli.memory import peak_memory as peak_of_process

OPERATIONS_PER_PRODUCT = 2
"""A multiply-add is two floating-point operations."""

_SIZES = {"cpu": (512, 1024, 2048), "cuda": (4096, 8192)}
"""Sides of the square matrices that are multiplied, by kind of device. Which of them is fastest differs."""

_SECONDS = 0.2
"""Time spent on each size."""


class _Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up the floating-point operations of products and convolutions, by torch's own formulas.

    torch's `FlopCounterMode` also follows modules, with hooks that fail where a penalty asks for a gradient's gradient.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total: int = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        result = func(*args, **given)
        formula = flop_registry.get(func.overloadpacket)
        if formula is not None:
            self.total += int(formula(*args, **given, out_val=result))
        return result


def count_multiply_adds(work: Callable[[], object]) -> int:
    """Return the multiply-adds of all matrix products and convolutions while `work` is done, backward passes too."""
    counter = _Counter()
    with counter:
        work()
    return counter.total // OPERATIONS_PER_PRODUCT


def matrix_rate(dtype: torch.dtype, device: torch.device) -> float:
    """Return the floating-point operations per second of the fastest matrix product, with the threads of this process.

    Args:
        dtype: dtype of the matrices.
        device: device of the matrices.
    """
    return max(_rate(size, dtype, device) for size in _SIZES[device.type])


def _rate(size: int, dtype: torch.dtype, device: torch.device) -> float:
    left, right = torch.randn(2, size, size, device=device).to(dtype)
    product = torch.mm(left, right)  # the first product chooses an algorithm and allocates memory
    best, spent = float("inf"), 0.0
    while spent < _SECONDS:
        started = finished(device)
        torch.mm(left, right, out=product)
        seconds = finished(device) - started
        best, spent = min(best, seconds), spent + seconds
    return OPERATIONS_PER_PRODUCT * size**3 / best


def peak_memory(device: torch.device) -> int:
    """Return the largest memory in bytes so far: of the tensors on a GPU, or else of the whole process."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else peak_of_process()
