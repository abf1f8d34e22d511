"""The settings of the machine: device, precision, memory format, seeds and determinism."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
from collections.abc import Callable
from typing import Annotated, Literal

import numpy as np
import torch
from annotated_types import Ge, Le
from torch import Tensor, nn

from gan_cli import compiler
from gan_cli.cpu_threads import CpuThreads
from gan_cli.errors import SettingError
from gan_cli.launched import launched
from gan_cli.memory_format import CHANNELS_LAST
from gan_cli.spec import SampleSpec

compiler.load_late()


class Runtime:
    """The device and the precision of all computations.

    Args:
        device: `auto` (a GPU if there is one), `cpu`, `cuda` or `cuda:<index>`. With torchrun, each process gets a GPU
            of its own.
        precision: precision of matrix products and convolutions; weights, losses and optimizers stay float32.
            `float32` also disables TF32, the reduced precision of GPUs. `auto` uses bfloat16 where the hardware
            supports it natively, for images and voxels. Points, sound and text need float32: near 1, bfloat16 values
            are only accurate to 1/128, which is coarser than the modes of a ring.
        channels_last: store images, and on a CPU voxels and spectrograms, channels-last in memory; faster convolutions.
        deterministic: forbid algorithms whose results differ from run to run; slower on a GPU, already true on CPU.
        threads: CPU threads per operation; None uses one per core that other processes leave free, at most torch's
            default, and chooses again if the run becomes slow. With `deterministic` it is torch's default.
        capture: `auto` records training steps as CUDA graphs on a GPU, which removes the host's work per operation;
            `off` executes every operation directly. The results are the same.
        compile: `auto` compiles both networks for the updates on a GPU; `off` does not. It takes a minute at the start
            and fuses small operations. Penalties that need gradients of gradients call the networks as they are.
    """

    def __init__(
        self,
        *,
        device: str = "auto",
        precision: Literal["auto", "float32", "bfloat16"] = "auto",
        channels_last: bool = True,
        deterministic: bool = False,
        threads: Annotated[int, Ge(1), Le(1024)] | None = None,
        capture: Literal["auto", "off"] = "auto",
        compile: Literal["auto", "off"] = "off",
    ) -> None:
        self.device = _device(device)
        self.precision = precision
        self.channels_last = channels_last
        self.deterministic = deterministic
        self.threads = threads
        self.capture = capture
        self.compile = compile
        self.cpu_threads = CpuThreads(fixed=threads is not None or deterministic or self.device.type != "cpu")

    def setup(self, seed: int) -> None:
        """Seed every global generator and set torch's global switches. Call it before the networks are built."""
        self.seed_global(seed, "global")
        if self.threads is None:
            self.cpu_threads.choose()
        else:
            torch.set_num_threads(self.threads)
        torch.set_flush_denormal(True)
        if self.device.type == "cpu":
            _keep_freed_memory()
        else:
            _leave_default_stream(self.device)
        in_full = self.deterministic or self.precision == "float32"
        torch.set_float32_matmul_precision("highest" if in_full else "high")
        torch.backends.cudnn.allow_tf32 = not in_full
        torch.backends.cudnn.benchmark = not self.deterministic
        torch.backends.cudnn.deterministic = self.deterministic
        if self.deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        if torch.are_deterministic_algorithms_enabled() != self.deterministic:  # the call loads torch's compiler
            torch.use_deterministic_algorithms(self.deterministic)

    def seed_global(self, seed: int, stream: str) -> None:
        """Seed the global generators of Python, numpy and torch for one stream of a run; see `seed_of`."""
        apart = seed_of(seed, stream)
        random.seed(apart)
        np.random.seed(apart % 2**32)
        torch.manual_seed(apart)

    @property
    def records_steps(self) -> bool:
        """Whether training steps are recorded as CUDA graphs."""
        return self.capture == "auto" and self.device.type == "cuda"

    def compiled(self, network: nn.Module) -> Callable[..., Tensor]:
        """Return the network as the updates call it: compiled at its first call, or as it is."""
        if self.compile == "auto" and self.device.type == "cuda":
            compiled: Callable[..., Tensor] = torch.compile(network, dynamic=False)
            return compiled
        return network

    def compute_dtype(self, spec: SampleSpec) -> torch.dtype:
        """Return the dtype of matrix products and convolutions for this kind of samples."""
        if self.precision == "auto":
            return torch.bfloat16 if spec.traits.bfloat16 and multiplies_bfloat16(self.device) else torch.float32
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[self.precision]

    def autocast(self, spec: SampleSpec) -> torch.autocast:
        """Return a context that runs matrix products and convolutions in `compute_dtype`. Do not nest it in itself."""
        dtype = self.compute_dtype(spec)
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=dtype is torch.bfloat16)

    def memory_format(self, spec: SampleSpec) -> torch.memory_format:
        """Return the memory format for batches of this kind of samples."""
        layouts = CHANNELS_LAST if self._puts_channels_last(spec) else {}
        return layouts.get(1 + len(spec.shape), torch.contiguous_format)

    def placed(self, network: nn.Module, spec: SampleSpec) -> nn.Module:
        """Move a network for this kind of samples to the device, and its weights into the memory format."""
        network = network.to(self.device)
        if self._puts_channels_last(spec):
            for weights in network.parameters():
                if (layout := CHANNELS_LAST.get(weights.dim())) is not None:
                    # weights of a single channel are in both formats at once, and `contiguous` would leave them so
                    weights.data = torch.empty_like(weights.data, memory_format=layout).copy_(weights.data)
        return network

    def _puts_channels_last(self, spec: SampleSpec) -> bool:
        """Whether the channels come last in memory; on a GPU that has been measured for images alone."""
        return self.channels_last and (self.device.type == "cpu" or spec.kind == "images")

    def generator(self, seed: int, stream: str) -> torch.Generator:
        """Return the random generator of one stream of a run, on the device; see `seed_of`."""
        return torch.Generator(self.device).manual_seed(seed_of(seed, stream))


