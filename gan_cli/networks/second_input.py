"""Discriminators whose last layer also reads something that belongs to each sample, such as its label or its code."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from gan_cli.last_layer import inputs_of, last_layer, put_last
from gan_cli.networks.slot import Slot
from gan_cli.spec import SampleSpec


class SecondInput(nn.Module):
    """A discriminator that is called with samples and with what its last layer reads beside their features.

    Args:
        network: the discriminator inside; its last layer must be named `head`.
        spec: kind of sample.
        make: (the last layer, how many values it reads of each sample, the slot) -> the module in its place.
    """

    def __init__(self, network: nn.Module, spec: SampleSpec, make: Callable[[nn.Module, int, Slot], nn.Module]) -> None:
        super().__init__()
        self._slot = Slot()
        layer = last_layer(network)
        put_last(network, make(layer, inputs_of(network, layer, spec), self._slot))
        self.network = network
        if hasattr(network, "features"):
            self.features = self._features

    def _features(self, samples: Tensor, beside: Tensor) -> Tensor:
        """Samples (N, *spec.shape) -> features (N, F); they do not depend on what is beside the samples (N, ...)."""
        features: Tensor = self.network.features(samples)  # type: ignore[operator]
        return features

    def forward(self, samples: Tensor, beside: Tensor) -> Tensor:
        """Samples (N, *spec.shape), what is beside them (N, ...) -> logits (N,)."""
        with self._slot.lend(beside):
            logits: Tensor = self.network(samples)
        return logits


class AddingHead(nn.Module):
    """A last layer to whose logits something is added.

    Args:
        layer: the original last layer, features (N, F) or (N, C, *spatial) -> logits (N, 1) or (N, 1, ...).
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def added(self, features: Tensor) -> Tensor:
        """Features (N, F), flat -> what is added to each logit, N values."""
        raise NotImplementedError

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, F) or (N, C, *spatial) -> logits, in the shape in which the original layer returns them."""
        logits: Tensor = self.layer(features)
        raised: Tensor = logits + self.added(features.flatten(1)).view(-1, *[1] * (logits.ndim - 1))
        return raised
