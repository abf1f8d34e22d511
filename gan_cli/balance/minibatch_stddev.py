"""A discriminator that is told how much the samples of a batch differ."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gan_cli.balance.base import Technique
from gan_cli.errors import SettingError
from gan_cli.spec import SampleSpec

_LAST_LAYER = "head"


class MinibatchStddev(Technique):
    """The spread of a batch in the discriminator's last features, as one more input of its last layer.

    s = mean over features and positions of sqrt(Var_batch(h) + eps),  logit = head(h) + w s.
    Karras et al. (2018), arXiv:1710.10196, section 3.

    A constant map beside the last map, read by a linear last layer, is exactly one number times one learned weight; so
    it stands here, for all shapes, and w begins at 0. The paper has a convolution and a hidden layer behind it, which
    can tell too much spread from too little; here more spread speaks for one side only. Spectral norm does not bound w.
    """

    def build_discriminator(self, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec) -> nn.Module:
        """Build the discriminator and widen its last layer.

        Raises:
            SettingError: this discriminator has no layer named `head`.
        """
        network = build(spec)
        places = [name for name, _ in network.named_modules() if name.rpartition(".")[2] == _LAST_LAYER]
        if len(places) != 1:
            remedy = f"needs a discriminator with one last layer named {_LAST_LAYER}, such as mlp, conv or resnet"
            raise SettingError("/discriminator", type(network).__name__, remedy)
        owner = network.get_submodule(places[0].rpartition(".")[0])
        owner.register_module(_LAST_LAYER, SpreadHead(owner.get_submodule(_LAST_LAYER)))
        return network


class SpreadHead(nn.Module):
    """A last layer that reads the spread of its batch too.

    Args:
        layer: features (N, F) or (N, C, *spatial) -> logits (N, 1) or (N, 1, ...).
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.spread = Spread()

    def forward(self, features: Tensor) -> Tensor:
        """Features -> logits, in the shape that the layer gives them."""
        logits: Tensor = self.spread(self.layer(features), features, remember=self.training)
        return logits


class Spread(nn.Module):
    """What the spread of a batch adds to its logits.

    Like batch norm it remembers what it saw in training, and in evaluation mode uses that, so that the logit of a
    sample does not depend on its company.
    """

    batchwise = True
    """Gauges that look at whole batches let it look at them too."""

    usual: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.register_buffer("usual", torch.zeros(()))

    def forward(self, logits: Tensor, features: Tensor, *, remember: bool) -> Tensor:
        """Logits (N, 1, ...) plus the weighted spread of features (N, ...), which `remember` adds to the usual one."""
        if not self.training:
            return logits + self.weight * self.usual
        # float32, because the root of a small variance is steep
        spread = (features.float().var(dim=0, correction=0) + 1e-8).sqrt().mean()
        if remember:
            self.usual.lerp_(spread.detach(), 0.1)
        return logits + self.weight * spread
