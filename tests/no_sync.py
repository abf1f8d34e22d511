"""A trap for everything that would make the host wait for the device, sprung on the CPU too."""

from __future__ import annotations

from gan_cli.benchmark.host_waits import HostWaits


class HostSyncError(AssertionError):
    """The host asked for a value."""


class NoHostSync(HostWaits):
    """Inside it, reading a tensor's value raises HostSyncError, in the forward and the backward pass."""

    def __init__(self) -> None:
        super().__init__(refuse)


def refuse(name: str) -> None:
    raise HostSyncError(name)
