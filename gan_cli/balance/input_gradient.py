"""Gradients of the discriminator's logits with respect to its input, for the gradient penalties.

All functions keep the graph to the discriminator's weights, so that a penalty can change its slope.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_cli.errors import SettingError
from gan_cli.game import Batch, Critic

SMALLEST = 1e-12
"""Added under the square root, because the gradient of the root is infinite at 0."""


def squared_gradient_norms(critic: Critic, shown: Batch) -> Tensor:
    """Return ||dD/dx||^2 of each logit (N,), with the graph to the weights.

    A discriminator that sees packs has fewer logits than samples. The gradient is then that of a whole pack. If it sees
    pairs of sample and code, the gradient is that of the pair.
    """
    x = shown.x.detach().requires_grad_(True)
    z = None if shown.z is None else shown.z.detach().requires_grad_(True)
    logits = critic(Batch(x, shown.y, z))
    slopes = torch.autograd.grad(logits.sum(), [x] if z is None else [x, z], create_graph=True)
    squares = [slope.reshape(len(logits), -1).square().sum(dim=1) for slope in slopes]
    return sum(squares[1:], squares[0])


def gradient_norms(critic: Critic, shown: Batch) -> Tensor:
    """Return ||dD/dx|| of each logit (N,), with the graph to the weights."""
    return (squared_gradient_norms(critic, shown) + SMALLEST).sqrt()


def refuse_batch_norm(discriminator: nn.Module) -> None:
    """Raise an error if the gradient of one sample depends on the other samples of its batch.

    Raises:
        SettingError: the discriminator contains batch norm.
    """
    if any(isinstance(module, _BatchNorm) for module in discriminator.modules()):
        remedy = (
            "batch norm ties the samples of a batch together, so none has a gradient norm of its own to penalise;"
            " use discriminator.norm=layer, instance or none"
        )
        raise SettingError("/discriminator.norm", "batch", remedy)
