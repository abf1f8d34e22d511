"""The outputs of all hidden layers of a discriminator, as one feature vector per sample."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_cli.game import Batch, Players, evaluating
from gan_cli.nonlinear import is_nonlinear

POSITIONS = 4
"""Positions per axis that each map is pooled to."""

_POOL = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}


def hidden_features(players: Players, samples: Batch, *, batch: int = 256) -> Tensor:
    """Return features (N, F), float32, of the discriminator in evaluation mode for real samples.

    The features are the outputs of all nonlinearities, concatenated; maps are max-pooled to at most 4 positions per
    axis first. Protocol of Radford et al. (2016), "DCGAN", arXiv:1511.06434, section 5.1. F is 0 for a network without
    nonlinearities that see single samples. The network's mode is restored afterwards.
    """
    found: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        found.append(_pooled(output))

    network = players.discriminator
    hooks = [m.register_forward_hook(keep) for m in network.modules() if is_nonlinear(m)]
    rows = []
    try:
        with evaluating(network, players.encoder):
            for part in samples.split(batch):
                shown = players.real(part)
                found.clear()
                players.critic(shown)
                whole = [one for one in found if len(one) == len(part)]
                rows.append(torch.cat(whole, dim=1) if whole else part.x.new_zeros(len(part), 0))
    finally:
        for hook in hooks:
            hook.remove()
    return torch.cat(rows)


def told_classes(players: Players) -> bool:
    """Whether the features depend on the classes that the discriminator is told, so that they prove nothing."""
    return bool(getattr(players.discriminator, "told_classes", False))


def _pooled(maps: Tensor) -> Tensor:
    spatial = maps.shape[2:]
    if not spatial:
        return maps.float()
    pooled: Tensor = _POOL[len(spatial)](maps.float(), [min(extent, POSITIONS) for extent in spatial])
    return pooled.flatten(1)
