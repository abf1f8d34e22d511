"""A discriminator whose last layer gets the spread of the batch as one more input."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gan_cli.balance.base import Technique
from gan_cli.last_layer import last_layer, put_last
from gan_cli.spec import SampleSpec


class MinibatchStddev(Technique):
    """Adds the spread of a batch in the discriminator's last features as one more input of its last layer.

    s = mean over features and positions of sqrt(Var_batch(h) + eps),  logit = head(h) + w s.
    Karras et al. (2018), arXiv:1710.10196, section 3.

    The paper appends a constant map to the last map. For a linear last layer this is one number times one learned
    weight, which is how it is done here, for all shapes; w starts at 0. In the paper a convolution and a hidden layer
    follow, which can detect both too much and too little spread. Here more spread moves the logit in one direction
    only. Spectral norm does not bound w.
    """

    def build_discriminator(self, build: Callable[[SampleSpec], nn.Module], spec: SampleSpec) -> nn.Module:
        """Build the discriminator and add the spread to its last layer.

        Raises:
            SettingError: this discriminator does not have exactly one layer named `head`.
        """
        network = build(spec)
        put_last(network, SpreadHead(last_layer(network)))
        return network


class SpreadHead(nn.Module):
    """A last layer that also uses the spread of its batch.

    Args:
        layer: the original last layer, features (N, F) or (N, C, *spatial) -> logits (N, 1) or (N, 1, ...).
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        self.spread = Spread()

    def forward(self, features: Tensor) -> Tensor:
        """Return the logits, in the shape in which the original layer returns them."""
        logits: Tensor = self.spread(self.layer(features), features, remember=self.training)
        return logits


class Spread(nn.Module):
    """Adds the weighted spread of a batch to its logits.

    Like batch norm, it stores a running mean (`usual`) in training and uses it in evaluation mode. There the logit of a
    sample does not depend on the other samples of its batch.
    """

    batchwise = True
    """Gauges that work on whole batches keep this module in training mode."""

    usual: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.register_buffer("usual", torch.zeros(()))

    def forward(self, logits: Tensor, features: Tensor, *, remember: bool) -> Tensor:
        """Logits (N, 1, *map), features (N, ...) -> logits (N, 1, *map) plus the spread; `remember` updates `usual`."""
        if not self.training:
            return logits + self.weight * self.usual
        # float32, because the square root is steep near 0
        spread = (features.float().var(dim=0, correction=0) + 1e-8).sqrt().mean()
        if remember:
            self.usual.lerp_(spread.detach(), 0.1)
        return logits + self.weight * spread
