"""A stand-in for a CUDA graph that works on the CPU: the operations of a step, kept with the very tensors they used.

As in a graph, numbers of the host and places in memory are those of the recording, the code between the operations does
not run again, and random generators go on. What a graph could not hold is refused: values that the host asks for, and
tensors made of its numbers.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from gan_cli.benchmark.host_waits import OPERATIONS
from gan_cli.training.execution import Recording
from gan_cli.training.step import Values

REFUSED = {
    **dict.fromkeys(OPERATIONS, "the host asks for a value, or a shape depends on values"),
    "aten::lift_fresh": "a tensor is made of numbers of the host",
}


class Tape(TorchDispatchMode):
    """Notes each operation of what runs inside it."""

    def __init__(self) -> None:
        super().__init__()
        self.again: list[Callable[[], None]] = []

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        schema = operation._schema
        if schema.name in REFUSED and not _counts_a_step():
            raise RuntimeError(f"{schema.name}: {REFUSED[schema.name]}")
        given = kwargs or {}
        answer = operation(*args, **given)
        aliases = any(each.alias_info for each in schema.returns)  # a view, or a tensor that was changed in place
        fresh = [] if aliases else _tensors(answer)

        def once_more() -> None:
            for kept, new in zip(fresh, _tensors(operation(*args, **given)), strict=False):
                kept.detach().copy_(new)

        self.again.append(once_more)
        return answer


def _tensors(answer: object) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(answer) if isinstance(leaf, Tensor)]


def _counts_a_step() -> bool:
    """Whether an optimizer of torch asks: it adds a one of the host to its count of steps, but only on the CPU."""
    return any("/torch/optim/" in frame.filename for frame in traceback.extract_stack(limit=12))


def record(step: Callable[[], Values]) -> Recording:
    """Run a step and keep it."""
    with Tape() as tape:
        values = step()

    @torch.no_grad()
    def replay() -> None:
        for operation in tape.again:
            operation()

    return Recording(replay, values)