def seed_of(seed: int, stream: str) -> int:
    """Return the seed of one random stream of a run. Each stream of the same run gets a different seed."""
    return int(np.random.SeedSequence((seed % 2**64, *stream.encode())).generate_state(1, np.uint64)[0])


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether the hardware supports bfloat16 products (AVX512-BF16 or AMX on CPU; compute capability 8 on CUDA)."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, probe, bool)() for probe in probes)


def _keep_freed_memory() -> None:
    """Make glibc keep freed buffers. If it returned them, the system would have to zero new ones page by page."""
    mmap_threshold, trim_threshold = -3, -1  # M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of malloc.h
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(mmap_threshold, 2**30)
        libc.mallopt(trim_threshold, 2**31 - 1)


def _leave_default_stream(device: torch.device) -> None:
    """Make a stream of our own the current one: work on the default stream cannot be recorded as a CUDA graph."""
    torch.cuda.set_device(device)
    if torch.cuda.current_stream(device) == torch.cuda.default_stream(device):
        torch.cuda.set_stream(torch.cuda.Stream(device))  # type: ignore[no-untyped-call]


def _device(name: str) -> torch.device:
    if name.startswith("cuda:") and launched() is not None:
        raise SettingError("device", name, "with torchrun each process has a GPU of its own; use cuda")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and (one := launched()) is not None:
        name = f"cuda:{one.local_rank}"
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda") or (index and not index.isdigit()) or (kind == "cpu" and index):
        hint = "; did you mean cuda?" if kind.lower() in ("gpu", "nvidia", "cuda") else ""
        raise SettingError("device", name, f"must be auto, cpu, cuda or cuda:<index>{hint}")
    if kind == "cuda" and int(index or 0) >= torch.cuda.device_count():
        present = f"only {torch.cuda.device_count()}" if torch.cuda.is_available() else "none"
        raise SettingError("device", name, f"no such GPU here ({present} found); use runtime.device=auto or cpu")
    return torch.device("cuda", int(index or 0)) if kind == "cuda" else torch.device("cpu")
