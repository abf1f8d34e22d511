"""Several processes that train one run together, started by torchrun: one per GPU, or several on CPU cores."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from gan_cli.errors import ProcessLostError
from gan_cli.launched import Launched
from gan_cli.world import ALONE, World

T = TypeVar("T")

_PATIENCE = timedelta(days=1)
"""How long a process waits for another one. The first may measure for a long time; a lost one is noticed at once."""


class Processes(World):
    """Exchanges values between the processes of a run.

    Values of the host are exchanged over the network of the CPUs (gloo), so the host need not wait for a GPU. Tensors
    of a step are exchanged between the GPUs (nccl), or also by gloo on CPUs.

    Args:
        launched: what torchrun told this process.
    """

    def __init__(self, launched: Launched) -> None:
        self.rank = launched.rank
        self.size = launched.size
        self._pending: tuple[Tensor, dist.Work] | None = None
        self._hosts: dist.ProcessGroup | None = None  # None stands for the group of all processes
        self._tensors: dist.ProcessGroup | None = None
        with _noticing_loss():
            dist.init_process_group("gloo", rank=self.rank, world_size=self.size, timeout=_PATIENCE)

    def exchange_on(self, device: torch.device) -> None:
        """Exchange tensors between GPUs directly, if the device is one."""
        if device.type == "cuda":
            with _noticing_loss():
                group = dist.new_group(backend="nccl", timeout=_PATIENCE, device_id=device)
            assert isinstance(group, dist.ProcessGroup)
            self._tensors = group

    def share(self, rows: Tensor) -> Tensor:
        """Return this process's part of the rows, in the order of the ranks."""
        count = len(rows) // self.size
        return rows[self.rank * count : (self.rank + 1) * count]

    @torch.no_grad()
    def average(self, tensors: Sequence[Tensor]) -> None:
        """Exchange all tensors at once, in one flat tensor."""
        flat = self.mean(torch.cat([tensor.flatten() for tensor in tensors]))
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        torch._foreach_copy_(list(tensors), [part.view_as(t) for part, t in zip(parts, tensors, strict=True)])

    @torch.no_grad()
    def mean(self, values: Tensor) -> Tensor:
        """Return a new tensor with the mean; every process gets the same bits."""
        total = values.clone()
        with _noticing_loss():
            dist.all_reduce(total, group=self._tensors)
        return total.div_(self.size)

    def means(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Exchange all values at once, as float32."""
        together = self.mean(torch.stack([value.float() for value in values.values()]))
        return dict(zip(values, together.unbind(), strict=True))

    def any(self, here: bool) -> bool:
        """Ask all processes."""
        return any(self.gathered(here))

    def any_so_far(self, here: bool) -> bool:
        """Send the answer of this process, and return what the previous call asked."""
        flag = torch.tensor(float(here))
        before = self._pending
        with _noticing_loss():
            work = dist.all_reduce(flag, dist.ReduceOp.MAX, group=self._hosts, async_op=True)
            assert work is not None
            self._pending = (flag, work)
            if before is None:
                return False
            asked, answered = before
            answered.wait()
        return bool(asked)

    def from_first(self, make: Callable[[], T]) -> T:
        """Send the object from the first process to the others; it must be picklable."""
        sent: list[Any] = [make() if self.first else None]
        with _noticing_loss():
            dist.broadcast_object_list(sent, src=0, group=self._hosts)
        found: T = sent[0]
        return found

    def gathered(self, value: T) -> list[T]:
        """Exchange picklable objects."""
        found: list[Any] = [None] * self.size
        with _noticing_loss():
            dist.all_gather_object(found, value, group=self._hosts)
        return found

    def close(self) -> None:
        """Leave the group, once every process has come this far."""
        with contextlib.suppress(RuntimeError):  # another process is gone already
            if self._pending is not None:
                self._pending[1].wait()
            dist.barrier(group=self._hosts)
            dist.destroy_process_group()


@contextmanager
def joined(launched: Launched | None) -> Iterator[World]:
    """Exchange values with the other processes of the run inside the block; None if there are no others.

    Raises:
        ProcessLostError: another process has ended.
    """
    if launched is None:
        yield ALONE
        return
    world = Processes(launched)
    yield world
    world.close()  # not after an error: then the others must not be waited for


@contextmanager
def _noticing_loss() -> Iterator[None]:
    """Turn an error of an exchange into one that says what it means."""
    try:
        yield
    except RuntimeError as error:
        raise ProcessLostError(str(error)) from error
