"""What all hidden layers of a discriminator see in samples, as one vector each."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gan_cli.game import Batch, Players
from gan_cli.nonlinear import is_nonlinear

POSITIONS = 4
"""Positions per axis that each map is pooled to."""

_POOL = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}


@torch.no_grad()
def hidden_features(players: Players, samples: Batch, *, batch: int = 256) -> Tensor:
    """Real samples -> features (N, F) of the discriminator, float32, in evaluation mode, which is left as it was.

    The output of every nonlinearity, maps max-pooled to at most 4 positions per axis, side by side: the protocol of
    Radford et al. (2016), "DCGAN", arXiv:1511.06434, section 5.1. Empty (N, 0) for a network without any.
    """
    found: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        found.append(_pooled(output))

    network = players.discriminator
    hooks = [m.register_forward_hook(keep) for m in network.modules() if is_nonlinear(m)]
    training = network.training
    network.eval()
    rows = []
    try:
        for part in players.real(samples).split(batch):
            found.clear()
            players.critic(part)
            whole = [one for one in found if len(one) == len(part)]
            rows.append(torch.cat(whole, dim=1) if whole else part.x.new_zeros(len(part), 0))
    finally:
        network.train(training)
        for hook in hooks:
            hook.remove()
    return torch.cat(rows)


def _pooled(maps: Tensor) -> Tensor:
    spatial = maps.shape[2:]
    if not spatial:
        return maps.float()
    pooled: Tensor = _POOL[len(spatial)](maps.float(), [min(extent, POSITIONS) for extent in spatial])
    return pooled.flatten(1)
