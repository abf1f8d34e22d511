"""Whether a network treats each sample of a batch by itself, so that two batches can pass it as one."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils import parametrizations

from gan_cli.networks.phase_shuffle import PhaseShuffle

_KNOWN = ("torch.nn.", "gan_cli.networks.")
"""Packages whose layers are known; techniques, and networks of other people, may compare the samples of a batch."""

_PER_BATCH: tuple[type[nn.Module], ...] = (_BatchNorm, PhaseShuffle, parametrizations._SpectralNorm)
"""Layers of these that do something once per batch: statistics, a random shift, a step of a power iteration."""


def judges_alone(network: nn.Module) -> bool:
    """Whether the output of a network for a sample depends on this sample only, dropout aside."""
    return all(
        type(module).__module__.startswith(_KNOWN) and not isinstance(module, _PER_BATCH)
        for module in network.modules()
    )
