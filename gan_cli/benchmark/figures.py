"""Everything that is measured of one training besides its speed, after its turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch

from gan_cli.benchmark.base import Loop, StepTimes
from gan_cli.benchmark.work import matrix_rate, peak_memory


@dataclass(frozen=True)
class Figures:
    """The figures of one training.

    Attributes:
        times: time of each part of a step.
        recorded: whether timed steps were replayed from a recording, while `times` are of steps executed directly.
        batch_size: real samples per step.
        peak_memory: largest memory in bytes: of tensors on a GPU, of the process on a CPU.
        multiply_adds: products of matrices and convolutions per step, with their backward passes.
        host_waits: how often per step the host waits for a value of the device, without the data.
        matrix_rate: floating-point operations per second of the fastest matrix product, in the dtype of the networks.
        dtype: dtype of matrix products and convolutions.
        threads: CPU threads per operation.
        device: name of the device.
        torch: version of torch.
    """

    times: StepTimes
    recorded: bool
    batch_size: int
    peak_memory: int
    multiply_adds: float
    host_waits: float
    matrix_rate: float
    dtype: str
    threads: int
    device: str
    torch: str

    @classmethod
    def of(cls, answer: Mapping[str, Any]) -> Figures:
        """Return the figures of which `plain` made an answer."""
        return cls(**{**answer, "times": StepTimes(**answer["times"])})

    def plain(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return asdict(self)


def figures_of(loop: Loop, steps: int) -> Figures:
    """Measure a loop that has had its turns.

    Args:
        loop: the loop, which trains some steps more.
        steps: steps whose parts are timed.
    """
    return Figures(
        peak_memory=peak_memory(loop.device),  # first, because the measurements need memory themselves
        times=loop.times(steps),
        recorded=loop.recorded,
        batch_size=loop.batch_size,
        multiply_adds=loop.multiply_adds(),
        host_waits=loop.host_waits(),
        matrix_rate=matrix_rate(loop.dtype, loop.device),
        dtype=str(loop.dtype).removeprefix("torch."),
        threads=torch.get_num_threads(),
        device=_device_name(loop.device),
        torch=torch.__version__,
    )


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.backends.cpu.get_cpu_capability()}"
