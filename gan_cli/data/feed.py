"""Endless batches of a data set on the device: resident when it fits, streamed when not. Knows no network."""

from __future__ import annotations

import torch

from gan_cli.data.base import Files, Table
from gan_cli.data.resident import ResidentFeed
from gan_cli.data.streaming import StreamingFeed
from gan_cli.spec import SampleSpec


def open_feed(
    data: Table | Files,
    spec: SampleSpec,
    *,
    batch_size: int,
    device: torch.device,
    seed: int,
    memory_format: torch.memory_format | None = None,
    workers: int = 2,
    resident_bytes: int | None = None,
) -> ResidentFeed | StreamingFeed:
    """The fastest feed that the device has room for.

    Args:
        data: what the networks train on.
        spec: kind of sample.
        batch_size: samples per batch, at least 1; may exceed the size of the set.
        device: where the batches are wanted.
        seed: of the order of the samples.
        memory_format: of the batches, such as torch.channels_last for images; None keeps them contiguous.
        workers: processes that decode a streamed set; 0 decodes in this one. A resident set needs none.
        resident_bytes: largest table that may live on the device. None: a quarter of the free memory of a CUDA device;
            no limit on the CPU, where a table already lies.

    Raises:
        ValueError: the set is empty or the batch size below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size={batch_size}: must be at least 1")
    if isinstance(data, Table) and fits(data, device, resident_bytes):
        return ResidentFeed(data, spec, batch_size=batch_size, device=device, seed=seed, memory_format=memory_format)
    return StreamingFeed(
        data, spec, batch_size=batch_size, device=device, seed=seed, memory_format=memory_format, workers=workers
    )


def fits(table: Table, device: torch.device, resident_bytes: int | None) -> bool:
    """Whether a table may live on the device."""
    if resident_bytes is not None:
        return table.samples.nbytes <= resident_bytes
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return table.samples.nbytes <= free // 4
